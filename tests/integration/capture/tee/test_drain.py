"""SIGTERM, as of mitmproxy."""

import asyncio
from contextlib import suppress

from tests.integration.capture.live import live_process
from tests.integration.capture.peers import Connection, get, primary, user, whole
from tests.integration.capture.test_drain import *  # noqa: F403

del test_user_of_http_2_who_reads_slowly_gets_all  # noqa: F821 - its primary speaks HTTP/1


async def test_endless_answer_is_cut_when_the_time_to_drain_is_over() -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await asyncio.Event().wait()

    with live_process(drain_seconds=0.5) as live:
        async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
            writer.write(get())
            await reader.readuntil(b"\n\n")
            live.terminate()
            code, told = await live.stopped()
            writer.transport.abort()
    assert (code, told.under_way, told.ended) == (0, 0, {"skipped:stream": 1})


async def test_user_who_asks_without_a_pause_is_let_go_between_two_answers() -> None:
    async def takes_its_time(peer: Connection) -> None:
        while await peer.request():
            await asyncio.sleep(0.02)
            await peer.send(whole(b"ok"))

    answered = 0
    with live_process(drain_seconds=3.0) as live:
        async with (
            primary(live.primary_port, takes_its_time) as asked,
            user(live.port) as (reader, writer),
        ):
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    await reader.readexactly(len(whole(b"ok")))
                    answered += 1
                    if answered == 10:
                        live.terminate()
            code, told = await live.stopped()
    assert len(asked.requests) == answered
    assert (code, told.ended) == (0, {})
