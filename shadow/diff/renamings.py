"""Places of one pair of replies at which the same values changed in the same way.

That a user's id is another one changes every place where it stands. That is one change and not as
many: at all places of a renaming each value became one other, and no two became the same. Where A
became B at one place and C at another, nothing was renamed.

Only that places belong together is told, by a number; the values stay here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from shadow.diff.limits import Alike, Findings
from shadow.diff.shape import shape_of
from shadow.model import Difference, DifferenceKind, Differences

MOST_PLACES = 64
"""Most places of an exchange that are looked at; of more those with the shortest names."""

MOST_VALUES = 1_000
"""Most changed values of an exchange that are looked at; a place that would be above is not."""

_LEAST_NUMBER = 1_000
_LEAST_CHARS = 4
_OFTEN_EQUAL = frozenset({"empty", "boolean", "placeholder", "word", "number", "date", "time"})
"""Forms of texts that are equal by chance: what people choose from few, and amounts."""

_VALUES = frozenset({DifferenceKind.VALUE})

type _Change = tuple[object, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """How values changed at one place, each way once."""

    location: str
    changes: frozenset[_Change]


def with_renamings(differences: Differences, found: Findings) -> Differences:
    """Number the differences whose places belong to a renaming; `found` has their values."""
    changed = {each.location for each in differences if _is_change(each)}
    numbers = renamings(found) if len(changed) > 1 else {}
    if not numbers:
        return differences
    return tuple(
        replace(each, renaming=numbers[each.location])
        if _is_change(each) and each.location in numbers
        else each
        for each in differences
    )


def renamings(found: Findings) -> Mapping[str, int]:
    """Return the locations that belong to the renamings of an exchange, with a number for each.

    Two places belong together where all that changed at one did so at the other, a value among it
    that is not equal by chance: no small number, no amount, no date, no single word. No value of
    such places has become two others, or come from two, nor has one that is not short done so at
    any other place. What a rule excuses is not looked at.
    """
    sights = [(location, sight) for location, _, sight in found.unexcused(_VALUES)]
    places = _looked_at(sights) if len(sights) > 1 else ()
    every = frozenset[_Change]().union(*(place.changes for place in places))
    if len(every) == sum(len(place.changes) for place in places):
        return {}
    renamed = (members for members in _linked(places) if _is_one_to_one(members, every))
    return {
        place.location: number
        for number, members in enumerate(renamed, start=1)
        for place in members
    }


def _is_change(difference: Difference) -> bool:
    return difference.kind is DifferenceKind.VALUE and difference.excused_by is None


def _looked_at(sights: Iterable[tuple[str, Alike | Difference]]) -> Sequence[_Changed]:
    room = MOST_VALUES
    places: list[_Changed] = []
    for location, sight in sorted(sights, key=lambda each: (len(each[0]), each[0]))[:MOST_PLACES]:
        # What is written down has no values, but texts that may have been cut.
        if isinstance(sight, Alike) and sight.size <= room and (changes := _changes(sight)):
            room -= sight.size
            places.append(_Changed(location=location, changes=changes))
    return places


def _changes(alike: Alike) -> frozenset[_Change]:
    """How values changed; empty where one of them is a list or an object."""
    try:
        return frozenset([(here, there) for _, _, here, there in alike.all_sights()])
    except TypeError:
        return frozenset()


def _linked(places: Sequence[_Changed]) -> Iterator[list[_Changed]]:
    """Yield places that hang together, in order; those that hang with no other are left out."""
    links: defaultdict[int, set[int]] = defaultdict(set)
    for (i, one), (j, other) in combinations(enumerate(places), 2):
        if _belong_together(one.changes, other.changes):
            links[i].add(j)
            links[j].add(i)
    seen: set[int] = set()
    for start in sorted(links):
        if start not in seen:
            members = _reached(start, links)
            seen |= members
            yield [places[at] for at in sorted(members)]


def _belong_together(one: frozenset[_Change], other: frozenset[_Change]) -> bool:
    fewer, more = sorted((one, other), key=len)
    return fewer <= more and any(_is_telling(change) for change in fewer)


def _reached(start: int, links: Mapping[int, set[int]]) -> set[int]:
    reached, left = {start}, [start]
    while left:
        fresh = links[left.pop()] - reached
        reached |= fresh
        left += fresh
    return reached


def _is_one_to_one(members: Sequence[_Changed], every: frozenset[_Change]) -> bool:
    """Tell whether no value has two partners: of the members none, of all places no long one."""
    own = frozenset[_Change]().union(*(place.changes for place in members))
    onward = dict(own)
    back = {there: here for here, there in own}
    if not len(onward) == len(back) == len(own):
        return False
    return not any(
        (here in onward and _is_long(here)) or (there in back and _is_long(there))
        for here, there in every - own
    )


def _is_telling(change: _Change) -> bool:
    return all(_is_long(value) and not _is_often_equal(value) for value in change)


def _is_long(value: object) -> bool:
    if isinstance(value, str):
        return len(value) >= _LEAST_CHARS
    return isinstance(value, int) and abs(value) >= _LEAST_NUMBER


def _is_often_equal(value: object) -> bool:
    return isinstance(value, str) and shape_of(value) in _OFTEN_EQUAL
