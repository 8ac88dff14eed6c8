"""How much of a processor a worker takes where the machine is full and users are many.

The scheduler already prefers production. Yet what a worker does in the gaps costs users: caches are
filled with what is not theirs, cores that share hardware slow each other, and where every core is
taken who is woken waits. So a worker takes less, as long as that is so, and little until it is
known whether it is.
"""

from collections.abc import Callable
from time import monotonic, process_time

LEAST_SHARE = 0.02
"""Of one processor: some ten short comparisons a second. Less would tell too little."""

_FULL_BELOW_IDLE_SHARE = 0.1
_FULL_BELOW_IDLE_PROCESSORS = 0.5
"""A machine is full that idles less than this share of all processors, or less than this much of
one: where there are few, who is woken needs one of them."""

_GROWS_BY = 0.05
_SMALLEST_DEBT_SECONDS = 0.001
"""Of processor; to wait for less takes more than it leaves."""
_LONGEST_WAIT_SECONDS = 1.0
"""How long the share of a moment ago may be kept to before it is looked at again."""

_MOST_OWED_SECONDS = 10.0
"""Of waiting; one comparison that took very long is not paid for all day."""


class Duty:
    """The `share` of one processor that a worker may take, from `LEAST_SHARE` to 1.

    The least at the first look, halved at each that finds the machine full, and growing by a
    twentieth of a processor at each that does not (additive increase, multiplicative decrease, as
    in `shadow.replay.backoff`). `processors` is how many the machine has, `clock` gives seconds,
    `used` the seconds of processor that the worker has taken.
    """

    def __init__(
        self,
        processors: int,
        clock: Callable[[], float] = monotonic,
        used: Callable[[], float] = process_time,
    ) -> None:
        self.share = 1.0
        self._full_below = max(_FULL_BELOW_IDLE_SHARE, _FULL_BELOW_IDLE_PROCESSORS / processors)
        self._is_known = False
        self._clock = clock
        self._used = used
        self._looked_at = clock()
        self._used_then = used()
        self._owed = 0.0

    def look(self, idle_share: float | None) -> None:
        """Learn how much of the machine idles; None where it does not matter or is not known."""
        self._settle()
        was_known, self._is_known = self._is_known, idle_share is not None
        if idle_share is None:
            self.share = 1.0
        elif not was_known:
            self.share = LEAST_SHARE
        elif idle_share < self._full_below:
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
