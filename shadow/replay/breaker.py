"""When to leave a target alone."""

import random
from collections.abc import Callable

_JITTER = 0.2


class Breaker:
    """Opens after `failures` in a row, and closes after `successes` probes in a row are answered.

    Open, it lets one probe through every `seconds`; several breakers that opened at the same
    moment do not probe at the same moment, as each pause is shorter by up to a fifth. While a
    probe is under way nothing else passes, but one that is not reported within `probe_seconds`
    (None is `seconds`) is taken for lost. After the first answer the next probes need not wait.
    `clock` gives monotonic seconds, `chance` a number from 0 to 1.
    """

    def __init__(
        self,
        *,
        failures: int,
        seconds: float,
        clock: Callable[[], float],
        successes: int = 1,
        probe_seconds: float | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._most_failures = failures
        self._seconds = seconds
        self._successes_needed = successes
        self._probe_seconds = seconds if probe_seconds is None else probe_seconds
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._successes = 0
        self._next_probe = 0.0
        self._probe_sent: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing but probes is let through."""
        return self._failures >= self._most_failures

    def admits(self) -> bool:
        """Tell whether a request may be sent now; one that may is expected to be reported."""
        if not self.is_open:
            return True
        now = self._clock()
        if self._probe_sent is not None:
            if now < self._probe_sent + self._probe_seconds:
                return False
        elif now < self._next_probe:
            return False
        self._probe_sent = now
        return True

    def withdraw(self) -> None:
        """Say that a request that was admitted is not sent after all."""
        self._probe_sent = None

    def report(self, *, answered: bool) -> None:
        """Say how a request that was admitted ended."""
        if self.is_open:
            self._report_while_open(answered=answered)
            return
        self._failures = 0 if answered else self._failures + 1
        if self.is_open:
            self._rest()

    def _report_while_open(self, *, answered: bool) -> None:
        if not answered:
            # What was sent before it opened may fail later, and puts no probe off.
            if self._probe_sent is not None:
                self._rest()
            return
        self._successes += 1
        self._probe_sent = None
        self._next_probe = 0.0
        if self._successes >= self._successes_needed:
            self._failures = self._successes = 0

    def _rest(self) -> None:
        self._successes = 0
        self._probe_sent = None
        self._next_probe = self._clock() + self._seconds * (1 - _JITTER * self._chance())


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
