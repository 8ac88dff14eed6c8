"""How much a target is asked: breaker, rate, concurrency."""

import asyncio

from shadow.model import Failure, FailureKind, Replies, Response
from shadow.replay.fanout import FanOut
from tests.integration.replay.servers import OK, asking, close, get, over_and_over, serving, until


def _held_back(replies: Replies) -> bool:
    candidate = replies.candidate
    return isinstance(candidate, Failure) and candidate.kind is FailureKind.NOT_ASKED


async def test_a_target_that_fails_in_a_row_is_left_alone() -> None:
    async with (
        serving(close) as server,
        asking(server.url(), breaker_failures=3, breaker_seconds=60.0) as target,
    ):
        replies = [await FanOut(target, None).ask(get()) for _ in range(5)]
        assert [_held_back(each) for each in replies] == [False, False, False, True, True]
        assert len(server.requests) == 3


async def test_a_target_that_works_again_is_asked_again_after_one_probe() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        if len(server.requests) < 3:
            raise EOFError
        writer.write(OK)

    async with (
        serving(answer) as server,
        asking(server.url(), breaker_failures=2, breaker_seconds=0.05) as target,
    ):
        fan = FanOut(target, None)
        while _held_back(replies := await fan.ask(get())) or len(server.requests) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert isinstance(replies.candidate, Response)
        assert len(server.requests) == 3
        assert isinstance((await fan.ask(get())).candidate, Response)


async def test_answers_that_are_too_large_do_not_open_the_breaker() -> None:
    async with (
        serving(over_and_over(b"x" * 65536, first=b"HTTP/1.0 200 OK\r\n\r\n")) as server,
        asking(server.url(), breaker_failures=1, max_body_bytes=1000) as target,
    ):
        await target.send(get())
        assert target.held_back() is None


async def test_errors_of_the_server_do_not_open_the_breaker() -> None:
    answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
    async with serving(answer) as server, asking(server.url(), breaker_failures=1) as target:
        await target.send(get())
        assert target.held_back() is None


async def test_no_more_than_the_rate_is_asked() -> None:
    async with serving(OK) as server, asking(server.url(), requests_per_second=0.01) as target:
        replies = [await FanOut(target, None).ask(get()) for _ in range(4)]
        assert [_held_back(each) for each in replies] == [False, True, True, True]
        assert len(server.requests) == 1


async def test_no_more_than_the_concurrency_is_under_way() -> None:
    go_on = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(OK)

    async with serving(answer) as server, asking(server.url(), concurrency=3) as target:
        fan = FanOut(target, None)
        asked = [asyncio.create_task(fan.ask(get())) for _ in range(10)]
        await until(lambda: len(server.requests) == 3)
        await asyncio.sleep(0.1)
        assert len(server.requests) == 3
        go_on.set()
        await asyncio.wait(asked)
        assert len(server.requests) == 10
        assert server.tried == 3


async def test_a_candidate_that_asks_to_be_left_alone_is_asked_less_at_once() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    go_on = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        if len(server.requests) > 3:
            await go_on.wait()
        writer.write(busy)

    async with serving(answer) as server, asking(server.url(), concurrency=4) as target:
        fan = FanOut(target, None)
        for _ in range(3):
            await fan.ask(get())
        asked = [asyncio.create_task(fan.ask(get())) for _ in range(10)]
        await until(lambda: sum(task.done() for task in asked) == 8)
        assert all(_held_back(task.result()) for task in asked if task.done())
        assert len(server.requests) == 3 + 2
        under_way = [task for task in asked if not task.done()]
        go_on.set()
        assert not any(_held_back(each) for each in await asyncio.gather(*under_way))


async def test_a_candidate_that_is_slow_by_nature_is_asked_as_much_as_is_allowed() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(OK)

    async with serving(answer) as server, asking(server.url(), concurrency=8) as target:
        fan = FanOut(target, None)
        replies = await asyncio.gather(*(fan.ask(get()) for _ in range(80)))
        assert not any(_held_back(each) for each in replies)


async def test_back_off_can_be_turned_off() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    async with serving(busy) as server, asking(server.url(), back_off=False) as target:
        fan = FanOut(target, None)
        replies = [await fan.ask(get()) for _ in range(30)]
        replies += await asyncio.gather(*(fan.ask(get()) for _ in range(30)))
        assert not any(_held_back(each) for each in replies)


async def test_a_secondary_that_is_spared_leaves_the_candidate_asked_alone() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await go_on.wait()
        writer.write(OK)

    go_on = asyncio.Event()
    async with (
        serving(OK) as first,
        serving(answer) as second,
        asking(first.url()) as candidate,
        asking(second.url(), concurrency=2) as secondary,
    ):
        secondary._places.allow(1)
        fan = FanOut(candidate, secondary)
        waiting = asyncio.create_task(fan.ask(get()))
        await until(lambda: second.requests)
        replies = await fan.ask(get())
        assert isinstance(replies.candidate, Response)
        assert isinstance(replies.secondary, Failure)
        assert replies.secondary.kind is FailureKind.NOT_ASKED
        go_on.set()
        assert isinstance((await waiting).secondary, Response)
