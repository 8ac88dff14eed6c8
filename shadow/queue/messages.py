"""What a live process and its workers say to each other."""

import msgspec

from shadow.model import DeliveryId

HELLO_KIND, SETTLED_KIND, REST_KIND = b"H", b"S", b"R"
DELIVERY_KIND, LIVE_COUNTS_KIND, BUSY_KIND, MEMORY_KIND = b"D", b"L", b"B", b"M"
"""Of frames: what a worker says, and what the live process says."""


class HandedOver(msgspec.Struct, frozen=True, array_like=True):
    """A delivery on its way, on a line that is known: the `number` of its id, and its length.

    Where a body of `body_bytes` belongs to it, that is its end, and lies in these blocks of memory.
    """

    number: int
    exchange_bytes: int
    earlier: tuple[DeliveryId, ...] = ()
    blocks: tuple[int, ...] = ()
    body_bytes: int = 0


class Deliveries(msgspec.Struct, frozen=True, array_like=True):
    """To a worker: what it gets at one go on its line; the encoded exchanges follow as they are.

    Messages cost more than what is in them.
    """

    line: str
    handed_over: tuple[HandedOver, ...]


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """From a worker that has seen what it is lent: ready for work. `worker` is unique to its run.

    One that cannot read the live process's memory is sent bodies with the rest.
    """

    worker: str
    reads_memory: bool = True


class Rest(msgspec.Struct, frozen=True, array_like=True):
    """From a worker: whether its candidate is left alone, so that it has use for little."""

    rests: bool


class Busy(msgspec.Struct, frozen=True, array_like=True):
    """To a worker: whether users keep the live process busy."""

    busy: bool


class Settled(msgspec.Struct, frozen=True, array_like=True):
    """From a worker: these hand-overs on a line are committed and need not be kept."""

    line: str
    numbers: tuple[int, ...]
