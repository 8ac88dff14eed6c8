"""Which elements of two lists belong together, and what of it pairs alone already say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from shadow.diff.pairing import Pair, Rest
from shadow.diff.parse import Json

_FEWEST_TO_TRY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Positions in two lists; elements with equal content are in none of the three tuples.

    `moved` says that elements common to both stand in another order. `repeats_here` and
    `repeats_there` are elements of a set that stand on the other side as well. `equal_here` and
    `equal_there` are elements that Python calls equal and nobody has looked at more closely. `cost`
    is the work it took, counted in JSON values.
    """

    changed: Sequence[Pair]
    missing: Sequence[int]
    extra: Sequence[int]
    moved: bool
    cost: int
    equal_here: list[Json]
    equal_there: list[Json]
    repeats_here: Sequence[int] = ()
    repeats_there: Sequence[int] = ()


def in_place(primary: list[Json], candidate: list[Json], is_apart: list[bool]) -> Alignment:
    """The alignment in which each element belongs to the one at its position."""
    equal = _equal(primary, candidate, is_apart)
    return Alignment(
        changed=[(at, at) for at in compress(range(len(primary)), is_apart)],
        missing=(),
        extra=(),
        moved=False,
        cost=2 * len(primary),
        equal_here=[here for here, _ in equal],
        equal_there=[there for _, there in equal],
    )


def of_pairs(primary: list[Json], candidate: list[Json], pairs: Sequence[Pair]) -> Alignment:
    """The alignment in which these pairs, in the primary's order, belong together."""
    positions = [j for _, j in pairs]
    here = primary if len(pairs) == len(primary) else [primary[i] for i, _ in pairs]
    there = list(map(candidate.__getitem__, positions))
    is_apart = are_apart(here, there)
    equal = _equal(here, there, is_apart)
    is_complete = len(pairs) == len(primary) == len(candidate)
    rest = Rest((), ()) if is_complete else Rest.of(len(primary), len(candidate)).without(pairs)
    return Alignment(
        changed=list(compress(pairs, is_apart)),
        missing=rest.primary,
        extra=rest.candidate,
        moved=positions != sorted(positions),
        cost=2 * (len(primary) + len(candidate)),
        equal_here=[one for one, _ in equal],
        equal_there=[other for _, other in equal],
    )


def are_apart(here: Sequence[Json], there: Sequence[Json]) -> list[bool]:
    """Which of two elements differ; where all of those tried do, all are said to, unseen."""
    if len(here) >= _FEWEST_TO_TRY and all(here[at] != there[at] for at in _tried(len(here))):
        return [True] * len(here)
    return [one is not other and one != other for one, other in zip(here, there, strict=True)]


def _tried(length: int) -> Iterable[int]:
    return range(0, length, length // _FEWEST_TO_TRY)


def _equal(
    here: Sequence[Json], there: Sequence[Json], is_apart: Sequence[bool]
) -> list[tuple[Json, Json]]:
    """What Python calls equal, without what is one object."""
    return [
        (one, other)
        for one, other, differ in zip(here, there, is_apart, strict=True)
        if one is not other and not differ
    ]
