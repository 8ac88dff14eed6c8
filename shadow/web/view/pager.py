"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

PAGE_ROWS = 50
"""How many rows a page of a list has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[Entry]:
    """One page of a list: its entries, and where the pages before and behind it are."""

    entries: tuple[Entry, ...]
    first: int
    """The number of its first entry, from 1; 0 where there is none."""
    total: int
    number: int
    pages: int

    @property
    def last(self) -> int:
        """The number of its last entry."""
        return self.first + len(self.entries) - 1 if self.entries else 0

    @property
    def before(self) -> int | None:
        """The number of the page before it."""
        return self.number - 1 if self.number > 1 else None

    @property
    def behind(self) -> int | None:
        """The number of the page behind it."""
        return self.number + 1 if self.number < self.pages else None


def page_of[Entry](entries: Sequence[Entry], number: int, rows: int = PAGE_ROWS) -> Page[Entry]:
    """Cut a page out of a list; a number that is beyond the last page is the last page's."""
    pages = max(1, -(-len(entries) // rows))
    number = min(max(number, 1), pages)
    start = (number - 1) * rows
    shown = tuple(entries[start : start + rows])
    return Page(
        entries=shown,
        first=start + 1 if shown else 0,
        total=len(entries),
        number=number,
        pages=pages,
    )
