"""SIGTERM: what users have under way is finished, and nothing new begins."""

import asyncio

import pytest

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import (
    Connection,
    answers,
    ask,
    get,
    h2_user,
    primary,
    user,
    whole,
)

_BODY = bytes(range(256)) * 80_000


async def refuses(live: Live) -> None:
    """Wait until no new connection is accepted."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", live.port)
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.01)


async def test_process_without_users_ends_at_once_with_0() -> None:
    with live_process() as live:
        live.terminate()
        code, told = await live.stopped()
    assert (code, told.captured, told.under_way) == (0, 0, 0)


async def test_answer_under_way_is_finished() -> None:
    refused = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        live.terminate()
        await refused.wait()
        await peer.send(whole(b"late but whole"))

    with live_process() as live:
        async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await refuses(live)
            refused.set()
            assert await reader.read() == whole(b"late but whole")
            code, told = await live.stopped()
    assert (code, len(told.taken), told.under_way) == (0, 1, 0)


@pytest.mark.parametrize("request_", [get(), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
async def test_user_who_reads_slowly_gets_all(request_: bytes) -> None:
    with live_process() as live:
        async with (
            primary(live.primary_port, answers(whole(_BODY))),
            user(live.port, limit=1024) as (reader, writer),
        ):
            writer.write(request_)
            got = await reader.readexactly(1000)
            live.terminate()
            await refuses(live)
            while piece := await reader.read(100_000):
                got += piece
                await asyncio.sleep(0)
            code, told = await live.stopped()
    assert got == whole(_BODY)
    assert (code, told.ended) == (0, {"skipped:response_too_large": 1})


async def test_user_of_http_2_who_reads_slowly_gets_all() -> None:
    with live_process() as live:
        async with (
            primary(live.primary_port, answers(whole(_BODY))),
            h2_user(live.port) as asking,
        ):
            asking.get("/")
            got = await asking.data()
            live.terminate()
            await refuses(live)
            while len(got) < len(_BODY):
                got += await asking.data()
            code, told = await live.stopped()
    assert got == _BODY
    assert (code, told.ended) == (0, {"skipped:response_too_large": 1})


async def test_idle_connections_do_not_hold_up_the_end() -> None:
    with live_process() as live:
        async with (
            primary(live.primary_port, answers(whole(b"ok"))),
            user(live.port) as (reader, writer),
            user(live.port),
        ):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readexactly(len(whole(b"ok")))
            live.terminate()
            assert await reader.read() == b""
            code, _ = await live.stopped()
    assert code == 0


async def test_busy_connections_end_between_two_answers() -> None:
    async def ask_on() -> int:
        """Ask over kept connections until there is no more; count what was cut short."""
        cut = 0
        async with user(live.port) as (reader, writer):
            while True:
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                try:
                    await reader.readexactly(len(whole(b"ok")))
                except (asyncio.IncompleteReadError, ConnectionError) as end:
                    cut += bool(getattr(end, "partial", b""))
                    return cut

    with live_process() as live:
        async with primary(live.primary_port, answers(whole(b"ok"))):
            users = [asyncio.create_task(ask_on()) for _ in range(8)]
            await ask(live.port, get())
            live.terminate()
            assert await asyncio.gather(*users) == [0] * 8
            code, told = await live.stopped()
    assert (code, told.ended, told.under_way) == (0, {}, 0)


async def test_endless_answer_is_cut_when_the_time_to_drain_is_over() -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await peer.reader.read()

    with live_process(drain_seconds=0.5) as live:
        async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
            writer.write(get())
            await reader.readuntil(b"\n\n")
            live.terminate()
            assert await reader.read() == b""
            code, told = await live.stopped()
    assert (code, told.under_way) == (0, 1)
