"""A worker in this process on a real queue, and what it is given: a writer and a replayer."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import override

from shadow.diff.compare import Comparer
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.rules.book import RuleBook
from shadow.errors import UnavailableError
from shadow.model import (
    DeliveryId,
    Endpoint,
    LiveCounts,
    Observation,
    Replies,
    Request,
    Response,
)
from shadow.pipeline import Batch, Pipeline, Replayer
from shadow.queue.link import LocalLink
from shadow.redact.redactor import Redactor
from shadow.worker import Worker, WorkerOptions
from tests.integration.queue.processes import endpoint

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


def pipeline_of(replayer: Replayer, router: EndpointRouter | None = None) -> Pipeline:
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


def names_of(number: int) -> list[str]:
    return [f"x{each:04}" for each in range(number)]
