"""When a live process takes too much memory to capture."""

from enum import Enum

_SHEDS_FROM = 0.9
_FREE_BELOW = 0.8


class Memory(Enum):
    """How a live process stands against its ceiling."""

    FREE = "free"
    SCARCE = "scarce"
    """Nothing more is captured; what waits may stay."""
    OVER = "over"
    """What waits is let go too."""


class MemoryGuard:
    """Holds resident memory against a ceiling, in bytes.

    From 90 % on memory is scarce, from the ceiling on over; either lasts until it is below 80 %.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.state = Memory.FREE

    def look(self, resident: int) -> Memory:
        """Judge the memory that is taken now."""
        if resident >= self.ceiling:
            self.state = Memory.OVER
        elif resident < _FREE_BELOW * self.ceiling:
            self.state = Memory.FREE
        elif resident >= _SHEDS_FROM * self.ceiling and self.state is Memory.FREE:
            self.state = Memory.SCARCE
        return self.state
