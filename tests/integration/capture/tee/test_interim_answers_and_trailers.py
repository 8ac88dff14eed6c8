"""As of mitmproxy, but that nothing is corrected on the way."""

from tests.integration.capture.live import Live
from tests.integration.capture.peers import (
    Connection,
    answers,
    ask,
    chunked,
    get,
    primary,
    user,
    whole,
)
from tests.integration.capture.test_interim_answers_and_trailers import *  # noqa: F403
from tests.integration.capture.test_interim_answers_and_trailers import INTERIM


async def test_user_of_http_1_0_gets_no_interim_answer(live: Live) -> None:
    """But from a primary that sends one."""
    answer = INTERIM["103"] + whole(b"final")
    async with primary(live.primary_port, answers(answer)):
        assert await ask(live.port, get(version="1.0")) == answer


async def test_the_primary_decides_whether_an_upload_continues(live: Live) -> None:
    head = get("/", "Expect: 100-continue", "Content-Length: 4", method="PUT")

    async def behave(peer: Connection) -> None:
        assert await peer.head() == head
        await peer.send(INTERIM["100"])
        assert await peer.reader.readexactly(4) == b"body"
        await peer.send(whole(b"stored"))

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(head)
        assert await reader.readexactly(len(INTERIM["100"])) == INTERIM["100"]
        writer.write(b"body")
        assert await reader.read() == whole(b"stored")
    assert (await live.settled(captured=1)).ended == {"skipped:method": 1}


async def test_invalid_trailers_end_the_answer(live: Live) -> None:
    """They reach the user, and end what is taken."""
    answer = chunked(b"one", trailers="no colon\r\n")
    async with primary(live.primary_port, answers(answer)):
        assert await ask(live.port, get()) == answer
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}
