"""Law 1, as of mitmproxy, and strictly: not a byte of what the primary says is changed."""

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import chunked, get
from tests.integration.capture.test_law_1_answers import *  # noqa: F403
from tests.integration.capture.test_law_1_answers import BODIES, same_as_direct


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_content_of_chunks_reaches_the_user_unchanged(live: Live, body: bytes) -> None:
    sizes = range(0, len(body), 70_001)
    await same_as_direct(live, get(), chunked(*(body[at : at + 70_001] for at in sizes)))


ODD = {
    "extensions of chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"
    ),
    "padded sizes of chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nok\r\n0\r\n\r\n"
    ),
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "folded line": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n  2\r\nContent-Length: 2\r\n\r\nok",
    "space before the colon": b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nok",
    "doubled length": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "padded length": b"HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nok",
    "length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\n\r\n"
    ),
    "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
    "another version": b"HTTP/1.10 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "ICY": b"ICY 200 OK\r\nicy-name: radio\r\n\r\nsound",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "no HTTP": b"\x00\x01\x02 garbage\r\n\r\n" * 100,
    "invalid header": b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\nok",
    "invalid chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
    "invalid trailers": chunked(b"one", trailers="no colon\r\n"),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
async def test_odd_answer_reaches_the_user_unchanged_and_is_not_taken(
    live: Live, answer: bytes
) -> None:
    await same_as_direct(live, get(), answer)
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}


async def test_extensions_of_chunks_are_lost_but_no_content(live: Live) -> None:
    """They are not lost here."""
    await same_as_direct(live, get(), ODD["extensions of chunks"])
