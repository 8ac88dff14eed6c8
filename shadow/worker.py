"""A worker: takes exchanges from the queue, observes them, commits, and only then settles."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from shadow.duty import Duty
from shadow.errors import UnavailableError
from shadow.machine import PROCESSORS, Machine
from shadow.model import DeliveryId, Drop, Endpoint, Exchange, LiveCounts, Observation, Outcome
from shadow.pipeline import Batch, Counted, Observer, Writer
from shadow.queue.codec import EXCHANGE, CodecError
from shadow.queue.delivery import Delivery
from shadow.queue.link import LocalLink
from shadow.queue.links import LocalLinks

logger = logging.getLogger(__name__)

_MOST_TRIES = 2
"""Workers may die over one exchange this often before it is taken for the cause."""

_LOOK_SECONDS = 0.25
"""From one look at how full the machine is to the next."""

_UNKNOWN = Endpoint(method="OTHER", template="(unknown)")
"""Where an exchange is accounted for that cannot even be told by its endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`concurrency` exchanges at once; a commit every `commit_seconds` or `batch` observations.

    Also whenever what was observed had `batch_bytes`: a live process lets a worker have only so
    much that is not committed, and of long bodies that is fewer than a batch.

    A stopped worker goes on trying for `last_commit_seconds`, and waits for a commit under way
    however long it takes: what another worker then finds uncounted must stay so.
    """

    concurrency: int = 32
    batch: int = 200
    batch_bytes: int = 2 * 1024 * 1024
    commit_seconds: float = 0.25
    retry_seconds: float = 1.0
    last_commit_seconds: float = 10.0


class Worker:
    """The work of one worker process.

    `writer_for` gives the store's writer for a line, `rests` tells whether the candidate is left
    alone, so that live processes need not hand over what nobody is asked.
    """

    def __init__(
        self,
        link: LocalLink | LocalLinks,
        pipeline: Observer,
        writer_for: Callable[[str], Writer],
        options: WorkerOptions,
        rests: Callable[[], bool] = lambda: False,
    ) -> None:
        self._link = link
        self._pipeline = pipeline
        self._writer_for = writer_for
        self._options = options
        self._rests = rests
        self._store_is_away = False
        self._duty = Duty(PROCESSORS)
        self._next = asyncio.Lock()
        self._observed: list[Counted] = []
        self._observed_bytes = 0
        self._enough = asyncio.Event()
        self._committed_live: dict[str, LiveCounts] = {}
        self._give_up_at: float | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then commit what is observed and return.

        What is still under way by then stays unsettled, so that another worker gets it.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._consume()) for _ in range(self._options.concurrency)]
            tasks.append(group.create_task(self._look_at_the_machine()))
            group.create_task(self._commit_until(stop))
            await stop.wait()
            now = asyncio.get_running_loop().time()
            self._give_up_at = now + self._options.last_commit_seconds
            for task in tasks:
                task.cancel()
            self._enough.set()

    async def _consume(self) -> None:
        while True:
            delivery = (await self._link.deliveries.get()).copied()
            await self._leave_room()
            await self._handle(delivery)

    async def _leave_room(self) -> None:
        """Wait, one after the other, for as long as there is too little for users otherwise."""
        async with self._next:
            seconds = self._duty.wait_seconds()
            while seconds:
                await asyncio.sleep(seconds)
                seconds = self._duty.wait_seconds()

    async def _look_at_the_machine(self) -> None:
        machine = Machine()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._link.users_are_many:
                self._duty.look(machine.idle_share())
            else:
                machine.forget()
                self._duty.look(None)

    async def _handle(self, delivery: Delivery) -> None:
        if await self._counted_before(delivery.earlier):
            self._link.settle((delivery.id,))
            return
        try:
            exchange = EXCHANGE.decode(delivery.exchange)
        except CodecError as error:
            logger.error("a delivery cannot be read: %s", error)
            observation = _lost(f"{delivery.id.line}#{delivery.id.number}", Drop.INTERNAL_ERROR)
        else:
            observation = await self._observe(exchange, tries=len(delivery.earlier))
        # Without a store nothing is settled, and all that could be tried would be held already.
        self._link.rest(rests=self._rests() and not self._store_is_away)
        self._observed.append(Counted(delivery=delivery.id, observation=observation))
        self._observed_bytes += len(delivery.exchange)
        options = self._options
        if len(self._observed) >= options.batch or self._observed_bytes >= options.batch_bytes:
            self._enough.set()

    async def _observe(self, exchange: Exchange, tries: int) -> Observation:
        if tries >= _MOST_TRIES:
            return self._abandoned(exchange, Drop.WORKER_DIED)
        try:
            return await self._pipeline.observe(exchange)
        except Exception as error:  # one exchange must not cost the others
            logger.error("%s while working on an exchange", type(error).__name__)
            return self._abandoned(exchange, Drop.INTERNAL_ERROR)

    def _abandoned(self, exchange: Exchange, reason: Drop) -> Observation:
        try:
            return self._pipeline.abandoned(exchange, reason)
        except Exception as error:  # what can't be observed may be what can't be routed either
            logger.error("%s while abandoning an exchange", type(error).__name__)
            return _lost(exchange.id, reason)

    async def _counted_before(self, earlier: tuple[DeliveryId, ...]) -> bool:
        for delivery in earlier:
            if await self._insist(self._writer_for(delivery.line).was_counted, delivery):
                return True
        return False

    async def _commit_until(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._enough.wait(), self._options.commit_seconds)
                await self._commit()
            await self._commit()
        except UnavailableError:
            logger.error("stopped without the store; another worker gets what is not committed")

    async def _commit(self) -> None:
        """Commit all that is observed, per line, and settle it."""
        self._enough.clear()
        observed, self._observed, self._observed_bytes = self._observed, [], 0
        for live in self._link.lives:
            if live != self._committed_live.get(live.source):
                await self._insist(self._writer_for(live.source).commit, Batch(live=(live,)))
                self._committed_live[live.source] = live
        for line, counted in groupby(
            sorted(observed, key=lambda c: c.delivery.line), key=lambda c: c.delivery.line
        ):
            batch = Batch(counted=tuple(counted))
            await self._insist(self._writer_for(line).commit, batch)
            self._link.settle(tuple(c.delivery for c in batch.counted))

    async def _insist[**P, T](self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call to the store off the loop, again and again while it is unavailable.

        Raises `UnavailableError` only when the worker has been stopped and its time is over.
        """
        told = False
        while True:
            try:
                answer = await asyncio.to_thread(call, *args, **kwargs)
            except UnavailableError as error:
                self._store_is_away = True
                self._link.rest(rests=False)
                if self._give_up_at and asyncio.get_running_loop().time() > self._give_up_at:
                    raise
                if not told:
                    logger.error("the store cannot be written, trying again: %s", error)
                told = True
                await asyncio.sleep(self._options.retry_seconds)
            else:
                self._store_is_away = False
                return answer


def _lost(exchange_id: str, reason: Drop) -> Observation:
    return Observation(
        exchange_id=exchange_id,
        endpoint=_UNKNOWN,
        status=0,
        outcome=Outcome.DROPPED,
        reason=reason,
    )
