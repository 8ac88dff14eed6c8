"""What the live end of the queue knows of each worker: what it has, and what more it may have."""

from dataclasses import dataclass, field

from msgspec import Struct

from shadow.model import DeliveryId
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


class Kept(Struct, frozen=True, kw_only=True):
    """An exchange as `parts` of a message that has so many bytes."""

    parts: tuple[bytes, ...]
    size: int
    number: int | None = None
    earlier: tuple[DeliveryId, ...] = ()


@dataclass(slots=True, kw_only=True)
class Line:
    """A connection to a worker; without a name until the worker has said hello."""

    pipe: Pipe
    name: str = ""
    rests: bool = False
    knows_busy: bool = False
    last_number: int = 0
    handed_over: dict[int, Kept] = field(default_factory=dict)
    handed_over_bytes: int = 0

    def has_room(self, kept: Kept, limits: QueueLimits) -> bool:
        """Tell whether the worker may have this as well."""
        if not self.name or self.pipe.is_stuck:
            return False
        held = self.handed_over_bytes + kept.size
        # What another worker had when it died is handed over, as it may not be let go.
        window = _WINDOW_AT_REST if self.rests and not kept.earlier else limits.window
        return not self.handed_over or (
            len(self.handed_over) < window and held <= limits.window_bytes
        )

    def assign(self, kept: Kept) -> tuple[int, Kept]:
        """Note it as handed over, by the number that is returned with it."""
        number = self.last_number + 1 if kept.number is None else kept.number
        self.last_number = number
        self.handed_over[number] = kept
        self.handed_over_bytes += kept.size
        return number, kept

    def take_back(self, number: int) -> Kept | None:
        """Note what has this number as settled; None if nothing has."""
        kept = self.handed_over.pop(number, None)
        if kept is not None:
            self.handed_over_bytes -= kept.size
        return kept

    def unsettled(self) -> list[Kept]:
        """What is to be handed over again once the worker is gone, the newest first."""
        return [
            Kept(
                parts=kept.parts,
                size=kept.size,
                number=kept.number,
                earlier=(*kept.earlier, DeliveryId(line=self.name, number=number)),
            )
            for number, kept in sorted(self.handed_over.items(), reverse=True)
        ]
