"""Workers that leave their candidate alone say so, and are handed over no more than they need."""

import asyncio
from pathlib import Path

from shadow.model import Drop
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from tests.integration.queue.processes import exchange, live, offer_all, some_names, until, worker

FOR_EVER = "1000"


async def all_rest(queue: LocalQueue) -> None:
    """Wait until all workers have said that they rest; nothing may have been offered before."""
    told: list[int] = []
    queue.when_at_rest(told.append)
    await until(lambda: bool(told))
    assert told == [0]


async def test_a_worker_at_rest_gets_one_exchange_after_the_other(tmp_path: Path) -> None:
    async with (
        live(tmp_path) as queue,
        worker(tmp_path, "--rests", FOR_EVER, "--settles", "2") as resting,
    ):
        await all_rest(queue)
        assert queue.refusal() is None, "there is nothing to try the candidate with"
        taken: list[str] = []
        for name in some_names(2000):
            if queue.offer(exchange(name)):
                taken.append(name)
            if len(taken) == 4:
                break
            await asyncio.sleep(0.005)
        # Two are settled, one is with the worker, and one waits.
        assert len(taken) == 4
        assert not queue.offer(exchange("one too many"))
        assert queue.refusal() is Drop.CANDIDATE_HELD_BACK
        await until(lambda: [got.exchange for got in resting.got] == taken[:3])


async def test_what_was_begun_before_is_refused_at_rest_where_one_waits(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, worker(tmp_path, "--rests", FOR_EVER, "--settles", "0"):
        await all_rest(queue)
        assert [queue.offer(exchange(name)) for name in some_names(50)] == [True, *[False] * 49]
        assert queue.unsettled == 1


async def test_what_a_dead_worker_had_is_handed_over_at_rest_all_the_same(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        async with worker(tmp_path, "--settles", "0") as holding:
            await offer_all(queue, some_names(20))
            await until(lambda: len(holding.got) == 20)
        async with worker(tmp_path, "--rests", FOR_EVER, "--settles", "0") as resting:
            await until(lambda: len(resting.got) == 20)


async def test_what_waits_is_let_go_and_told_when_all_have_come_to_rest(tmp_path: Path) -> None:
    told: list[int] = []
    async with live(tmp_path, QueueLimits(max_exchanges=10, window=4)) as queue:
        queue.when_at_rest(told.append)
        await offer_all(queue, some_names(10))
        assert queue.refusal() is Drop.QUEUE_FULL
        async with worker(tmp_path, "--rests", FOR_EVER, "--settles", "0"):
            await until(lambda: bool(told))
            assert sum(told) + queue.unsettled == 10
            assert queue.unsettled <= 4


async def test_of_a_recording_nothing_is_let_go(tmp_path: Path) -> None:
    told: list[int] = []
    async with live(tmp_path, QueueLimits(window=4), line="recording") as queue:
        queue.when_at_rest(told.append)
        assert all(
            queue.offer(exchange(name), number)
            for number, name in enumerate(some_names(10), start=1)
        )
        async with worker(tmp_path, "--rests", FOR_EVER) as resting:
            await until(lambda: len(resting.got) == 10)
            await until(lambda: not queue.unsettled)
    assert told == []


async def test_a_worker_that_rests_no_more_gets_what_there_is(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, worker(tmp_path, "--rests", "3") as tried:
        await all_rest(queue)
        await offer_all(queue, some_names(4))
        await until(lambda: not queue.unsettled)
        assert queue.refusal() is None
        assert all(queue.offer(exchange(name)) for name in some_names(200, "y"))
        await until(lambda: len(tried.got) == 204)


async def test_one_worker_at_rest_leaves_all_but_one_to_the_other(tmp_path: Path) -> None:
    async with (
        live(tmp_path) as queue,
        worker(tmp_path, "--rests", FOR_EVER, "--settles", "0") as resting,
    ):
        await all_rest(queue)
        async with worker(tmp_path) as other:
            await offer_all(queue, some_names(300))
            await until(lambda: len(other.got) + len(resting.got) == 300)
            assert len(resting.got) == 1
            assert queue.refusal() is None


async def test_where_those_at_rest_are_gone_all_is_taken_again(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        async with worker(tmp_path, "--rests", FOR_EVER):
            await all_rest(queue)
            assert queue.offer(exchange("first"))
            await until(lambda: queue.offer(exchange("second")) or queue.refusal() is not None)
            await until(lambda: not queue.unsettled)
        await until(lambda: all(queue.offer(exchange(name)) for name in some_names(9)))
        assert queue.refusal() is None
