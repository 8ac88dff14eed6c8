"""Verdicts for everybody who asks: judged once for each change of the store, and kept.

Judging a large release takes seconds, a page must open at once, and a hundred may wait for the
same verdict. So one thread judges, one release at a time; what it found is shown until it has found
something else; and one look at the store a second tells whether there is anything to judge, for all
who wait. Everything here is bounded, and nobody who waits holds a thread.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime

from shadow.commands.deciding import Decide, Decided
from shadow.errors import NotFoundError, ShadowError, UnavailableError
from shadow.model import Decision
from shadow.web.judging import Judge, Judged

logger = logging.getLogger(__name__)

MOST_RELEASES = 16
"""Of so many releases the last verdict is kept."""

MOST_WAITING = 500
"""How many may wait for something new at once."""

LOOK_SECONDS = 1.0
"""How often the store is looked at; a verdict is never judged more often."""

_WARM = 3
_LOOKING_THREADS = 2


class TooManyWaitingError(UnavailableError):
    """As many wait already as may."""


class _Slot:
    """What is known of one release; `news` ends when something new is."""

    def __init__(self, release: str) -> None:
        self.release = release
        self.judged: Judged | None = None
        self.looked_at = self.tried_at = float("-inf")
        self.refreshing: asyncio.Task[Judged] | None = None
        self.keeping: asyncio.Task[None] | None = None
        self.news = asyncio.Event()
        self.waiting = 0

    def is_fresh(self, now: float) -> bool:
        """Whether the store was looked at just now; what takes long is not done all the time."""
        if self.judged is None:
            return False
        return now - self.looked_at < max(LOOK_SECONDS, self.judged.seconds)

    def tell(self, judged: Judged) -> None:
        self.judged, self.keeping = judged, None
        self.news.set()
        self.news = asyncio.Event()


class VerdictBoard:
    """The last verdict of each release that somebody asks for; to be used in one event loop.

    `clock` gives seconds that only grow.
    """

    def __init__(self, judge: Judge, clock: Callable[[], float] = time.monotonic) -> None:
        self._judge = judge
        self._clock = clock
        self._slots: dict[str, _Slot] = {}
        self._judging = ThreadPoolExecutor(1, "judging")
        self._looking = ThreadPoolExecutor(_LOOKING_THREADS, "looking")
        self._keeping = ThreadPoolExecutor(1, "keeping")
        self._watching: asyncio.Task[None] | None = None
        self._stopping = False

    async def current(self, release: str) -> Judged:
        """Return the verdict as of now, at most `LOOK_SECONDS` or the time that it takes ago.

        Raises `NotFoundError` for no such release, `UnavailableError` when the store is away.
        """
        slot = self._slot(release)
        if slot.judged is not None and slot.is_fresh(self._clock()):
            return slot.judged
        return await asyncio.shield(self._refreshed(slot))

    async def shown(self, release: str, patience_seconds: float = 0.2) -> Judged | None:
        """Return the last verdict at once, and judge anew behind it; None where there is none yet.

        Raises `NotFoundError` for no such release, and `UnavailableError` when the store is away
        and nothing was judged before.
        """
        slot = self._slot(release)
        if slot.judged is None:
            waiting = asyncio.shield(self._refreshed(slot))
            with suppress(TimeoutError):
                return await asyncio.wait_for(waiting, patience_seconds)
        elif not slot.is_fresh(self._clock()):
            self._refreshed(slot)
        return slot.judged

    async def conclusive(self, release: str, seconds: float) -> Judged:
        """Wait at most `seconds` while the verdict is INCONCLUSIVE; raises as `current` does.

        Raises `TooManyWaitingError` when as many wait as may.
        """
        judged = await self.current(release)
        if seconds <= 0 or judged.verdict.decision is not Decision.INCONCLUSIVE:
            return judged
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._followed(release, judged) as news:
                async for judged in news:
                    if judged.verdict.decision is not Decision.INCONCLUSIVE:
                        break
        return judged

    async def follow(self, release: str) -> AsyncGenerator[Judged]:
        """Yield the verdict as of now, and each that is judged later, until the server stops.

        Raises as `conclusive` does.
        """
        judged = await self.current(release)
        yield judged
        async with self._followed(release, judged) as news:
            async for judged in news:
                yield judged

    async def kept(self, judged: Judged) -> bool:
        """Store a verdict, once; return whether that could be done."""
        slot = self._slots.get(judged.verdict.release)
        if slot is None or slot.judged is not judged:
            return await self._tried(asyncio.create_task(self._keep(judged)))
        if slot.keeping is None:
            slot.keeping = asyncio.create_task(self._keep(judged))
        done = await self._tried(slot.keeping)
        if not done:
            slot.keeping = None
        return done

    async def decide(self, release: str, decide: Decide) -> Decided:
        """Write down what somebody decides on the verdict as of now; raises what `decide` does."""
        done = await self._in(self._judging, self._judge.decide, release, decide)
        # A rule is for other releases too.
        for slot in self._slots.values():
            slot.looked_at = float("-inf")
        return done

    async def warm_up(self) -> None:
        """Judge the releases that were changed last, so that the first to ask need not wait."""
        try:
            for release in await self._in(self._looking, self._judge.latest, _WARM):
                await self.current(release)
        except ShadowError as error:
            logger.warning("not judged ahead: %s", error)

    @property
    def is_stopping(self) -> bool:
        """Whether nobody is to wait any longer."""
        return self._stopping

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopping = True
        if self._watching is not None:
            self._watching.cancel()
        for slot in self._slots.values():
            slot.news.set()

    def close(self) -> None:
        """End the threads when what is under way in them is finished; blocks until then."""
        for executor in (self._judging, self._looking, self._keeping):
            executor.shutdown(cancel_futures=True)

    @asynccontextmanager
    async def _followed(self, release: str, seen: Judged) -> AsyncGenerator[AsyncGenerator[Judged]]:
        """Give what is judged after `seen`, while the store is looked at for it."""
        slot = self._slot(release)
        with self._waiting_for(slot):
            news = self._news(slot, seen)
            try:
                yield news
            finally:
                await news.aclose()

    async def _news(self, slot: _Slot, seen: Judged) -> AsyncGenerator[Judged]:
        while not self._stopping:
            if slot.judged is not None and slot.judged is not seen:
                seen = slot.judged
                yield seen
            else:
                await slot.news.wait()

    @contextmanager
    def _waiting_for(self, slot: _Slot) -> Iterator[None]:
        if sum(each.waiting for each in self._slots.values()) >= MOST_WAITING:
            raise TooManyWaitingError(f"{MOST_WAITING} wait for verdicts already; ask again later")
        slot.waiting += 1
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            slot.waiting -= 1

    async def _watch(self) -> None:
        """Look at the store each second while somebody waits."""
        while watched := [slot for slot in self._slots.values() if slot.waiting]:
            for slot in watched:
                now = self._clock()
                if not slot.is_fresh(now) and now - slot.tried_at >= LOOK_SECONDS:
                    self._refreshed(slot)
            await asyncio.sleep(LOOK_SECONDS)

    def _slot(self, release: str) -> _Slot:
        slot = self._slots.pop(release, None) or _Slot(release)
        self._slots[release] = slot
        for name in [*self._slots]:
            if len(self._slots) <= MOST_RELEASES:
                break
            if name != release and not self._is_needed(self._slots[name]):
                del self._slots[name]
        return slot

    def _is_needed(self, slot: _Slot) -> bool:
        return slot.waiting > 0 or slot.refreshing is not None

    def _refreshed(self, slot: _Slot) -> "asyncio.Task[Judged]":
        """Look at the store and judge if it has changed; one at a time for each release."""
        if slot.refreshing is None:
            slot.refreshing = asyncio.create_task(self._refresh(slot))
            slot.refreshing.add_done_callback(lambda done: self._is_refreshed(slot, done))
        return slot.refreshing

    def _is_refreshed(self, slot: _Slot, done: "asyncio.Task[Judged]") -> None:
        slot.refreshing = None
        if slot.judged is None and not slot.waiting:
            self._slots.pop(slot.release, None)
        error = None if done.cancelled() else done.exception()
        if isinstance(error, UnavailableError):
            # Whoever waits goes on doing so, and the store is asked again in a second.
            slot.tried_at = self._clock()
        elif error is not None and not isinstance(error, NotFoundError):
            logger.error("a release could not be judged", exc_info=error)

    async def _refresh(self, slot: _Slot) -> Judged:
        judged = slot.judged
        if judged is not None:
            marks = await self._in(self._looking, self._judge.marks, (slot.release,))
            today = datetime.now(UTC).date()
            if (marks.get(slot.release), today) == (judged.mark, judged.day):
                slot.looked_at = self._clock()
                return judged
        judged = await self._in(self._judging, self._judge.judge, slot.release)
        slot.looked_at = self._clock()
        slot.tell(judged)
        return judged

    async def _keep(self, judged: Judged) -> None:
        await self._in(self._keeping, self._judge.keep, judged)

    async def _tried(self, keeping: "asyncio.Task[None]") -> bool:
        try:
            await asyncio.shield(keeping)
        except UnavailableError as error:
            logger.warning("a verdict is not stored: %s", error)
            return False
        return True

    async def _in[**P, T](
        self, threads: ThreadPoolExecutor, work: Callable[P, T], *given: P.args, **named: P.kwargs
    ) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, lambda: work(*given, **named))
