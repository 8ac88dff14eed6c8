"""Between an intake and its queue: a recording waits for room instead of being let go.

Each exchange has a number, the same in every run over the same entries, by which it is known which
were counted before.
"""

import asyncio
from collections.abc import Callable

from shadow.model import Exchange

_POLL_SECONDS = 0.01


class PatientOffers:
    """Takes one exchange at a time and keeps it until the queue has taken it.

    `offer` is the queue's; `is_idle` tells whether nothing is left in that; `is_counted`
    which numbers need not be replayed.
    """

    def __init__(
        self,
        offer: Callable[[Exchange, int], bool],
        is_idle: Callable[[], bool],
        is_counted: Callable[[int], bool],
    ) -> None:
        self._offer = offer
        self._is_idle = is_idle
        self._is_counted = is_counted
        self._pending: Exchange | None = None
        self._number = 0
        self.before = 0

    def take(self, exchange: Exchange) -> bool:
        """Take an exchange for `hand_over`, or pass over one that was counted in another run."""
        self._number += 1
        if self._is_counted(self._number):
            self.before += 1
        else:
            self._pending = exchange
        return True

    @property
    def is_pending(self) -> bool:
        """Whether there is something to hand over."""
        return self._pending is not None

    async def hand_over(self) -> bool:
        """Wait until the queue has room for what was taken; false where it never will have."""
        while self._pending is not None:
            idle = self._is_idle()
            if self._offer(self._pending, self._number):
                self._pending = None
            elif idle:
                self._pending = None
                return False
            else:
                await asyncio.sleep(_POLL_SECONDS)
        return True
