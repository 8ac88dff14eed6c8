"""What a comparison may cost, and the record of what it found within that."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from operator import ne

from shadow.diff.excerpt import json_excerpt, json_excerpts
from shadow.diff.excuses import Excuses
from shadow.diff.location import Location, Place, Side, pointer
from shadow.diff.pairing import Pair
from shadow.diff.parse import Json
from shadow.diff.rules.values import ABSENT, Absent
from shadow.model import Difference, DifferenceKind, Differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one comparison; reaching one is a difference of kind `undecided`, never "equal".

    Of one location and kind, `max_alike` differences are kept, of all `max_kept`, and the others
    counted with them; of those that differ in location or kind there are `max_differences`.
    `max_nodes` counts the values looked at, `max_distances` the pairs of list elements that
    DeepDiff is asked about (then they are paired by position). `max_excerpt_chars` bounds each
    text in a Difference.
    """

    max_differences: int = 1_000
    max_alike: int = 1_000
    max_kept: int = 10_000
    max_nodes: int = 10_000_000
    max_distances: int = 32
    max_decoded_bytes: int = 16 * 1024 * 1024
    max_excerpt_chars: int = 200


class LimitReachedError(Exception):
    """A comparison has cost what it may; `location` says where, the message why."""

    def __init__(self, location: str, reason: str) -> None:
        self.location = location
        super().__init__(reason)


class DeadlineReachedError(BaseException):
    """A comparison has taken all the time it may have.

    Raised from outside, at any place of it; no library's `except Exception` shall swallow it.
    """


type _Sight = tuple[int, Place, Json | Absent, Json | Absent]
"""A difference in a document, not yet written down, behind the turn in which it was found."""

type _Sort = tuple[Location, DifferenceKind, str | None]

