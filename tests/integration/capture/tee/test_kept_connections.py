"""As of mitmproxy, where it is not the primary alone that decides when a connection ends."""

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, ask, primary, user, whole
from tests.integration.capture.test_kept_connections import *  # noqa: F403


async def test_next_request_works_after_the_primary_closed_an_idle_connection(live: Live) -> None:
    """On another connection: the user's own ends where the primary's does."""

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(whole(b"ok"))

    async with primary(live.primary_port, behave):
        for _ in range(2):
            assert await ask(live.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == whole(b"ok")
    assert len((await live.settled(captured=2)).taken) == 2


@pytest.mark.parametrize("word", ["close", "Close"])
async def test_connection_ends_after_the_answer_where_the_primary_says_so(
    live: Live, word: str
) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(whole(b"ok", f"Connection: {word}"))

    async with primary(live.primary_port, behave):
        asked = await ask(live.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert asked == whole(b"ok", f"Connection: {word}")


async def test_bytes_behind_an_answer_are_not_taken_for_the_next_one(live: Live) -> None:
    """They reach the user, as they would without us, and end what is taken."""
    behind = b"HTTP/1.1 200 OK\r\n\r\nsmuggled"

    async def behave(peer: Connection) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.split()[1]) + behind)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        for target in (b"/1", b"/2"):
            writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target)
            answer = whole(target) + behind
            assert await reader.readexactly(len(answer)) == answer
    told = await live.settled(captured=2)
    assert [t["target"] for t in told.taken] == ["/1"]
    assert told.ended == {"skipped:unparsed": 1}
