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
