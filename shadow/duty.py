"""How much of a processor a worker takes where the machine is full and users are many.

The scheduler already prefers production. Yet what a worker does in the gaps costs users: caches are
filled with what is not theirs, cores that share hardware slow each other, and whoever is woken
next finds no core that is free. So a worker takes less, as long as that is so.
"""

from collections.abc import Callable
from time import monotonic, process_time

LEAST_SHARE = 0.1
"""Of one processor; below it nothing would be learned any more."""

FULL_BELOW_IDLE_SHARE = 0.1
"""Of all processors; a machine that idles less is full."""

_GROWS_BY = 0.05
_SMALLEST_DEBT_SECONDS = 0.001
"""Of processor; to wait for less takes more than it leaves."""
_LONGEST_WAIT_SECONDS = 1.0
"""How long the share of a moment ago may be kept to before it is looked at again."""

_MOST_OWED_SECONDS = 10.0
"""Of waiting; one comparison that took very long is not paid for all day."""


class Duty:
    """The `share` of one processor that a worker may take, from `LEAST_SHARE` to 1.

    Halved at each look that finds the machine full, and growing by a twentieth of a processor at
    each that does not (additive increase, multiplicative decrease, as in `shadow.replay.backoff`).
    `clock` gives seconds, `used` the seconds of processor that the worker has taken.
    """

    def __init__(
        self, clock: Callable[[], float] = monotonic, used: Callable[[], float] = process_time
    ) -> None:
        self.share = 1.0
        self._clock = clock
        self._used = used
        self._looked_at = clock()
        self._used_then = used()
        self._owed = 0.0

    def look(self, idle_share: float | None) -> None:
        """Learn how much of the machine idles; None where it does not matter or is not known."""
        self._settle()
        if idle_share is None:
            self.share = 1.0
        elif idle_share < FULL_BELOW_IDLE_SHARE:
            self.share = max(LEAST_SHARE, self.share / 2)
        else:
            self.share = min(1.0, self.share + _GROWS_BY)

    def wait_seconds(self) -> float:
        """How long to begin nothing, before asking again; 0 where something may be begun.

        What was begun before may still take more than the share, and is waited for afterwards.
        """
        self._settle()
        if self._owed < _SMALLEST_DEBT_SECONDS:
            return 0.0
        return min(self._owed / self.share, _LONGEST_WAIT_SECONDS)

    def _settle(self) -> None:
        """Add what was taken, and subtract what was allowed in that time."""
        now, used = self._clock(), self._used()
        allowed = self.share * (now - self._looked_at)
        owed = self._owed + (used - self._used_then) - allowed
        self._looked_at, self._used_then = now, used
        if self.share >= 1.0:
            owed = 0.0  # threads may take more together, and nobody minds
        self._owed = min(max(owed, 0.0), self.share * _MOST_OWED_SECONDS)
