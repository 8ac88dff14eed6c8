"""Which deliveries of a line are counted, so that none is counted twice (pure).

Numbers on a line come 1, 2, 3, … and finish slightly out of order: nearly always one number says
it all, and what is above it are a few spans, one for each gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

type Span = tuple[int, int]
"""The first and the last of a run of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All numbers up to `upto` are counted, and those of `spans`: above it, sorted, apart."""

    upto: int = 0
    spans: tuple[Span, ...] = ()

    def __contains__(self, number: int) -> bool:
        return number <= self.upto or any(first <= number <= last for first, last in self.spans)

    def counting(self, numbers: Iterable[int]) -> "Ledger":
        """Return the ledger with `numbers` counted too."""
        runs = _merged([(0, self.upto), *self.spans, *((n, n) for n in numbers)])
        (_, upto), *spans = runs
        return Ledger(upto=upto, spans=tuple(spans))


def to_text(spans: tuple[Span, ...]) -> str:
    """Write spans as JSON, for example `[[7,9],[12,12]]`."""
    return msgspec.json.encode(spans).decode()


def from_text(text: str) -> tuple[Span, ...]:
    """Read what `to_text` wrote."""
    return msgspec.json.decode(text, type=tuple[Span, ...])


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
