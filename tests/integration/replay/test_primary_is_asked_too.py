"""Exchanges that come without the primary's answer: the worker asks the primary as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.model import (
    DifferenceKind,
    Exchange,
    Failure,
    FailureKind,
    NoiseSource,
    Observation,
    Outcome,
    Request,
    Response,
)
from shadow.pipeline import Pipeline
from shadow.redact.redactor import Redactor
from shadow.replay.again import AgainOptions, AskingAgain
from shadow.replay.fanout import FanOut
from shadow.replay.repeats import may_repeat
from shadow.store.tally import tally
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

WORSE = OK.replace(b"hi", b"ho")
NOT_THERE = "http://127.0.0.1:9"


@asynccontextmanager
async def three(
    primary: bytes | Answer = OK,
    candidate: bytes | Answer = OK,
    secondary: bytes | Answer = OK,
    **limits: object,
) -> AsyncIterator[tuple[FanOut, tuple[RawServer, RawServer, RawServer]]]:
    async with (
        serving(primary) as first,
        serving(candidate) as second,
        serving(secondary) as third,
        asking(first.url(), **limits) as primary_target,
        asking(second.url()) as candidate_target,
        asking(third.url()) as secondary_target,
    ):
        fan = FanOut(candidate_target, secondary_target, primary_target)
        yield fan, (first, second, third)


def pipeline(fan: FanOut | AskingAgain, *opted_in: str) -> Pipeline:
    return Pipeline(
        replayer=fan,
        router=EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook.of((), date(2026, 1, 1)),
        redactor=Redactor(key=b"k" * 32),
        may_repeat=may_repeat(opted_in),
    )


async def observed(fan: FanOut, method: str = "GET", *opted_in: str) -> Observation:
    request = Request(method=method, target="/stock?a=1", headers=((b"host", b"shop.test"),))
    exchange = Exchange(id="x-1", captured_at=0.0, request=request, primary=None)
    return await pipeline(fan, *opted_in).observe(exchange)


async def test_each_of_the_three_is_asked_once_and_all_get_the_same_request() -> None:
    async with three() as (fan, servers):
        await fan.ask_all(get("/a?b=c"))
        first, second, third = (server.requests for server in servers)
        assert len(first) == 1
        assert first == second == third
        assert b"x-shadow-loop-guard: 1" in first[0].lower()


async def test_all_are_asked_before_any_has_answered() -> None:
    waiting: list[asyncio.StreamWriter] = []

    async def when_all_are_asked(writer: asyncio.StreamWriter) -> None:
        waiting.append(writer)
        await until(lambda: len(waiting) == 3)
        writer.write(OK)

    async with three(when_all_are_asked, when_all_are_asked, when_all_are_asked) as (fan, _):
        replies = await asyncio.wait_for(fan.ask_all(get()), 30.0)
        said = (replies.primary, replies.candidate, replies.secondary)
        assert all(isinstance(reply, Response) for reply in said)


async def test_what_differs_is_told_against_the_answer_that_the_primary_gave_the_worker() -> None:
    async with three(candidate=WORSE) as (fan, _):
        seen = await observed(fan)
        assert (seen.outcome, seen.status, seen.paired) == (Outcome.COMPARED, 200, True)
        assert seen.differences
        assert seen.noise == ()
        assert seen.example is not None
        assert seen.example.primary.body == b"hi"


async def test_noise_is_what_the_secondary_says_otherwise() -> None:
    async with three(secondary=WORSE) as (fan, _):
        seen = await observed(fan)
        assert seen.noise
        assert seen.differences == ()


@pytest.mark.parametrize("primary", [close, hang, b"garbage\r\n\r\n", OK[:-1]])
async def test_a_primary_that_fails_is_no_difference(primary: bytes | Answer) -> None:
    async with three(primary, timeout_seconds=0.3) as (fan, _):
        seen = await observed(fan)
        assert (seen.outcome, seen.reason) == (Outcome.SKIPPED, "primary_failed")
        assert seen.differences == ()


async def test_an_unreachable_primary_is_no_difference_and_no_evidence_of_an_endpoint() -> None:
    async with (
        serving(OK) as server,
        asking(NOT_THERE) as primary,
        asking(server.url()) as candidate,
    ):
        seen = await observed(FanOut(candidate, None, primary))
        assert (seen.outcome, seen.reason) == (Outcome.SKIPPED, "primary_failed")
        counts = tally([seen])
        assert sum(counts.outcomes.values()) == 1
        assert counts.endpoints == {}


async def test_an_answer_over_the_limit_is_left_out_as_a_large_one() -> None:
    async with three(max_body_bytes=1) as (fan, _):
        seen = await observed(fan)
        assert (seen.outcome, seen.reason) == (Outcome.SKIPPED, "response_too_large")


async def test_a_primary_that_is_left_alone_is_counted_and_does_not_trouble_the_secondary() -> None:
    async with three(close, breaker_failures=2, breaker_seconds=3600.0) as (fan, servers):
        ends = [(await observed(fan)).reason for _ in range(4)]
        assert ends == ["primary_failed"] * 2 + ["primary_held_back"] * 2
        assert [len(server.requests) for server in servers] == [2, 4, 2]


async def test_nobody_is_asked_while_the_candidate_is_left_alone() -> None:
    async with (
        serving(OK) as server,
        serving(close) as other,
        asking(server.url()) as primary,
        asking(other.url(), breaker_failures=1, breaker_seconds=3600.0) as candidate,
    ):
        fan = FanOut(candidate, None, primary)
        seen = [await observed(fan) for _ in range(3)]
        assert [each.reason for each in seen] == ["", *["candidate_held_back"] * 2]
        assert len(server.requests) == 1
        held_back = tally(seen[1:]).endpoints[seen[1].endpoint]
        assert (held_back.dropped, held_back.statuses) == (2, {})


async def test_a_worker_that_knows_no_primary_asks_nobody() -> None:
    async with serving(OK) as server, asking(server.url()) as candidate:
        seen = await observed(FanOut(candidate, None))
        assert (seen.outcome, seen.reason) == (Outcome.DROPPED, "primary_held_back")
        assert server.requests == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_a_write_that_production_has_had_is_never_sent_to_it_again(method: str) -> None:
    async with three() as (fan, servers):
        seen = await observed(fan, method)
        assert (seen.outcome, seen.reason) == (Outcome.SKIPPED, "method")
        assert [server.requests for server in servers] == [[], [], []]


async def test_a_write_that_may_be_repeated_is_compared() -> None:
    async with three() as (fan, _):
        assert (await observed(fan, "POST", "POST /stock")).outcome is Outcome.COMPARED
        assert (await observed(fan, "POST", "POST /other")).reason == "method"


@pytest.mark.parametrize("delay_seconds", [0.0, 0.01])
async def test_the_primary_is_asked_again_for_noise_besides(delay_seconds: float) -> None:
    options = AgainOptions(share=1.0, delay_seconds=delay_seconds)
    async with (
        serving(OK) as server,
        serving(OK) as other,
        asking(server.url()) as primary,
        asking(server.url()) as once_more,
        asking(other.url()) as candidate,
    ):
        again = AskingAgain(candidate, once_more, options, primary)
        for number in range(8):
            replies = await again.ask_all(get(), f"x-{number}")
            assert isinstance(replies.primary, Response)
            assert isinstance(replies.secondary, Response)
            assert replies.noise_from is NoiseSource.SELF
        assert (len(server.requests), len(other.requests)) == (16, 8)


async def test_a_primary_that_fails_is_not_asked_again_for_noise() -> None:
    options = AgainOptions(share=1.0, delay_seconds=3600.0)
    later = next(
        f"x-{n}" for n in range(99) if (w := options.when("GET", f"x-{n}")) and w.name == "LATER"
    )
    async with (
        serving(close) as server,
        serving(OK) as other,
        asking(server.url()) as primary,
        asking(server.url()) as once_more,
        asking(other.url()) as candidate,
    ):
        replies = await AskingAgain(candidate, once_more, options, primary).ask_all(get(), later)
        assert isinstance(replies.primary, Failure)
        assert replies.primary.kind is FailureKind.DISCONNECTED
        assert len(server.requests) == 1


async def test_a_failure_of_the_candidate_alone_is_a_difference() -> None:
    async with three(candidate=close) as (fan, _):
        seen = await observed(fan)
        assert [each.kind for each in seen.differences] == [DifferenceKind.FAILURE]
