"""Lists of records that all have the same names, seen as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import cast

from shadow.diff.identifiers import identifier_kind
from shadow.diff.pairing import Pair
from shadow.diff.parse import Json

_FEWEST_ROWS = 4
_MOST_COLUMNS = 64

type Column = tuple[str, list[Json], list[Json]]
"""A name, and the values that it has in the primary's and in the candidate's records."""


@dataclass(frozen=True, slots=True)
class Table:
    """Pairs of records, turned into columns; `pairs` are their positions in the two lists."""

    pairs: Sequence[Pair]
    columns: Sequence[Column]
    among: Mapping[str, Json]
    """Any of the records."""

    @property
    def size(self) -> int:
        """The number of values in it."""
        return 2 * len(self.pairs) * len(self.columns)

    @classmethod
    def of(
        cls,
        primary: list[Json] | Mapping[int, Json],
        candidate: list[Json] | Mapping[int, Json],
        pairs: Sequence[Pair],
    ) -> "Table | None":
        """Turn pairs of elements into a table; None where they are not records of one sort.

        Names that are identifiers may be words in one record and keys in the next, so there is
        no table then.
        """
        if len(pairs) < _FEWEST_ROWS:
            return None
        among = primary[pairs[0][0]]
        if not isinstance(among, dict) or not 2 <= len(among) <= _MOST_COLUMNS:
            return None
        if any(identifier_kind(name) is not None for name in among):
            return None
        columns_here = _columns(tuple(among), [primary[i] for i, _ in pairs])
        columns_there = _columns(tuple(among), [candidate[j] for _, j in pairs])
        if columns_here is None or columns_there is None:
            return None
        columns = list(zip(among, columns_here, columns_there, strict=True))
        return cls(pairs=pairs, columns=columns, among=among)


def _columns(names: tuple[str, ...], elements: list[Json]) -> list[list[Json]] | None:
    """The values of each name, if all elements are records of just these names."""
    records = cast("list[dict[str, Json]]", elements)
    try:
        if {*map(len, records)} != {len(names)}:
            return None
        return list(map(list, zip(*map(itemgetter(*names), records), strict=True)))
    except (KeyError, TypeError):
        return None
