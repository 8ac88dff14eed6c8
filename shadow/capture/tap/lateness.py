"""Whether an Envoy tells of its exchanges later and later.

All traces leave an Envoy by its main thread, which keeps those that it has not written yet in
memory, without any limit. An Envoy whose workers serve more than its main thread can write down
grows; what shows from outside is that each trace comes late.
"""


class Lateness:
    """Looks at how old traces are when they come.

    The least age over `window_seconds` and at least `fewest` traces counts: a long download is old
    when it ends, and one trace out of a busy second is not. Ages are held against the least that
    was ever seen, as the clocks of two machines differ.
    """

    def __init__(
        self, limit_seconds: float = 2.0, window_seconds: float = 1.0, fewest: int = 50
    ) -> None:
        self._limit_seconds = limit_seconds
        self._window_seconds = window_seconds
        self._fewest = fewest
        self._least_ever = float("inf")
        self.forget()

    def forget(self) -> None:
        """Begin a window anew; what the clocks differ by is kept."""
        self._began: float | None = None
        self._least = float("inf")
        self._seen = 0

    def is_late(self, now: float, answered_at: float) -> bool:
        """Take in one trace; tell whether all of the window that it ends were late."""
        age = now - answered_at
        self._least_ever = min(self._least_ever, age)
        self._least = min(self._least, age)
        self._seen += 1
        if self._began is None:
            self._began = now
        if now - self._began < self._window_seconds or self._seen < self._fewest:
            return False
        late = self._least - self._least_ever > self._limit_seconds
        self.forget()
        return late
