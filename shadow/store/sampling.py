"""Which examples of a signature are kept: the first few, and a fair sample of the rest (pure)."""

from hashlib import blake2b

FIRST = 3
"""So many examples are kept as they come; the other slots are a reservoir."""


def slot_for(arrival: int, exchange_id: str, slots: int) -> int | None:
    """Return the slot for a signature's `arrival`-th example (from 1 on), None to leave it out.

    Algorithm R (Vitter 1985), with a hash of the exchange's id as the draw: the same stream gives
    the same sample on every machine.
    """
    if arrival <= slots:
        return arrival - 1
    fixed = min(FIRST, slots)
    drawn = _draw(exchange_id) % (arrival - fixed)
    return fixed + drawn if drawn < slots - fixed else None


def _draw(exchange_id: str) -> int:
    """Return a number that is evenly spread over 64 bits and fixed by the id."""
    data = exchange_id.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8, person=b"reservoir").digest())
