"""What Shadow adds to users' waiting, and how much is captured in view of it."""

from collections import deque
from dataclasses import dataclass
from statistics import median

BEAT_SECONDS = 0.1
"""How often the event loop's lag is to be measured."""

LAG_SAMPLES = 50
"""How many lags of the event loop are looked at together: those of five seconds."""

_PAIRS = 5
_FEWEST_PAIRS = 3
_CALM_SECONDS = 30.0
_CALM_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePair:
    """How long the same request took the primary directly and through Shadow, in seconds."""

    direct: float
    through: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The seconds that users wait longer, and what shows it."""

    seconds: float
    shown_by: str


class AddedLatency:
    """The newest measurements since they were last forgotten.

    The median stands for them: of the event loop's last 50 lags, and of what the last five (at
    least three) probes through Shadow took longer than their direct twins.
    """

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=LAG_SAMPLES)
        self._longer: deque[float] = deque(maxlen=_PAIRS)

    def lag(self, seconds: float) -> None:
        """Note by how much a timer of the event loop was late.

        Timers that would have been due meanwhile count as well, each less late than the one
        before: else a loop that is busy for long would be measured the less the worse it is.
        """
        missed = min(LAG_SAMPLES, int(seconds / BEAT_SECONDS) + 1)
        self._lags.extend(seconds - number * BEAT_SECONDS for number in range(missed))

    def pair(self, pair: ProbePair) -> None:
        """Note a probe through Shadow and its twin."""
        self._longer.append(pair.through - pair.direct)

    def forget(self) -> None:
        """Begin anew, as what was measured is no longer how it is."""
        self._lags.clear()
        self._longer.clear()

    def added(self) -> Added | None:
        """What is added, by whichever shows more; None while too little is measured."""
        found = []
        if len(self._lags) == LAG_SAMPLES:
            found.append(Added(seconds=median(self._lags), shown_by="the event loop shows"))
        if len(self._longer) >= _FEWEST_PAIRS:
            found.append(Added(seconds=median(self._longer), shown_by="probes show"))
        return max(found, key=lambda added: added.seconds, default=None)


class LatencyGuard:
    """Halves what is captured while more than `max_seconds` are added, and stops in the end.

    Goes down one step at a time, each on measurements of its own, and up again one step for every
    30 seconds in which at most half the limit was added.
    """

    SHARES = (1.0, 0.5, 0.25, 0.125, 0.0)

    def __init__(self, max_seconds: float) -> None:
        self.max_seconds = max_seconds
        self._step = 0
        self._calm_since: float | None = None

    @property
    def share(self) -> float:
        """The share of what would be captured that may be."""
        return self.SHARES[self._step]

    def look(self, added: float, now: float) -> bool:
        """Judge what is added at the moment; tell whether that changes the share."""
        if added > self.max_seconds:
            self._calm_since = None
            return self._to(self._step + 1)
        if added > self.max_seconds * _CALM_SHARE:
            self._calm_since = None
            return False
        if self._calm_since is None:
            self._calm_since = now
        if now - self._calm_since < _CALM_SECONDS:
            return False
        self._calm_since = now
        return self._to(self._step - 1)

    def _to(self, step: int) -> bool:
        before, self._step = self._step, min(max(step, 0), len(self.SHARES) - 1)
        return self._step != before
