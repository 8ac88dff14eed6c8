"""When to leave a target alone."""

from collections.abc import Callable


class Breaker:
    """Opens after `failures` in a row, and lets one probe through every `seconds` until it helps.

    `clock` gives monotonic seconds.
    """

    def __init__(self, *, failures: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most_failures = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._next_probe = 0.0

    def admits(self) -> bool:
        """Tell whether a request may be sent now; one that may is expected to be reported."""
        if self._failures < self._most_failures:
            return True
        now = self._clock()
        if now < self._next_probe:
            return False
        self._next_probe = now + self._seconds
        return True

    def report(self, *, answered: bool) -> None:
        """Say how a request that was admitted ended."""
        if answered:
            self._failures = 0
            return
        self._failures += 1
        if self._failures == self._most_failures:
            self._next_probe = self._clock() + self._seconds


class RateLimit:
    """At most `per_second` requests a second, with bursts of a second's worth; None is no limit."""

    def __init__(self, per_second: float | None, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._tokens = max(per_second or 0.0, 1.0)
        self._filled_at = clock()

    def admits(self) -> bool:
        """Take one request's worth, if there is that much."""
        if self._per_second is None:
            return True
        now = self._clock()
        full = max(self._per_second, 1.0)
        self._tokens = min(full, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
