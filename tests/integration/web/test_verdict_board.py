"""Verdicts as pages and streams get them: at once, judged once, and anew when something changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shadow.errors import NotFoundError
from shadow.settings import Settings
from shadow.store.engine import open_store
from shadow.web import verdicts
from shadow.web.judging import Judge, Judged
from shadow.web.verdicts import TooManyWaitingError, VerdictBoard
from tests.integration.store.builders import difference
from tests.integration.web.conftest import ENOUGH, RELEASE, count


class CountingJudge(Judge):
    """Judges, and counts how often."""

    judged = 0

    def judge(self, release: str) -> Judged:
        self.judged += 1
        return super().judge(release)


@asynccontextmanager
async def board_of(store: str) -> AsyncIterator[tuple[VerdictBoard, CountingJudge]]:
    engine = open_store(store)
    judge = CountingJudge(Settings.model_validate({"store": store}), engine)
    board = VerdictBoard(judge)
    try:
        yield board, judge
    finally:
        board.stop()
        await asyncio.to_thread(board.close)
        engine.dispose()


async def test_many_who_ask_at_once_are_judged_for_once(store: str) -> None:
    async with board_of(store) as (board, judge):
        found = await asyncio.gather(*(board.current(RELEASE) for _ in range(50)))
    assert judge.judged == 1
    assert all(each is found[0] for each in found)


async def test_a_page_gets_the_last_verdict_at_once_and_the_next_one_later(store: str) -> None:
    async with board_of(store) as (board, _):
        await board.current(RELEASE)
        count(store, 10, "two")
        await asyncio.sleep(verdicts.LOOK_SECONDS * 1.1)
        at_once = await board.shown(RELEASE)
        assert at_once is not None
        assert at_once.verdict.accounting.captured == ENOUGH
        later = await board.current(RELEASE)
        assert later.verdict.accounting.captured == ENOUGH + 10
        assert await board.shown(RELEASE) is later


async def test_whoever_follows_gets_each_new_verdict(little: str) -> None:
    async with board_of(little) as (board, judge):
        seen = []
        async for judged in board.follow(RELEASE):
            seen.append(str(judged.verdict.decision))
            if len(seen) == 2:
                break
            count(little, ENOUGH, "two", (difference(),))
    assert seen == ["INCONCLUSIVE", "FAIL"]
    assert judge.judged == 2


async def test_the_end_of_the_board_ends_following(little: str) -> None:
    async with board_of(little) as (board, _):
        asyncio.get_running_loop().call_later(0.5, board.stop)
        assert len([judged async for judged in board.follow(RELEASE)]) == 1


async def test_no_more_may_wait_than_there_is_room_for(
    little: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "MOST_WAITING", 1)
    async with board_of(little) as (board, _):
        waiting = asyncio.create_task(board.conclusive(RELEASE, 30))
        await asyncio.sleep(0.5)
        with pytest.raises(TooManyWaitingError):
            await board.conclusive(RELEASE, 30)
        board.stop()
        await waiting


async def test_of_names_that_are_none_nothing_is_kept(store: str) -> None:
    async with board_of(store) as (board, _):
        for number in range(3 * verdicts.MOST_RELEASES):
            with pytest.raises(NotFoundError):
                await board.current(f"none-{number}")
        assert (await board.current(RELEASE)).verdict.release == RELEASE


async def test_releases_that_nobody_asks_for_are_forgotten_and_judged_again(store: str) -> None:
    async with board_of(store) as (board, judge):
        first = await board.current(RELEASE)
        for number in range(verdicts.MOST_RELEASES):
            count(store, 1, "x", release=f"more-{number}")
            await board.current(f"more-{number}")
        again = await board.current(RELEASE)
    assert again is not first
    assert judge.judged == verdicts.MOST_RELEASES + 2
