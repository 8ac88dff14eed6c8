"""What the live end of the queue does between offers: listen to workers and tell them totals."""

import asyncio
from collections.abc import Callable
from time import monotonic, process_time

from shadow.model import LiveCounts
from shadow.queue.local import LocalQueue

_LOOK_SECONDS = 0.05
_ANNOUNCE_SECONDS = 1.0
_WATCH_SECONDS = 0.25
_GATHERED_BYTES = 1024 * 1024
"""Handed over without more gathering, so that a worker's part of it is never filled at one go."""
_BUSY_SHARE = 0.5
"""Of one processor: a process that takes less leaves workers enough, and users wait for others."""


class Pulse:
    """Keeps a `LocalQueue` moving on an event loop, also while no user asks anything.

    Where it `serves_users`, workers are told whether these keep the process busy.
    """

    def __init__(
        self, queue: LocalQueue, counts: Callable[[], LiveCounts], *, serves_users: bool = True
    ) -> None:
        self._queue = queue
        self._counts = counts
        self._timer: asyncio.TimerHandle | None = None
        self._due: asyncio.Handle | None = None
        self._gather_seconds = 0.0
        self._is_due_now = False
        self._serves_users = serves_users
        self._watch_timer: asyncio.TimerHandle | None = None
        self._watched_at = self._used_then = 0.0

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._queue.descriptor, self._hear)
        self._queue.hand_over_later(self._soon)
        self._beat(loop)
        if self._serves_users:
            self._watched_at, self._used_then = monotonic(), process_time()
            self._watch(loop)

    def gather(self, seconds: float) -> None:
        """Hand over together what is offered within `seconds`, or as soon as it is much."""
        self._gather_seconds = seconds

    async def settle(self, seconds: float) -> int:
        """Wait until workers have committed everything; return how much they had not by then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._queue.unsettled and loop.time() < deadline:  # noqa: ASYNC110 - also a deadline
            await asyncio.sleep(_LOOK_SECONDS)
        return self._queue.unsettled

    def stop(self) -> None:
        """Tell the totals once more, and end."""
        self._queue.announce(self._counts())
        for handle in (self._timer, self._watch_timer, self._due):
            if handle is not None:
                handle.cancel()
        self._queue.hand_over_later(lambda: None)
        asyncio.get_running_loop().remove_reader(self._queue.descriptor)

    def _hear(self) -> None:
        if self._queue.hear():
            self._soon()

    def _soon(self) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._gather_seconds, self._hand_over)
        elif self._queue.gathered_bytes >= _GATHERED_BYTES and not self._is_due_now:
            self._due.cancel()
            self._now()

    def _hand_over(self) -> None:
        """Hand over; where there is more, let users have their turn before it."""
        self._due, self._is_due_now = None, False
        if self._queue.hand_over():
            self._now()

    def _now(self) -> None:
        self._due = asyncio.get_running_loop().call_soon(self._hand_over)
        self._is_due_now = True

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(_ANNOUNCE_SECONDS, self._beat, loop)
        self._queue.listen_again()
        self._queue.announce(self._counts())

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watch_timer = loop.call_later(_WATCH_SECONDS, self._watch, loop)
        now, used = monotonic(), process_time()
        busy = used - self._used_then > _BUSY_SHARE * (now - self._watched_at)
        self._watched_at, self._used_then = now, used
        self._queue.tell_whether_busy(busy=busy)
