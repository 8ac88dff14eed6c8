"""Law 1, as of mitmproxy, and strictly: not a byte of what a user says is changed."""

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.odd import ODD_REQUESTS
from tests.integration.capture.peers import Connection, ask, get, post, primary, user, whole
from tests.integration.capture.test_law_1_requests import *  # noqa: F403


async def by_targets(peer: Connection) -> None:
    """Answer each request with its target and body; close after the last."""
    while raw := await peer.request():
        head, _, body = raw.partition(b"\r\n\r\n")
        await peer.send(whole(head.split()[1] + body))
        if b"Connection: close" in head:
            return


async def test_pipelined_requests_are_answered_in_order(live: Live) -> None:
    pipelined = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(20))
    async with primary(live.primary_port, by_targets) as asked:
        through = await ask(live.port, pipelined + get("/last"))
    assert through == b"".join(whole(b"/%d" % n) for n in range(20)) + whole(b"/last")
    assert b"".join(asked.requests) == pipelined + get("/last")
    told = await live.settled(captured=21)
    assert [t["target"] for t in told.taken] == [t["body"] for t in told.taken]


async def test_pipelined_uploads_are_answered_in_order(live: Live) -> None:
    pipelined = b"".join(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbody%d" % n for n in range(5)
    )
    async with primary(live.primary_port, by_targets):
        through = await ask(live.port, pipelined + post(b"last"))
    assert through == b"".join(whole(b"/body%d" % n) for n in range(5)) + whole(b"/last")


@pytest.mark.parametrize("raw", ODD_REQUESTS.values(), ids=ODD_REQUESTS)
async def test_odd_request_reaches_the_primary_unchanged(live: Live, raw: bytes) -> None:
    async def behave(peer: Connection) -> None:
        got.append(await peer.reader.readexactly(len(raw)))
        await peer.send(whole(b"whatever", "Connection: close"))

    got: list[bytes] = []
    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(raw)
        assert await reader.read() == whole(b"whatever", "Connection: close")
    assert got == [raw]
    told = await live.settled(captured=1)
    assert bool(told.taken) is (raw == ODD_REQUESTS["empty lines first"])


async def test_connection_that_cannot_be_read_is_counted_once(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        for _ in range(5):
            await peer.reader.readuntil(b"\r\n\r\n")
            await peer.send(whole(b"fine"))

    odd = b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"
    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        for _ in range(5):
            writer.write(odd)
            assert await reader.readexactly(len(whole(b"fine"))) == whole(b"fine")
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}
