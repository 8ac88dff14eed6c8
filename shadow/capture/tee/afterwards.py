"""When what was relayed is read: a moment later, many at a time, and never for long."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

GATHERED_SECONDS = 0.002
_LONGEST_SECONDS = 0.0001
"""How long users may wait for reading that has begun; less than it takes to relay a few answers,
so that whoever comes next does not find everybody waiting."""


class Afterwards:
    """Calls readers, each of which reads a little and tells whether it has more to read.

    Reading right behind the relaying would delay whoever asks next on the same connection; a moment
    later it delays few, and takes less time for each.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], bool]] = deque()
        self._is_due = False

    @property
    def waiting(self) -> int:
        """How many readers have more to read, as far as is known."""
        return len(self._waiting)

    def call(self, read: Callable[[], bool]) -> None:
        """Call this in a moment, and again for as long as it has more."""
        self._waiting.append(read)
        if not self._is_due:
            self._is_due = True
            self._loop.call_later(GATHERED_SECONDS, self._call)

    def call_all(self) -> None:
        """Call all that wait, now and until none has more."""
        while self._waiting:
            self._call_first()

    def _call(self) -> None:
        until = monotonic() + _LONGEST_SECONDS
        while self._waiting:
            self._call_first()
            if monotonic() >= until:
                break
        self._is_due = bool(self._waiting)
        if self._is_due:
            self._loop.call_soon(self._call)

    def _call_first(self) -> None:
        read = self._waiting.popleft()
        if read():
            self._waiting.append(read)
