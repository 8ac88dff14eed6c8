"""What is bounded, and that users within the bounds notice nothing."""

import asyncio
import socket
import time

import pytest

from tests.integration.capture.live import live_process
from tests.integration.capture.peers import Connection, answers, ask, get, primary, user, whole

_KEPT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_users_beyond_the_limit_wait_until_another_one_leaves() -> None:
    with live_process(max_connections=2) as live:
        async with primary(live.primary_port, answers(whole(b"ok"))), asyncio.timeout(30):
            held = [await asyncio.open_connection("127.0.0.1", live.port) for _ in range(2)]
            for reader, writer in held:
                writer.write(_KEPT)
                assert await reader.readexactly(len(whole(b"ok"))) == whole(b"ok")
            waiting = asyncio.create_task(ask(live.port, get()))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            held[0][1].close()
            assert await waiting == whole(b"ok")
            held[1][1].close()


async def test_connection_on_which_nothing_moves_is_closed_on_both_sides() -> None:
    gone = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        assert await peer.reader.read() == b""
        gone.set()

    with live_process(idle_seconds=0.4) as live:
        async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
            writer.write(_KEPT)
            assert await reader.read() == b""
            await gone.wait()


async def test_connection_that_says_nothing_costs_the_primary_nothing() -> None:
    with live_process(idle_seconds=0.4) as live:
        async with primary(live.primary_port, answers(whole(b"ok"))) as running:
            async with user(live.port) as (reader, _):
                assert await reader.read() == b""
            assert await ask(live.port, get()) == whole(b"ok")
        assert running.connections == 1


async def test_connection_that_has_said_nothing_may_rest_no_longer_than_a_head_may_take() -> None:
    with live_process(head_seconds=0.4) as live:
        async with (
            primary(live.primary_port, answers(whole(b"ok"))),
            user(live.port) as (reader, writer),
        ):
            writer.write(_KEPT)
            assert await reader.readexactly(len(whole(b"ok"))) == whole(b"ok")
            async with user(live.port) as (silent, _):
                assert await silent.read() == b""
            writer.write(_KEPT)
            assert await reader.readexactly(len(whole(b"ok"))) == whole(b"ok")


async def test_slow_head_is_given_up_and_a_slow_body_is_not() -> None:
    with live_process(head_seconds=0.4) as live:
        async with primary(live.primary_port, answers(whole(b"ok"))):
            async with user(live.port) as (reader, writer):
                for byte in b"GET / HTTP/1.1\r\n":
                    if reader.at_eof():
                        break
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.1)
                assert await reader.read() == b""
            async with user(live.port) as (reader, writer):
                writer.write(get("/", "Content-Length: 10"))
                for _ in range(10):
                    writer.write(b"x")
                    await asyncio.sleep(0.1)
                assert await reader.read() == whole(b"ok")


async def test_answer_that_takes_longer_than_a_head_may_is_waited_for() -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await asyncio.sleep(1.0)
        await peer.send(whole(b"late"))

    with live_process(head_seconds=0.3) as live:
        async with primary(live.primary_port, behave):
            assert await ask(live.port, get()) == whole(b"late")


async def test_primary_that_never_accepts_closes_the_users_connection() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with live_process(primary_port=port, connect_seconds=0.5) as live:
            assert await ask(live.port, get()) == b""
            assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize("number", [300])
async def test_many_connections_that_come_and_go_leave_nothing_behind(number: int) -> None:
    with live_process(drain_seconds=5.0) as live:
        async with primary(live.primary_port, answers(whole(b"ok"))):
            before = None
            for times in range(1, 4):
                await asyncio.gather(*(ask(live.port, get()) for _ in range(number)))
                # What users have is read a moment after they have it.
                await live.settled(captured=times * number)
                before = before or live.descriptors
            assert live.descriptors <= before + 2
        started = time.monotonic()
        live.terminate()
        code, _ = await live.stopped()
    assert code == 0
    assert time.monotonic() - started < 30


async def test_answers_of_many_users_who_do_not_read_are_not_held_in_memory() -> None:
    body = b"x" * 20_000_000
    with live_process() as live:
        async with primary(live.primary_port, answers(whole(body))), asyncio.timeout(30):
            users = [await asyncio.open_connection("127.0.0.1", live.port) for _ in range(20)]
            for _, writer in users:
                writer.write(get())
            await asyncio.sleep(1.0)
            assert live.resident_megabytes < 130
            for _, writer in users:
                writer.transport.abort()
        told = await live.settled(captured=20)
    assert told.ended.total() == 20
