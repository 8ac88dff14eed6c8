"""Everything of the sink is bounded, and what a limit costs is counted."""

import asyncio
import os
import signal

import pytest

from shadow.capture.intake import IntakePolicy
from tests.integration.capture.sink.sinking import (
    ACCEPTED,
    LAST,
    PATIENCE_SECONDS,
    UNREADABLE,
    on_uvloop,
    sinking,
)

GET = b"GET /items/3 HTTP/1.1\r\nHost: a\r\n\r\n"
POSTS = IntakePolicy(unsafe=("POST *",), max_body_bytes=10)
ENDLESS = 1 << 20


def post(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@on_uvloop
async def test_a_full_queue_drops_and_counts_and_the_mirror_is_answered() -> None:
    async with sinking(room=3) as sink:
        async with sink.mirror() as mirror:
            for _ in range(10):
                await mirror.says(GET)
                await mirror.hears(ACCEPTED)
        assert await sink.settled(10) == {"dropped:queue_full": 7}


@on_uvloop
async def test_a_flood_is_answered_and_what_cannot_be_looked_at_is_counted() -> None:
    number = 20_000
    async with sinking(room=number) as sink:
        async with sink.mirror() as mirror:
            writing = asyncio.create_task(mirror.says(GET * number))
            await mirror.hears(ACCEPTED * number)
            await writing
        ends = await sink.settled(number)
        assert len(sink.taken) + ends.get("dropped:queue_full", 0) == number


@on_uvloop
async def test_a_body_over_the_limit_is_read_but_not_kept() -> None:
    async with sinking(POSTS) as sink:
        async with sink.mirror() as mirror:
            for body in (b"x" * 10, b"x" * 11, b"x" * ENDLESS):
                await mirror.says(post(body))
                await mirror.hears(ACCEPTED)
        assert await sink.settled(3) == {"skipped:request_too_large": 2}


@on_uvloop
async def test_bodies_that_come_in_have_bounded_room_together_and_give_it_back() -> None:
    policy = IntakePolicy(unsafe=("POST *",), max_body_bytes=1000)
    async with sinking(policy, most_bytes=1500) as sink:
        async with sink.mirror() as first, sink.mirror() as second:
            await first.says(post(b"x" * 1000)[:-1])
            await asyncio.sleep(0)
            await second.says(post(b"y" * 1000))
            await second.hears(ACCEPTED)
            assert await sink.settled(1) == {"dropped:queue_full": 1}
            await first.says(b"x")
            await first.hears(ACCEPTED)
            await second.says(post(b"y" * 1000))
            await second.hears(ACCEPTED)
        assert [copy.body[:1] for copy in await sink.copies(3)] == [b"x", b"y"]


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * ENDLESS,
        b"GET / HTTP/1.1\r\nA: " + b"a" * ENDLESS,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (ENDLESS // 6),
    ],
)
@on_uvloop
async def test_a_head_without_end_ends_its_connection(endless: bytes) -> None:
    async with sinking() as sink:
        async with sink.mirror() as mirror:
            writing = asyncio.create_task(mirror.says(endless))
            heard = await asyncio.wait_for(_all(mirror.reader), PATIENCE_SECONDS)
            assert heard in {UNREADABLE, b""}
            await asyncio.wait((writing,))
            writing.exception()
        assert sink.counts.captured == 0


