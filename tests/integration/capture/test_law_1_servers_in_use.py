"""Law 1: users of servers that are in use are answered as they are without us."""

import pytest

from tests.integration.capture.asked_of_servers import BROKEN_OFF, INVALID, VALID
from tests.integration.capture.live import Live
from tests.integration.capture.peers import unchunked
from tests.integration.capture.servers import heard

REFUSED = (
    "doubled length",
    "two lengths",
    "negative length",
    "another coding",
    "space in the target",
    "no colon",
    "no version",
    "words",
    "CONNECT",
)
"""What mitmproxy refuses by itself."""

LET_GO = ("invalid chunk", "no HTTP")
"""What mitmproxy does not answer: chunks that end in the middle, what begins as TLS does."""

PASSED_ON = {
    name: raw for name, raw in INVALID.items() if name not in {*REFUSED, *LET_GO, "HTTP/2"}
}
"""HTTP/2, told by its first bytes, mitmproxy speaks with the user."""


async def same_as_direct(live: Live, raw: bytes) -> None:
    """Ask through the live process and directly: the same head, content, and end."""
    through, its_end = await heard(live.port, raw)
    # Empty lines before a request are not passed on.
    direct, end = await heard(live.primary_port, raw.lstrip(b"\r\n"))
    assert (message(through), its_end) == (message(direct), end)
    assert direct


def message(raw: bytes) -> tuple[bytes, ...]:
    """Heads, content, and what follows it: chunks may be cut anew."""
    head, _, content = raw.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100 "):
        return (head, *message(content))
    in_chunks = b"\r\ntransfer-encoding: chunked" in head.lower()
    return unchunked(raw) if in_chunks and content else (head, content)


@pytest.mark.parametrize("raw", VALID.values(), ids=VALID)
async def test_valid_request_is_answered_as_directly(in_use: Live, raw: bytes) -> None:
    await same_as_direct(in_use, raw)


@pytest.mark.parametrize("raw", PASSED_ON.values(), ids=PASSED_ON)
async def test_invalid_request_is_answered_as_directly(in_use: Live, raw: bytes) -> None:
    await same_as_direct(in_use, raw)


@pytest.mark.parametrize("name", REFUSED)
async def test_request_that_mitmproxy_cannot_read_gets_its_page(in_use: Live, name: str) -> None:
    said, end = await heard(in_use.port, INVALID[name])
    assert said.startswith(b"HTTP/1.1 400 Bad Request\r\nServer: mitmproxy")
    assert end == "ended"


@pytest.mark.parametrize("name", LET_GO)
async def test_request_that_mitmproxy_cannot_go_on_with_is_let_go(in_use: Live, name: str) -> None:
    assert await heard(in_use.port, INVALID[name]) == (b"", "ended")


@pytest.mark.parametrize("raw", BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_request_that_breaks_off_ends_as_directly(in_use: Live, raw: bytes) -> None:
    through = await heard(in_use.port, raw, ends=True)
    assert through == await heard(in_use.primary_port, raw, ends=True)
