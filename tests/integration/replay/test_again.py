"""The primary asked again for a share of the exchanges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shadow.model import Failure, FailureKind, NoiseSource, Request, Response
from shadow.replay.again import WAITING_PLACES, AgainOptions, AskingAgain, When
from tests.integration.replay.servers import OK, RawServer, asking, get, hang, serving, until

NEVER_SECONDS = 3600.0
IDS = tuple(f"source-{number}" for number in range(4_000))


def chosen(options: AgainOptions, when: When | None, method: str = "GET") -> list[str]:
    return [name for name in IDS if options.when(method, name) is when]


@asynccontextmanager
async def asking_again(
    options: AgainOptions, *, answer: bytes | None = None, **limits: object
) -> AsyncIterator[tuple[AskingAgain, RawServer, RawServer]]:
    async with (
        serving(OK) as candidate,
        serving(answer or OK) as primary,
        asking(candidate.url()) as candidate_target,
        asking(primary.url(), **limits) as primary_target,
    ):
        yield AskingAgain(candidate_target, primary_target, options), candidate, primary


def test_the_share_is_about_what_is_set_and_half_of_it_is_later() -> None:
    options = AgainOptions(share=0.05)
    at_once, later = (len(chosen(options, when)) for when in When)
    assert 150 <= at_once + later <= 250
    assert 70 <= at_once <= 130


def test_a_larger_share_holds_the_smaller_one() -> None:
    some, more = AgainOptions(share=0.05), AgainOptions(share=0.2)
    for when in When:
        assert set(chosen(some, when)) < set(chosen(more, when))


@pytest.mark.parametrize(("share", "many"), [(0.0, 0), (1.0, len(IDS))])
def test_none_and_all_are_shares_too(share: float, many: int) -> None:
    assert len(IDS) - len(chosen(AgainOptions(share=share), None)) == many


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
async def test_a_request_that_is_unsafe_to_repeat_never_reaches_the_primary(method: str) -> None:
    async with asking_again(AgainOptions(share=1.0, delay_seconds=0)) as (again, first, second):
        for name in IDS[:20]:
            request = Request(method=method, target="/", headers=((b"host", b"shop.test"),))
            replies = await again.ask(request, name)
            assert replies.noise_from is NoiseSource.NONE
        assert len(first.requests) == 20
        assert second.requests == []


async def test_only_the_share_is_asked_again_and_bears_the_loop_guard() -> None:
    options = AgainOptions(share=0.1, delay_seconds=0)
    async with asking_again(options) as (again, first, second):
        for name in IDS[:100]:
            replies = await again.ask(get(), name)
            assert replies.noise_from is NoiseSource.SELF
            assert (replies.secondary is None) is (options.when("GET", name) is None)
        asked = sum(options.when("GET", name) is not None for name in IDS[:100])
        assert (len(first.requests), len(second.requests)) == (100, asked)
        assert all(b"x-shadow-loop-guard: 1" in request for request in second.requests)


async def test_those_for_later_are_asked_after_the_candidate_has_answered() -> None:
    options = AgainOptions(share=1.0, delay_seconds=NEVER_SECONDS)
    async with asking_again(options) as (again, first, second):
        waiting = asyncio.create_task(again.ask(get(), chosen(options, When.LATER)[0]))
        await until(lambda: len(first.requests) == 1)
        replies = await again.ask(get(), chosen(options, When.AT_ONCE)[0])
        assert isinstance(replies.secondary, Response)
        assert not waiting.done()
        assert len(second.requests) == 1
        waiting.cancel()
        await asyncio.wait({waiting})


async def test_when_too_many_wait_the_next_is_asked_at_once() -> None:
    options = AgainOptions(share=1.0, delay_seconds=NEVER_SECONDS)
    later = chosen(options, When.LATER)
    async with asking_again(options) as (again, first, _):
        waiting = {asyncio.create_task(again.ask(get(), name)) for name in later[:WAITING_PLACES]}
        await until(lambda: len(first.requests) == WAITING_PLACES)
        await until(lambda: again.waiting == WAITING_PLACES)
        replies = await again.ask(get(), later[WAITING_PLACES])
        assert isinstance(replies.secondary, Response)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert again.waiting == 0


async def test_above_its_rate_the_primary_is_left_alone_and_the_candidate_is_not() -> None:
    options = AgainOptions(share=1.0, delay_seconds=0)
    async with asking_again(options, requests_per_second=0.001) as (again, first, second):
        replies = [await again.ask(get(), name) for name in IDS[:10]]
        assert (len(first.requests), len(second.requests)) == (10, 1)
        held = [each.secondary for each in replies if isinstance(each.secondary, Failure)]
        assert [failure.kind for failure in held] == [FailureKind.NOT_ASKED] * 9


async def test_a_primary_that_fails_is_left_alone() -> None:
    options = AgainOptions(share=1.0, delay_seconds=0)
    async with asking_again(options, answer=b"garbage\r\n\r\n", breaker_failures=2) as (
        again,
        first,
        second,
    ):
        for name in IDS[:10]:
            replies = await again.ask(get(), name)
            assert isinstance(replies.candidate, Response)
            assert isinstance(replies.secondary, Failure)
        assert (len(first.requests), len(second.requests)) == (10, 2)


async def test_a_candidate_that_cannot_be_asked_does_not_cost_the_primary_a_request() -> None:
    options = AgainOptions(share=1.0, delay_seconds=0)
    async with (
        serving(hang) as candidate,
        serving(OK) as primary,
        asking(candidate.url(), timeout_seconds=0.2, breaker_failures=1) as first,
        asking(primary.url()) as second,
    ):
        again = AskingAgain(first, second, options)
        await again.ask(get(), chosen(options, When.AT_ONCE)[0])
        for name in IDS[:10]:
            replies = await again.ask(get(), name)
            assert replies.secondary is None
        assert len(primary.requests) == 1


async def test_closing_closes_both() -> None:
    async with asking_again(AgainOptions(share=1.0, delay_seconds=0)) as (again, first, second):
        await again.ask(get(), IDS[0])
        await again.aclose()
        await until(lambda: not first.connected and not second.connected)