type _Mark = tuple[int, dict[_Sort, tuple[int, int, int]], int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The values of one name in the records of two lists.

    `place` is the lists' own, `pairs` where the records stand in them.
    """

    place: Place
    name: str
    pairs: Sequence[Pair]
    primary: Sequence[Json]
    candidate: Sequence[Json]

    def __len__(self) -> int:
        return sum(map(ne, self.primary, self.candidate))

    def place_of(self, at: int) -> Place:
        """Where a pair of the values stands."""
        i, j = self.pairs[at]
        return (self.place, i, j), self.name, self.name

    def differing(self) -> Iterator[tuple[Place, Json, Json]]:
        """Where the two sides differ, and in what."""
        for (i, j), here, there in zip(self.pairs, self.primary, self.candidate, strict=True):
            if here != there:
                yield ((self.place, i, j), self.name, self.name), here, there


@dataclass(slots=True)
class Alike:
    """The differences of one location, kind and rule; of a column the first so many are kept."""

    size: int = 0
    sights: list[_Sight] = field(default_factory=list)
    columns: list[tuple[int, Column, int]] = field(default_factory=list)

    def all_sights(self) -> Iterator[_Sight]:
        """All that is kept."""
        yield from self.sights
        for turn, column, kept in self.columns:
            for place, here, there in islice(column.differing(), kept):
                yield turn, place, here, there


class Findings:
    """The differences found so far in one pair of replies, and what finding them has cost.

    What differs in documents is kept as it is and written down when it is asked for: most
    comparisons are only counted.
    """

    def __init__(self, limits: Limits, rules: Excuses | None = None) -> None:
        self.limits = limits
        self.left_out = 0
        self.rules = rules
        self._nodes = 0
        self._kept = 0
        self._turns = count()
        self._written: list[tuple[int, Difference]] = []
        self._seen: dict[_Sort, Alike] = {}

    def __len__(self) -> int:
        return len(self._written) + sum(alike.size for alike in self._seen.values())

    def add(self, difference: Difference) -> bool:
        """Keep a difference that has no document: of a status, a header, a whole body.

        Tells whether a rule excuses it. Raises LimitReachedError when there are too many.
        """
        self._require_room()
        if self.rules is not None and self.rules.touches(difference.location):
            here, there = difference.primary, difference.candidate
            name = self.rules.excuse(
                difference.location,
                difference.pointer,
                difference.kind,
                ABSENT if here is None else here,
                ABSENT if there is None else there,
            )
            difference = replace(difference, excused_by=name)
        self._written.append((next(self._turns), difference))
        return difference.excused_by is not None

    def see(
        self,
        location: Location,
        place: Place,
        kind: DifferenceKind,
        primary: Json | Absent,
        candidate: Json | Absent,
        excused_by: str | None = None,
    ) -> None:
        """Keep a difference in a document. Raises LimitReachedError when there are too many."""
        if excused_by is None and self.rules is not None:
            excused_by = self._excuse(location, place, kind, primary, candidate)
        alike = self._alike((location, kind, excused_by))
        if self._keep(alike, 1):
            alike.sights.append((next(self._turns), place, primary, candidate))

    def see_column(self, location: Location, column: Column) -> None:
        """Keep what differs in a column, all of it in `value` only.

        Raises LimitReachedError when there are too many.
        """
        if self._may_be_excused(location):
            for place, here, there in column.differing():
                self.see(location, place, DifferenceKind.VALUE, here, there)
            return
        alike = self._alike((location, DifferenceKind.VALUE, None))
        if kept := self._keep(alike, len(column)):
            alike.columns.append((next(self._turns), column, kept))

    def spend(self, nodes: int) -> None:
        """Account for work on so many values. Raises LimitReachedError when it is too much."""
        self._nodes += nodes
        if self._nodes > self.limits.max_nodes:
            raise LimitReachedError("$", f"more than {self.limits.max_nodes:,} values to compare")

    def mark(self) -> _Mark:
        """What is found so far, for `forget`."""
        sizes = {
            sort: (alike.size, len(alike.sights), len(alike.columns))
            for sort, alike in self._seen.items()
        }
        return len(self._written), sizes, self._kept, self.left_out

    def forget(self, mark: _Mark) -> None:
        """Go back to what was found at the mark."""
        written, sizes, self._kept, self.left_out = mark
        del self._written[written:]
        self._seen = {
            sort: Alike(size, self._seen[sort].sights[:sights], self._seen[sort].columns[:columns])
            for sort, (size, sights, columns) in sizes.items()
        }

    def give_up(self, location: str, reason: str) -> None:
        """Say that the rest of the comparison was not made."""
        self._written.append((next(self._turns), undecided(location, reason)))

    def outline(self) -> Differences:
        """One difference of each location, kind and rule, without values: what is counted."""
        sorts = [(str(location), kind, rule) for location, kind, rule in self._seen]
        sorts += [(d.location, d.kind, d.excused_by) for _, d in self._written]
        return tuple(
            Difference(location=location, kind=kind, excused_by=rule)
            for location, kind, rule in dict.fromkeys(sorts)
        )

    def unexcused(
        self, kinds: Collection[DifferenceKind]
    ) -> list[tuple[str, DifferenceKind, Alike | Difference]]:
        """What of these kinds no rule excuses, in documents and elsewhere."""
        in_documents: list[tuple[str, DifferenceKind, Alike | Difference]] = [
            (str(location), kind, alike)
            for (location, kind, rule), alike in self._seen.items()
            if rule is None and kind in kinds
        ]
        return in_documents + [
            (written.location, written.kind, written)
            for _, written in self._written
            if written.excused_by is None and written.kind in kinds
        ]

    def differences(self) -> Differences:
        """All differences that are kept, with texts of their values, as they were found."""
        found = sorted([*self._written, *self._sights()], key=lambda turned: turned[0])
        return tuple(difference for _, difference in found)

    def _alike(self, sort: _Sort) -> Alike:
        alike = self._seen.get(sort)
        if alike is None:
            self._require_room()
            alike = self._seen[sort] = Alike()
        return alike

    def _keep(self, alike: Alike, wanted: int) -> int:
        """How many of so many more there is room for, which are counted; the others too."""
        room = min(self.limits.max_alike - alike.size, self.limits.max_kept - self._kept)
        kept = max(0, min(wanted, room))
        alike.size += kept
        self._kept += kept
        self.left_out += wanted - kept
        return kept

    def _require_room(self) -> None:
        if len(self._seen) + len(self._written) >= self.limits.max_differences:
            message = f"differences at more than {self.limits.max_differences:,} locations"
            raise LimitReachedError("reply", message)

    def _excuse(
        self,
        location: Location,
        place: Place,
        kind: DifferenceKind,
        primary: Json | Absent,
        candidate: Json | Absent,
    ) -> str | None:
        if self.rules is None or not self._may_be_excused(location):
            return None
        where = pointer(place, _side(kind))
        return self.rules.excuse(str(location), where, kind, primary, candidate)

    def _may_be_excused(self, location: Location) -> bool:
        if self.rules is None:
            return False
        if location.touched is None:
            location.touched = self.rules.touches(str(location))
        return location.touched

    def _sights(self) -> Iterator[tuple[int, Difference]]:
        for (location, kind, rule), alike in self._seen.items():
            for turn, place, primary, candidate in alike.all_sights():
                here, there = _texts(primary, candidate, self.limits.max_excerpt_chars)
                yield (
                    turn,
                    Difference(
                        location=str(location),
                        kind=kind,
                        pointer=pointer(place, _side(kind)),
                        primary=here,
                        candidate=there,
                        excused_by=rule,
                    ),
                )


def undecided(location: str, reason: str, pointer: str = "") -> Difference:
    """The difference that says: nobody knows, because of `reason`."""
    return Difference(
        location=location, kind=DifferenceKind.UNDECIDED, pointer=pointer, candidate=reason
    )


def _side(kind: DifferenceKind) -> Side:
    return Side.CANDIDATE if kind is DifferenceKind.EXTRA else Side.PRIMARY


def _texts(
    primary: Json | Absent, candidate: Json | Absent, size: int
) -> tuple[str | None, str | None]:
    if isinstance(primary, Absent) or isinstance(candidate, Absent):
        return _text(primary, size), _text(candidate, size)
    return json_excerpts(primary, candidate, size)


def _text(value: Json | Absent, size: int) -> str | None:
    return None if isinstance(value, Absent) else json_excerpt(value, size)
