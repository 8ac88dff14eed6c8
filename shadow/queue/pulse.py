"""What the live end of the queue does between offers: listen to workers and tell them totals."""

import asyncio
from collections.abc import Callable

from shadow.model import LiveCounts
from shadow.queue.local import LocalQueue

_PUMP_SECONDS = 0.05
_ANNOUNCE_SECONDS = 1.0


class Pulse:
    """Keeps a `LocalQueue` moving on an event loop, also while no user asks anything."""

    def __init__(self, queue: LocalQueue, counts: Callable[[], LiveCounts]) -> None:
        self._queue = queue
        self._counts = counts
        self._timer: asyncio.TimerHandle | None = None
        self._announced_at = 0.0
        self._gathering = False

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._queue.descriptor, self._queue.pump)
        self._beat(loop)

    def gather(self, seconds: float) -> None:
        """Hand over together what is offered within `seconds`, which takes less time for each."""
        loop = asyncio.get_running_loop()

        def pump() -> None:
            self._gathering = False
            self._queue.pump()

        def soon() -> None:
            if not self._gathering:
                self._gathering = True
                loop.call_later(seconds, pump)

        self._queue.hand_over_later(soon)

    async def settle(self, seconds: float) -> int:
        """Wait until workers have committed everything; return how much they had not by then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._queue.unsettled and loop.time() < deadline:  # noqa: ASYNC110 - also a deadline
            await asyncio.sleep(_PUMP_SECONDS)
        return self._queue.unsettled

    def stop(self) -> None:
        """Tell the totals once more, and end."""
        self._queue.announce(self._counts())
        if self._timer is not None:
            self._timer.cancel()
        asyncio.get_running_loop().remove_reader(self._queue.descriptor)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(_PUMP_SECONDS, self._beat, loop)
        self._queue.pump()
        if loop.time() - self._announced_at >= _ANNOUNCE_SECONDS:
            self._announced_at = loop.time()
            self._queue.listen_again()
            self._queue.announce(self._counts())
