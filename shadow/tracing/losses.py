"""Counts what is lost, and says so now and then."""

from collections.abc import Callable
from threading import Lock

SECONDS_BETWEEN = 60.0
"""No more than one line in this time."""


class Losses:
    """What is lost, of any thread; `say` gets how much since it was called last, and in all."""

    def __init__(self, say: Callable[[int, int], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._lock = Lock()
        self._untold = 0
        self._in_all = 0
        self._told_at: float | None = None

    def add(self, many: int) -> None:
        """Count some more, and say it unless something was said just now."""
        with self._lock:
            self._untold += many
            self._in_all += many
            now = self._clock()
            if self._told_at is None or now - self._told_at >= SECONDS_BETWEEN:
                self._told_at = now
                self._tell()

    def close(self) -> None:
        """Say what was not said yet."""
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        if self._untold:
            self._say(self._untold, self._in_all)
        self._untold = 0
