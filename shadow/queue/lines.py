"""What the live end of the queue knows of each worker: what it has, and what more it may have."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct, structs

from shadow.model import DeliveryId
from shadow.queue.lent import Blocks
from shadow.queue.pipe import Pipe

_WINDOW_AT_REST = 1
"""A worker that leaves its candidate alone needs one exchange, to try it with when it is time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """What a live process keeps for its workers.

    One worker at a time has `window` exchanges of `window_bytes` together, and one at least
    however large it is.
    """

    max_exchanges: int = 2000
    max_bytes: int = 16 * 1024 * 1024
    window: int = 512
    window_bytes: int = 4 * 1024 * 1024


class Kept(Struct, frozen=True, kw_only=True, gc=False):
    """An exchange as a message, and the body at its end that is in `blocks` of shared memory.

    `size` is how many bytes of memory it takes.
    """

    message: bytes
    blocks: Blocks
    body_bytes: int
    size: int
    number: int | None = None
    earlier: tuple[DeliveryId, ...] = ()


type HandOver = tuple[int, Kept]
"""An exchange that a worker has, and by what number."""


@dataclass(slots=True, kw_only=True)
class Line:
    """A connection to a worker; without a name until the worker has said hello.

    Nothing can be sent any more to one that `is_gone`, but what it said last may be unheard.
    """

    pipe: Pipe
    name: str = ""
    is_gone: bool = False
    rests: bool = False
    reads_memory: bool = True
    knows_busy: bool = False
    last_number: int = 0
    handed_over: dict[int, Kept] = field(default_factory=dict)
    handed_over_bytes: int = 0

    @property
    def can_be_sent_to(self) -> bool:
        """Whether it is there and has taken all that it was sent."""
        return not (self.is_gone or self.pipe.is_stuck)

    def has_room(self, kept: Kept, limits: QueueLimits) -> bool:
        """Tell whether the worker may have this as well."""
        if not self.name or not self.can_be_sent_to:
            return False
        return not self.handed_over or self._has_room(kept, limits)

    def assign(self, waiting: deque[Kept], most: int, limits: QueueLimits) -> list[HandOver]:
        """Note what waits longest as handed over, up to so many, as far as it has room.

        There must be room for the first.
        """
        assigned = [self._assign(waiting.popleft())]
        while waiting and len(assigned) < most and self._has_room(waiting[0], limits):
            assigned.append(self._assign(waiting.popleft()))
        return assigned

    def take_back(self, numbers: Iterable[int]) -> list[Kept]:
        """Note what has these numbers as settled, and return it."""
        found = [kept for number in numbers if (kept := self.handed_over.pop(number, None))]
        self.handed_over_bytes -= sum([kept.size for kept in found])
        return found

    def unsettled(self) -> list[Kept]:
        """What is to be handed over again once the worker is gone, the newest first."""
        return [
            structs.replace(
                kept, earlier=(*kept.earlier, DeliveryId(line=self.name, number=number))
            )
            for number, kept in sorted(self.handed_over.items(), reverse=True)
        ]

    def _has_room(self, kept: Kept, limits: QueueLimits) -> bool:
        """Whether it has room for more than one exchange, and for this."""
        # What another worker had when it died is handed over, as it may not be let go.
        window = _WINDOW_AT_REST if self.rests and not kept.earlier else limits.window
        held = self.handed_over_bytes + kept.size
        return held <= limits.window_bytes and len(self.handed_over) < window

    def _assign(self, kept: Kept) -> HandOver:
        number = self.last_number + 1 if kept.number is None else kept.number
        self.last_number = number
        self.handed_over[number] = kept
        self.handed_over_bytes += kept.size
        return number, kept
