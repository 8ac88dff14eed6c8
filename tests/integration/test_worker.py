"""A worker on a real queue, with a writer in memory that can be made to fail."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import override

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.duty import Duty
from shadow.errors import UnavailableError
from shadow.machine import Machine
from shadow.model import (
    DeliveryId,
    Endpoint,
    LiveCounts,
    Observation,
    Outcome,
    Replies,
    Request,
    Response,
)
from shadow.pipeline import Batch, Pipeline, Replayer
from shadow.queue.codec import Delivery
from shadow.queue.link import LocalLink
from shadow.queue.local import LocalQueue, QueueLimits
from shadow.redact.redactor import Redactor
from shadow.worker import Worker, WorkerOptions
from tests.integration.queue.processes import endpoint, exchange, live, offer_all, until

QUICK = WorkerOptions(commit_seconds=0.02, retry_seconds=0.02)
NEVER_BY_TIME = WorkerOptions(commit_seconds=3600.0, batch=5)


class Book:
    """A writer in memory: counts each delivery once, unless it is told to be away or to wait."""

    def __init__(self) -> None:
        self.counted: dict[DeliveryId, Observation] = {}
        self.live: list[LiveCounts] = []
        self.calls = 0
        self.away = False
        self.broken = False
        self.open = threading.Event()
        self.open.set()
        self._lock = threading.Lock()

    def writer_for(self, line: str) -> "Book":
        return self

    def commit(self, batch: Batch) -> None:
        self.calls += 1
        self.open.wait()
        self._be_there()
        with self._lock:
            for one in batch.counted:
                self.counted.setdefault(one.delivery, one.observation)
            self.live.extend(batch.live)

    def was_counted(self, delivery: DeliveryId) -> bool:
        self._be_there()
        return delivery in self.counted

    @property
    def ends(self) -> Counter[tuple[str, str]]:
        """How many exchanges ended how, and why."""
        seen = self.counted.values()
        return Counter((each.outcome.value, str(each.reason)) for each in seen)

    @property
    def ids(self) -> list[str]:
        return sorted(each.exchange_id for each in self.counted.values())

    def _be_there(self) -> None:
        if self.away:
            raise UnavailableError("away")
        if self.broken:
            raise RuntimeError("broken")


class Asked:
    """A replayer that keeps what it was asked; `then` may wait or raise."""

    def __init__(self, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.requests: list[Request] = []
        self._then = then

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        self.requests.append(request)
        if self._then is not None:
            await self._then()
        reply = Response(status=200, headers=(), body=b"{}", seconds=0.001)
        return Replies(candidate=reply, secondary=None)


async def never() -> None:
    await asyncio.Event().wait()


async def mistake() -> None:
    raise ZeroDivisionError


class NoRoutes(EndpointRouter):
    @override
    def route(self, request: Request, status: int) -> Endpoint:
        raise RecursionError


def _pipeline(replayer: Replayer, router: EndpointRouter | None = None) -> Pipeline:
    return Pipeline(
        replayer=replayer,
        router=router or EndpointRouter(),
        comparer=Comparer(),
        rules=RuleBook.of((), date(2026, 1, 1)),
        redactor=Redactor(key=b"k" * 32),
    )


@asynccontextmanager
async def worker(
    folder: Path,
    book: Book,
    pipeline: Pipeline,
    options: WorkerOptions = QUICK,
    *,
    rests: Callable[[], bool] = lambda: False,
) -> AsyncIterator[LocalLink]:
    """Run a worker in this loop; it is stopped at the end, and must then end by itself."""
    link = LocalLink(endpoint(folder), asyncio.get_running_loop())
    stop = asyncio.Event()
    working = Worker(link, pipeline, book.writer_for, options, rests)
    running = asyncio.create_task(working.run(stop))
    try:
        yield link
    finally:
        stop.set()
        try:
            await asyncio.wait_for(running, 30.0)
        finally:
            link.close()


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


def _names(number: int) -> list[str]:
    return [f"x{each:04}" for each in range(number)]


async def test_every_exchange_is_counted_once_and_settled(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, _pipeline(Asked())):
        await offer_all(queue, _names(3000))
        await until(lambda: not queue.unsettled)
    assert book.ids == _names(3000)
    assert book.ends == {("compared", ""): 3000}


async def test_nothing_is_settled_before_it_is_committed(tmp_path: Path) -> None:
    book = Book()
    book.open.clear()
    async with live(tmp_path) as queue, worker(tmp_path, book, _pipeline(Asked())):
        await offer_all(queue, _names(10))
        await until(lambda: book.calls)
        await asyncio.sleep(0.2)
        assert queue.unsettled == 10
        book.open.set()
        await until(lambda: not queue.unsettled)


async def test_a_store_that_is_away_for_a_while_costs_no_exchange(tmp_path: Path) -> None:
    book = Book()
    book.away = True
    async with live(tmp_path) as queue, worker(tmp_path, book, _pipeline(Asked())):
        await offer_all(queue, _names(50))
        await until(lambda: book.calls > 3)
        book.away = False
        await offer_all(queue, ["x9999"])
        await until(lambda: not queue.unsettled)
    assert book.ids == [*_names(50), "x9999"]


async def test_a_worker_without_a_store_holds_no_more_than_its_window(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    book.away = True
    limits = QueueLimits(window=20)
    async with live(tmp_path, limits) as queue, worker(tmp_path, book, _pipeline(asked)):
        await offer_all(queue, _names(200))
        await until(lambda: len(asked.requests) == 20)
        await until(lambda: book.calls > 3)
        assert len(asked.requests) == 20
        book.away = False
        await until(lambda: not queue.unsettled)
    assert book.ids == _names(200)


async def test_no_more_than_the_concurrency_is_under_way(tmp_path: Path) -> None:
    asked = Asked(never)
    options = WorkerOptions(concurrency=3)
    async with live(tmp_path) as queue, worker(tmp_path, Book(), _pipeline(asked), options):
        await offer_all(queue, _names(20))
        await until(lambda: len(asked.requests) == 3)
        await asyncio.sleep(0.1)
        assert len(asked.requests) == 3


async def test_a_mistake_over_one_exchange_is_counted_as_dropped(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, _pipeline(Asked(mistake))):
        await offer_all(queue, _names(3))
        await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "internal_error"): 3}
    assert {str(each.endpoint) for each in book.counted.values()} >= {"GET /x0000"}


async def test_an_exchange_that_cannot_even_be_routed_is_counted_as_dropped(
    tmp_path: Path,
) -> None:
    book = Book()
    pipeline = _pipeline(Asked(), NoRoutes())
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline):
        await offer_all(queue, _names(3))
        await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "internal_error"): 3}


async def test_an_exchange_that_cannot_be_read_is_counted_as_dropped(tmp_path: Path) -> None:
    book = Book()
    unreadable = Delivery(id=DeliveryId(line="live/1-w", number=1), exchange=b"?")
    async with live(tmp_path), worker(tmp_path, book, _pipeline(Asked())) as link:
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
        async with holding(tmp_path, queue, _names(2)) as deliveries:
            book.counted[deliveries[0].id] = lost
        async with worker(tmp_path, book, _pipeline(asked)):
            await until(lambda: not queue.unsettled)
    assert book.ids == _names(2)
    assert [request.target for request in asked.requests] == ["/x0001"]


async def test_what_a_dead_worker_had_not_counted_is_counted(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, _names(5)):
            pass
        async with worker(tmp_path, book, _pipeline(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == _names(5)
    assert book.ends == {("compared", ""): 5}


async def test_whether_it_was_counted_is_asked_until_the_store_answers(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, _names(5)):
            book.away = True
        async with worker(tmp_path, book, _pipeline(Asked())):
            await asyncio.sleep(0.3)
            book.away = False
            await until(lambda: not queue.unsettled)
    assert book.ids == _names(5)


async def test_an_exchange_that_two_workers_died_over_is_dropped_unasked(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    async with live(tmp_path) as queue:
        async with holding(tmp_path, queue, ["x"]):
            pass
        second = LocalLink(endpoint(tmp_path), asyncio.get_running_loop())
        await until(second.deliveries.qsize)
        second.close()
        async with worker(tmp_path, book, _pipeline(asked)):
            await until(lambda: not queue.unsettled)
    assert book.ends == {("dropped", "worker_died"): 1}
    assert not asked.requests


async def test_a_full_batch_is_committed_before_its_time(tmp_path: Path) -> None:
    book = Book()
    pipeline = _pipeline(Asked())
    async with live(tmp_path) as queue, worker(tmp_path, book, pipeline, NEVER_BY_TIME):
        await offer_all(queue, _names(5))
        await until(lambda: len(book.counted) == 5)


async def test_a_stopped_worker_commits_and_settles_what_is_observed(tmp_path: Path) -> None:
    book, asked = Book(), Asked()
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, _pipeline(asked), NEVER_BY_TIME):
            await offer_all(queue, _names(3))
            await until(lambda: len(asked.requests) == 3)
            await asyncio.sleep(0.05)
            assert not book.counted
        assert book.ids == _names(3)
        await until(lambda: not queue.unsettled)


async def test_what_a_stopped_worker_had_under_way_goes_to_another(tmp_path: Path) -> None:
    book, asked = Book(), Asked(never)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, _pipeline(asked)):
            await offer_all(queue, _names(3))
            await until(lambda: len(asked.requests) == 3)
        assert not book.counted
        async with worker(tmp_path, book, _pipeline(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == _names(3)


async def test_a_stopped_worker_ends_without_the_store_and_leaves_all_to_another(
    tmp_path: Path,
) -> None:
    book = Book()
    book.away = True
    options = WorkerOptions(commit_seconds=0.02, retry_seconds=0.02, last_commit_seconds=0.1)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, _pipeline(Asked()), options):
            await offer_all(queue, _names(3))
            await until(lambda: book.calls)
        assert queue.unsettled == 3
        book.away = False
        async with worker(tmp_path, book, _pipeline(Asked())):
            await until(lambda: not queue.unsettled)
    assert book.ids == _names(3)


async def test_a_stopped_worker_waits_for_a_commit_under_way(tmp_path: Path) -> None:
    book = Book()
    book.open.clear()
    options = WorkerOptions(commit_seconds=0.02, last_commit_seconds=0.0)
    async with live(tmp_path) as queue:
        async with worker(tmp_path, book, _pipeline(Asked()), options):
            await offer_all(queue, _names(3))
            await until(lambda: book.calls)
            asyncio.get_running_loop().call_later(0.3, book.open.set)
        assert book.ids == _names(3)
        await until(lambda: not queue.unsettled)


async def test_the_live_processs_totals_are_committed(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path, source="live"), worker(tmp_path, book, _pipeline(Asked())):
        await until(lambda: book.live)
    assert book.live[0] == LiveCounts(source="live", captured=7, outcomes=())


async def test_totals_that_have_not_changed_are_not_committed_again(tmp_path: Path) -> None:
    book = Book()
    async with live(tmp_path) as queue, worker(tmp_path, book, _pipeline(Asked())):
        await until(lambda: book.live)
        for _ in range(3):
            queue.announce(LiveCounts(source="live", captured=7, outcomes=()))
        await offer_all(queue, _names(1))
        await until(lambda: not queue.unsettled)
    assert len(book.live) == 1


async def test_a_broken_store_ends_the_worker_and_settles_nothing(tmp_path: Path) -> None:
    book = Book()
    book.broken = True
    async with live(tmp_path) as queue:

        async def work() -> None:
            async with worker(tmp_path, book, _pipeline(Asked())):
                await offer_all(queue, _names(3))
                await until(lambda: book.calls)

        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await work()
        assert queue.unsettled == 3


async def test_work_waits_while_users_need_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Patient(Duty):
        """Waits for as long as the machine is full."""

        @override
        def wait_seconds(self) -> float:
            return 0.0 if self.share == 1.0 else 0.01

    class Full(Machine):
        @override
        def idle_share(self) -> float | None:
            return 0.0

    monkeypatch.setattr("shadow.worker.Duty", Patient)
    monkeypatch.setattr("shadow.worker.Machine", Full)
    book, asked = Book(), Asked()
    async with (
        live(tmp_path, serves_users=False) as queue,
        worker(tmp_path, book, _pipeline(asked)) as link,
    ):
        await offer_all(queue, ["before"])
        await until(lambda: not queue.unsettled)
        link.users_are_many = True
        await asyncio.sleep(1.0)  # several looks
        await offer_all(queue, _names(20))
        await asyncio.sleep(0.5)  # for all that would be asked by now
        assert len(asked.requests) == 1
        link.users_are_many = False
        await until(lambda: not queue.unsettled)
    assert book.ids == ["before", *_names(20)]


async def test_a_candidate_that_rests_is_not_blamed_for_a_store_that_is_away(
    tmp_path: Path,
) -> None:
    book = Book()
    names = iter(_names(100_000))

    def takes_all() -> bool:
        return all(queue.offer(exchange(next(names))) for _ in range(30))

    async with (
        live(tmp_path, serves_users=False) as queue,
        worker(tmp_path, book, _pipeline(Asked()), rests=lambda: True),
    ):
        await until(lambda: not takes_all())
        book.away = True
        await until(takes_all)
        book.away = False
        await until(lambda: not takes_all())
        assert not queue.is_full
        await until(lambda: not queue.unsettled)