@pytest.mark.parametrize("behind", [b"0\r\nTrailer: ", b"1;ext="])
@on_uvloop
async def test_trailers_and_chunk_sizes_without_end_end_the_connection(behind: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with sinking(POSTS) as sink:
        async with sink.mirror() as mirror:
            writing = asyncio.create_task(mirror.says(head + behind + b"a" * ENDLESS))
            heard = await asyncio.wait_for(_all(mirror.reader), PATIENCE_SECONDS)
            assert heard in {UNREADABLE, b""}
            await asyncio.wait((writing,))
            writing.exception()
        assert await sink.settled(1) == {"skipped:client_left": 1}


@on_uvloop
async def test_more_headers_than_any_server_takes_are_left_out() -> None:
    async with sinking() as sink:
        async with sink.mirror() as mirror:
            await mirror.says(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A:b\r\n" * 1001 + b"\r\n")
            await mirror.hears(ACCEPTED)
        assert await sink.settled(1) == {"skipped:request_too_large": 1}


@on_uvloop
async def test_a_mirror_that_leaves_inside_a_body_is_counted_and_inside_a_head_is_not() -> None:
    async with sinking(POSTS) as sink:
        async with sink.mirror() as mirror:
            await mirror.says(post(b"hi")[:-1])
        async with sink.mirror() as mirror:
            await mirror.says(GET[:-2])
        assert await sink.settled(1) == {"skipped:client_left": 1}


@on_uvloop
async def test_one_connection_too_many_is_closed_and_the_others_go_on() -> None:
    async with sinking(most_connections=2) as sink:
        async with sink.mirror() as first, sink.mirror() as second:
            for mirror in (first, second):
                await mirror.says(GET)
                await mirror.hears(ACCEPTED)
            async with sink.mirror() as third:
                assert await asyncio.wait_for(_all(third.reader), PATIENCE_SECONDS) == b""
            await first.says(GET)
            await first.hears(ACCEPTED)
        await sink.settled(3)


@on_uvloop
async def test_a_mirror_that_reads_no_answers_is_read_no_further_and_loses_none() -> None:
    number = 100_000
    async with sinking(room=number) as sink:
        async with sink.mirror() as mirror:
            writing = asyncio.create_task(mirror.says(GET * number))
            await asyncio.sleep(0.2)
            async with sink.mirror() as other:
                await other.says(GET)
                await other.hears(ACCEPTED)
            await mirror.hears(ACCEPTED * number)
            await writing
        await sink.settled(number + 1)


@on_uvloop
async def test_a_stopped_sink_finishes_what_is_on_its_way_and_takes_nothing_else() -> None:
    async with sinking(POSTS) as sink:
        async with sink.mirror() as busy, sink.mirror() as idle:
            await idle.says(GET)
            await idle.hears(ACCEPTED)
            await busy.says(post(b"hi")[:-1])
            await sink.settled(1)
            os.kill(os.getpid(), signal.SIGTERM)
            await idle.hears_the_end()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", sink.port)
            await busy.says(b"i")
            await busy.hears(LAST)
            await busy.hears_the_end()
            await asyncio.wait_for(sink.running, PATIENCE_SECONDS)
        assert [copy.body for copy in await sink.copies(2)] == [b"", b"hi"]


@on_uvloop
async def test_a_drain_ends_in_time_and_counts_what_it_cuts() -> None:
    async with sinking(POSTS, drain_seconds=0.05) as sink:
        async with sink.mirror() as busy:
            await busy.says(post(b"hi")[:-1])
            await asyncio.sleep(0.05)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(sink.running, PATIENCE_SECONDS)
        assert await sink.settled(1) == {"skipped:client_left": 1}


@on_uvloop
async def test_another_sink_may_take_over_the_address() -> None:
    async with sinking() as first, sinking(listen_port=first.port) as second:
        first.running.cancel()
        await asyncio.wait((first.running,))
        async with second.mirror() as mirror:
            await mirror.says(GET)
            await mirror.hears(ACCEPTED)
        assert first.port == second.port


@on_uvloop
async def test_a_connection_on_which_nothing_comes_is_closed() -> None:
    async with sinking(POSTS, idle_seconds=0.1) as sink:
        async with sink.mirror() as idle, sink.mirror() as stuck:
            await stuck.says(post(b"hi")[:-1])
            await idle.hears_the_end()
            assert await asyncio.wait_for(_all(stuck.reader), PATIENCE_SECONDS) == b""
        assert await sink.settled(1) == {"skipped:client_left": 1}


async def _all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
