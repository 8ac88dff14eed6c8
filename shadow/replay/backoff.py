"""How many requests at once a target bears: fewer as soon as it struggles, more while it does well.

Additive increase, multiplicative decrease, as TCP shares a line (Chiu & Jain 1989, "Analysis of
the increase and decrease algorithms for congestion avoidance"): many workers that each follow it,
and know nothing of each other, come to share what the target bears.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from shadow.model import Response

MOST_WAIT_SECONDS = 60.0
"""How long a target may ask for no more requests at once than it has (`Retry-After`)."""

_WINDOW = 20
_BASELINE_WINDOWS = 15
_TIMES_AS_LONG = 3.0
_LONGER_SECONDS = 0.1
_PUSHED_BACK = 3
_ASKS_TO_WAIT = frozenset({429, 503})
_LONGEST_VALUE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a request ended: when it was sent (the clock's seconds) and how long it took.

    `retry_after` are the seconds that an answer of 429 or 503 asks to wait, None without.
    """

    sent_at: float
    seconds: float
    retry_after: float | None = None


class BackOff:
    """Says how many requests may be under way at one target, from 1 to `most`.

    The lower quartile of the last 20 answers is held against the target's own recent baseline,
    which is the lowest such quartile of the last 300: what waits in line makes all answers late,
    while a few slow endpoints more or less leave the fastest as they were. Where it is more than
    three times as long, and more than 100 ms longer, or three of the 20 asked to be left alone,
    `allowed` is halved. 20 answers
    without that, and no `Retry-After` that still runs, let it grow by one. Only answers to what
    was sent since it was last halved count. `clock` gives monotonic seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._halved_at = clock()
        self._grows_from = 0.0
        self._pushed_back = 0
        self._window: list[float] = []
        self._quartiles: deque[float] = deque(maxlen=_BASELINE_WINDOWS)
        self.allowed = most

    def report(self, answered: Answered) -> None:
        """Learn from how a request ended; a timeout is one that took as long as it may."""
        if answered.sent_at < self._halved_at:
            return
        if answered.retry_after is not None:
            self._pushed_back += 1
            wait = min(answered.retry_after, MOST_WAIT_SECONDS)
            self._grows_from = max(self._grows_from, self._clock() + wait)
        self._window.append(answered.seconds)
        if self._pushed_back >= _PUSHED_BACK:
            self._halve()
        elif len(self._window) >= _WINDOW:
            self._judge(sorted(self._window)[_WINDOW // 4])

    def _judge(self, latest: float) -> None:
        slow = self._is_slow(latest)
        self._quartiles.append(latest)
        if slow:
            self._halve()
            return
        grows = self._clock() >= self._grows_from and not self._pushed_back
        self.allowed = min(self._most, self.allowed + 1) if grows else self.allowed
        self._forget()

    def _is_slow(self, latest: float) -> bool:
        if not self._quartiles:
            return False
        baseline = min(self._quartiles)
        return latest > baseline * _TIMES_AS_LONG and latest > baseline + _LONGER_SECONDS

    def _halve(self) -> None:
        self.allowed = max(1, self.allowed // 2)
        self._halved_at = self._clock()
        self._forget()

    def _forget(self) -> None:
        self._window.clear()
        self._pushed_back = 0


def retry_after(answer: Response, now: float) -> float | None:
    """The seconds that an answer of 429 or 503 asks to wait (RFC 9110, section 10.2.3).

    `now` is in epoch seconds. None for other answers, and for those that name no time.
    """
    if answer.status not in _ASKS_TO_WAIT:
        return None
    said = next((value for name, value in answer.headers if name.lower() == b"retry-after"), None)
    if said is None:
        return None
    text = said[:_LONGEST_VALUE].decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MOST_WAIT_SECONDS)
    try:
        return min(max(0.0, parsedate_to_datetime(text).timestamp() - now), MOST_WAIT_SECONDS)
    except (ValueError, OverflowError):
        return None
