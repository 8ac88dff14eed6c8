"""When each entry of a recording is due (pure)."""

LONGEST_PAUSE_SECONDS = 60.0
"""A longer silence in a recording is cut to this, and so is a clock that was set forward."""


class Pace:
    """Keeps the recorded distances between entries, divided by `speed`; None is as fast as may be.

    Entries without a time follow at once, and so do those that are a little earlier than the one
    before, as recordings are not sorted. A clock that was set back is followed.
    """

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._latest: float | None = None
        self._due = 0.0

    def due(self, at: float | None) -> float:
        """Seconds from the first entry on at which the next one is due, recorded at `at`."""
        if self._speed is None or at is None:
            return self._due
        self._due += self._pause(at) / self._speed
        return self._due

    def follow(self, at: float | None) -> None:
        """Pass an entry that takes no time, as it was replayed before."""
        if at is not None:
            self._pause(at)

    def _pause(self, at: float) -> float:
        before, self._latest = self._latest, at
        if before is None:
            return 0.0
        if before - LONGEST_PAUSE_SECONDS < at < before:
            self._latest = before
        return min(max(0.0, at - before), LONGEST_PAUSE_SECONDS)
