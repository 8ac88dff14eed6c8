"""SIGTERM, as of mitmproxy."""

import asyncio

from tests.integration.capture.live import live_process
from tests.integration.capture.peers import Connection, get, primary, user
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
