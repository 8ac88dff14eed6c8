"""How many pages listen for news at once."""

import contextlib
from collections.abc import Iterator


class Listeners:
    """Counts them, so that they stay few; to be used in one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def has_room(self) -> bool:
        """Whether one more may listen."""
        return self._now < self._most

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one while it listens."""
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1
