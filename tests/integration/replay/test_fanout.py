"""Candidate and secondary, asked the same at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shadow.model import Failure, FailureKind, Response
from shadow.replay.fanout import FanOut
from tests.integration.replay.servers import (
    OK,
    Answer,
    RawServer,
    asking,
    close,
    get,
    hang,
    serving,
    until,
)


@asynccontextmanager
async def fanning_out(
    candidate: bytes | Answer, secondary: bytes | Answer, **options: object
) -> AsyncIterator[tuple[FanOut, RawServer, RawServer]]:
    async with (
        serving(candidate) as first,
        serving(secondary) as second,
        asking(first.url(), **options) as candidate_target,
        asking(second.url(), **options) as secondary_target,
    ):
        yield FanOut(candidate_target, secondary_target), first, second


async def test_each_reply_is_the_one_of_its_target() -> None:
    async with fanning_out(OK, OK.replace(b"hi", b"ho")) as (fan, _, _):
        for _ in range(20):
            replies = await fan.ask(get())
            assert isinstance(replies.candidate, Response)
            assert isinstance(replies.secondary, Response)
            assert (replies.candidate.body, replies.secondary.body) == (b"hi", b"ho")


async def test_both_targets_get_the_same_request() -> None:
    async with fanning_out(OK, OK) as (fan, first, second):
        await fan.ask(get("/a?b=c"))
        assert first.requests == second.requests


async def test_either_target_is_asked_before_the_other_has_answered() -> None:
    waiting: list[asyncio.StreamWriter] = []

    async def when_both_are_asked(writer: asyncio.StreamWriter) -> None:
        waiting.append(writer)
        await until(lambda: len(waiting) == 2)
        writer.write(OK)
        await until(lambda: len(waiting) in {2, 0})

    async with fanning_out(when_both_are_asked, when_both_are_asked) as (fan, _, _):
        for _ in range(20):
            replies = await fan.ask(get())
            waiting.clear()
            assert isinstance(replies.candidate, Response)
            assert isinstance(replies.secondary, Response)


async def test_neither_target_is_always_asked_first() -> None:
    order: list[str] = []

    def noting(name: str) -> Answer:
        async def answer(writer: asyncio.StreamWriter) -> None:
            order.append(name)
            writer.write(OK)

        return answer

    async with fanning_out(noting("candidate"), noting("secondary")) as (fan, _, _):
        for _ in range(60):
            await fan.ask(get())
    assert {"candidate", "secondary"} == set(order[::2])


@pytest.mark.parametrize("secondary", [close, hang, b"garbage\r\n\r\n"])
async def test_a_failing_secondary_does_not_spoil_the_candidates_reply(
    secondary: bytes | Answer,
) -> None:
    async with fanning_out(OK, secondary, timeout_seconds=0.5) as (fan, _, _):
        replies = await fan.ask(get())
        assert isinstance(replies.candidate, Response)
        assert isinstance(replies.secondary, Failure)


async def test_a_failing_candidate_does_not_spoil_the_secondarys_reply() -> None:
    async with fanning_out(close, OK) as (fan, _, _):
        replies = await fan.ask(get())
        assert isinstance(replies.candidate, Failure)
        assert isinstance(replies.secondary, Response)


async def test_the_candidate_is_asked_alone_while_the_secondary_is_left_alone() -> None:
    async with fanning_out(OK, close, breaker_failures=1) as (fan, _, second):
        await fan.ask(get())
        replies = await fan.ask(get())
        assert isinstance(replies.candidate, Response)
        assert isinstance(replies.secondary, Failure)
        assert replies.secondary.kind is FailureKind.NOT_ASKED
        assert len(second.requests) == 1


async def test_the_secondary_rests_while_the_candidate_is_left_alone() -> None:
    async with fanning_out(close, OK, breaker_failures=1) as (fan, _, second):
        await fan.ask(get())
        replies = await fan.ask(get())
        assert isinstance(replies.candidate, Failure)
        assert replies.candidate.kind is FailureKind.NOT_ASKED
        assert replies.secondary is None
        assert len(second.requests) == 1


async def test_without_a_secondary_there_is_no_secondary_reply() -> None:
    async with serving(OK) as server, asking(server.url()) as target:
        replies = await FanOut(target, None).ask(get())
        assert isinstance(replies.candidate, Response)
        assert replies.secondary is None


async def test_cancelling_leaves_neither_connections_nor_taken_places() -> None:
    async with fanning_out(hang, hang, concurrency=1) as (fan, first, second):
        for _ in range(3):
            asked = asyncio.create_task(fan.ask(get()))
            await until(lambda: first.connected and second.connected)
            asked.cancel()
            await asyncio.wait({asked})
            await until(lambda: not first.connected and not second.connected)


async def test_closing_closes_both() -> None:
    async with fanning_out(OK, OK) as (fan, first, second):
        await fan.ask(get())
        await fan.aclose()
        await until(lambda: not first.connected and not second.connected)
