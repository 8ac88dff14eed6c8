"""A worker on a real queue, with a writer in memory that can be made to fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shadow.model import (
    DeliveryId,
    Endpoint,
    LiveCounts,
    Observation,
    Outcome,
)
from shadow.queue.delivery import Delivery
from shadow.queue.lines import QueueLimits
from shadow.queue.link import LocalLink
from shadow.queue.local import LocalQueue
from shadow.worker import WorkerOptions
from tests.integration.queue.processes import endpoint, live, offer_all, until
from tests.integration.working import (
    NEVER_BY_TIME,
    Asked,
    Book,
    NoRoutes,
    mistake,
    names_of,
    never,
    pipeline_of,
    worker,
)


@asynccontextmanager
async def holding(
    folder: Path, queue: LocalQueue, names: list[str]
) -> AsyncIterator[list[Delivery]]:
    """A worker's link that got all of `names` and settles nothing; it is gone at the end."""
    link = LocalLink(endpoint(folder), asyncio.get_running_loop())
    await offer_all(queue, names)
    await until(lambda: link.deliveries.qsize() == len(names))
    yield [link.deliveries.get_nowait() for _ in names]
    link.close()


async def test_every_exchange_is_counted_once_and_settled(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline_of(Asked())):
        await offer_all(queue, names_of(3000))
        await until(lambda: not queue.unsettled)
    assert book.ids == names_of(3000)
    assert book.ends == {("compared", ""): 3000}


async def test_nothing_is_settled_before_it_is_committed(tmp_path: Path) -> None:
    book = Book()
    book.open.clear()
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline_of(Asked())):
        await offer_all(queue, names_of(10))
        await until(lambda: book.calls)
        await asyncio.sleep(0.2)
        assert queue.unsettled == 10
        book.open.set()
        await until(lambda: not queue.unsettled)


async def test_a_store_that_is_away_for_a_while_costs_no_exchange(tmp_path: Path) -> None:
    book = Book()
    book.away = True
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline_of(Asked())):
        await offer_all(queue, names_of(50))
        await until(lambda: book.calls > 3)
        book.away = False
        await offer_all(queue, ["x9999"])
        await until(lambda: not queue.unsettled)
    assert book.ids == [*names_of(50), "x9999"]


async def test_a_worker_without_a_store_holds_no_more_than_its_window(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    book.away = True
    limits = QueueLimits(window=20)
    async with live(tmp_path, limits) as queue, worker(tmp_path, book, pipeline_of(asked)):
        await offer_all(queue, names_of(200))
        await until(lambda: len(asked.requests) == 20)
        await until(lambda: book.calls > 3)
        assert len(asked.requests) == 20
        book.away = False
        await until(lambda: not queue.unsettled)
    assert book.ids == names_of(200)


async def test_no_more_than_the_concurrency_is_under_way(tmp_path: Path) -> None:
    asked = Asked(never)
    options = WorkerOptions(concurrency=3)
    async with live(tmp_path) as queue, worker(tmp_path, Book(), pipeline_of(asked), options):
        await offer_all(queue, names_of(20))
        await until(lambda: len(asked.requests) == 3)
        await asyncio.sleep(0.1)
        assert len(asked.requests) == 3


async def test_a_mistake_over_one_exchange_is_counted_as_dropped(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline_of(Asked(mistake))):
        await offer_all(queue, names_of(3))
        await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "internal_error"): 3}
    assert {str(each.endpoint) for each in book.counted.values()} >= {"GET /x0000"}


async def test_an_exchange_that_cannot_even_be_routed_is_counted_as_dropped(
    tmp_path: Path,
) -> None:
    book = Book()
    pipeline = pipeline_of(Asked(), NoRoutes())
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline):
        await offer_all(queue, names_of(3))
        await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "internal_error"): 3}


async def test_an_exchange_that_cannot_be_read_is_counted_as_dropped(tmp_path: Path) -> None:
    book = Book()
    unreadable = Delivery(id=DeliveryId(line="live/1-w", number=1), message=b"?")
    async with live(tmp_path), worker(tmp_path, book, pipeline_of(Asked())) as link:
        link.deliveries.put_nowait(unreadable)
        await until(lambda: book.counted)
    assert book.ends == {("dropped", "internal_error"): 1}


async def test_what_a_dead_worker_had_counted_is_settled_and_not_counted_again(
    tmp_path: Path,
) -> None:
    book, asked = Book(), Asked()
    lost = Observation(
        exchange_id="x0000",
        endpoint=Endpoint(method="GET", template="/"),
        status=200,
        outcome=Outcome.UNINFORMATIVE,
    )
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, names_of(2)) as deliveries:
            book.counted[deliveries[0].id] = lost
        async with worker(tmp_path, book, pipeline_of(asked)):
            await until(lambda: not queue.unsettled)
    assert book.ids == names_of(2)
    assert [request.target for request in asked.requests] == ["/x0001"]


