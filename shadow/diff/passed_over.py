"""What a walk has passed over because Python calls it equal, to be checked in JSON's terms."""

from collections.abc import Sequence

from shadow.diff.canonical import exact_text, fast_texts
from shadow.diff.parse import Json


class PassedOver:
    """Values of two documents that are equal in Python, kept in pairs until one check of all."""

    __slots__ = ("_here", "_there")

    def __init__(self) -> None:
        self._here: list[Json] = []
        self._there: list[Json] = []

    def add(self, here: Json, there: Json) -> None:
        """Pass over two values that Python calls equal."""
        self._here.append(here)
        self._there.append(there)

    def add_all(self, here: Sequence[Json], there: Sequence[Json]) -> None:
        """Pass over as many pairs of values."""
        self._here += here
        self._there += there

    def is_equal(self) -> bool:
        """Whether all of it is equal in JSON's terms too."""
        here = fast_texts([self._here])
        if here is not None:
            return here == fast_texts([self._there])
        return exact_text(self._here) == exact_text(self._there)