async def test_what_a_dead_worker_had_not_counted_is_counted(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, names_of(5)):
            pass
        async with worker(tmp_path, book, pipeline_of(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == names_of(5)
    assert book.ends == {("compared", ""): 5}


async def test_whether_it_was_counted_is_asked_until_the_store_answers(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, names_of(5)):
            book.away = True
        async with worker(tmp_path, book, pipeline_of(Asked())):
            await asyncio.sleep(0.3)
            book.away = False
            await until(lambda: not queue.unsettled)
    assert book.ids == names_of(5)


async def test_an_exchange_that_two_workers_died_over_is_dropped_unasked(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, ["x"]):
            pass
        second = LocalLink(endpoint(tmp_path), asyncio.get_running_loop())
        await until(second.deliveries.qsize)
        second.close()
        async with worker(tmp_path, book, pipeline_of(asked)):
            await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "worker_died"): 1}
    assert not asked.requests


async def test_a_full_batch_is_committed_before_its_time(tmp_path: Path) -> None:
    book = Book()
    pipeline = pipeline_of(Asked())
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline, NEVER_BY_TIME):
        await offer_all(queue, names_of(5))
        await until(lambda: len(book.counted) == 5)


async def test_a_stopped_worker_commits_and_settles_what_is_observed(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, pipeline_of(asked), NEVER_BY_TIME):
            await offer_all(queue, names_of(3))
            await until(lambda: len(asked.requests) == 3)
            await asyncio.sleep(0.05)
            assert not book.counted
        assert book.ids == names_of(3)
        await until(lambda: not queue.unsettled)


async def test_what_a_stopped_worker_had_under_way_goes_to_another(tmp_path: Path) -> None:
    book, asked = Book(), Asked(never)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, pipeline_of(asked)):
            await offer_all(queue, names_of(3))
            await until(lambda: len(asked.requests) == 3)
        assert not book.counted
        async with worker(tmp_path, book, pipeline_of(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == names_of(3)


async def test_a_stopped_worker_ends_without_the_store_and_leaves_all_to_another(
    tmp_path: Path,
) -> None:
    book = Book()
    book.away = True
    options = WorkerOptions(commit_seconds=0.02, retry_seconds=0.02, last_commit_seconds=0.1)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, pipeline_of(Asked()), options):
            await offer_all(queue, names_of(3))
            await until(lambda: book.calls)
        assert queue.unsettled == 3
        book.away = False
        async with worker(tmp_path, book, pipeline_of(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == names_of(3)


async def test_a_stopped_worker_waits_for_a_commit_under_way(tmp_path: Path) -> None:
    book = Book()
    book.open.clear()
    options = WorkerOptions(commit_seconds=0.02, last_commit_seconds=0.0)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, pipeline_of(Asked()), options):
            await offer_all(queue, names_of(3))
            await until(lambda: book.calls)
            asyncio.get_running_loop().call_later(0.3, book.open.set)
        assert book.ids == names_of(3)
        await until(lambda: not queue.unsettled)


async def test_the_live_processs_totals_are_committed(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path, source="live"), worker(tmp_path, book, pipeline_of(Asked())):
        await until(lambda: book.live)
    assert book.live[0] == LiveCounts(source="live", captured=7, outcomes=())


async def test_totals_that_have_not_changed_are_not_committed_again(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline_of(Asked())):
        await until(lambda: book.live)
        for _ in range(3):
            queue.announce(LiveCounts(source="live", captured=7, outcomes=()))
        await offer_all(queue, names_of(1))
        await until(lambda: not queue.unsettled)
    assert len(book.live) == 1


async def test_a_broken_store_ends_the_worker_and_settles_nothing(tmp_path: Path) -> None:
    book = Book()
    book.broken = True
    async with live(tmp_path) as queue:

        async def work() -> None:
            async with worker(tmp_path, book, pipeline_of(Asked())):
                await offer_all(queue, names_of(3))
                await until(lambda: book.calls)

        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await work()
        assert queue.unsettled == 3


@pytest.mark.parametrize("body_bytes", [20_000, 300_000, 1_000_000, 5_000_000])
async def test_of_long_bodies_it_commits_before_it_has_all_that_it_may(
    tmp_path: Path, body_bytes: int
) -> None:
    book = Book()
    number = 12_000_000 // body_bytes
    never_by_time = WorkerOptions(commit_seconds=3600.0)
    async with (
        live(tmp_path) as queue,
        worker(tmp_path, book, pipeline_of(Asked()), never_by_time),
    ):
        await offer_all(queue, names_of(number), bytes(body_bytes))
        await until(lambda: len(book.ids) > number // 2)
