"""How the elements of two lists belong together.

Elements with equal content are matched first, as a multiset. What is left is paired (see
`pairing`) so that it can be walked; what stays alone is missing or extra. Inserting one element in
front of a thousand so leaves one element alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import cast

from shadow.diff.canonical import fast_texts
from shadow.diff.equal_texts import (
    ElementTexts,
    crosses,
    exact_texts,
    match_equal,
    may_be_matched_wrong,
)
from shadow.diff.likeness import Distances
from shadow.diff.pairing import Identity, Pair, Rest, identified, pair_rest
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What two lists do not share, by where it stands; none of what they share repeats.

    `partners` says where each element of the primary's list stands in the candidate's, None for
    those that are left.
    """

    partners: Sequence[int | None]
    primary: Mapping[int, Json]
    candidate: Mapping[int, Json]

    @property
    def is_one_in_place(self) -> bool:
        """Whether all of it is one element of each list, in one position of lists of one length."""
        return len(self.primary) == len(self.candidate) == 1 and [*self.primary] == [
            *self.candidate
        ]


@dataclass(frozen=True, slots=True)
class Matching:
    """How elements are told to be the same.

    `is_hasty` lets Python's equality stand for JSON's, to be checked by the caller; `key` are names
    that a rule says identify elements, `ignored` names that cannot; `digests`, where given, gives
    equal texts for all elements that rules call equal, and `folded` for those that rules let stand
    for one another.
    """

    distances: Distances
    is_hasty: bool = False
    key: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    digests: Callable[[list[Json]], list[str]] | None = None
    folded: Callable[[list[Json]], list[str]] | None = None
    is_unordered: bool = False
    is_set: bool = False


def align(primary: list[Json], candidate: list[Json], matching: Matching) -> Alignment:
    """Say which elements of two lists belong together and which are alone."""
    is_hasty = matching.is_hasty and not matching.is_set
    if is_hasty:
        hasty = _align_hastily(primary, candidate, matching)
        if hasty is not None:
            return hasty
    start, tail = _equal_ends(primary, candidate) if is_hasty else (0, 0)
    middle_here = primary[start : len(primary) - tail]
    middle_there = candidate[start : len(candidate) - tail]
    inner = _align_middle(middle_here, middle_there, matching)
    return Alignment(
        changed=[(i + start, j + start) for i, j in inner.changed],
        missing=[i + start for i in inner.missing],
        extra=[j + start for j in inner.extra],
        moved=inner.moved,
        cost=inner.cost + start + tail,
        equal_here=primary[:start] + primary[len(primary) - tail :],
        equal_there=candidate[:start] + candidate[len(candidate) - tail :],
        repeats_here=inner.repeats_here,
        repeats_there=inner.repeats_there,
    )


def align_left(left: Left, matching: Matching) -> Alignment | None:
    """Say what belongs together of what two lists do not share; None where it is not sure."""
    at_here, at_there = list(left.primary), list(left.candidate)
    here, there = list(left.primary.values()), list(left.candidate.values())
    pairs: Sequence[Pair] = ()
    if left.is_one_in_place:
        pairs = [(0, 0)]
    elif here and there:
        identities = identified(here, there, (), matching.ignored)
        pairs = () if identities is None else _pairs_of(*identities)
        # What is new may have the identity of something shared, which nobody has looked at.
        if len(pairs) < min(len(here), len(there)):
            return None
    changed = [(at_here[i], at_there[j]) for i, j in pairs]
    moved = _cross(left.partners, changed)
    if moved and (matching.folded is not None or not matching.is_unordered):
        # What is one value in two spellings, or what rules let stand for one another, has not.
        return None
    rest = Rest(tuple(at_here), tuple(at_there)).without(changed)
    return Alignment(
        changed=changed,
        missing=rest.primary,
        extra=rest.candidate,
        moved=moved,
        cost=2 * len(left.partners),
        equal_here=[],
        equal_there=[],
    )


def _cross(partners: Sequence[int | None], pairs: Iterable[Pair]) -> bool:
    """Whether what belongs together stands in another order, these pairs included."""
    placed = list(partners)
    for i, j in pairs:
        placed[i] = j
    order = [j for j in placed if j is not None]
    return order != sorted(order)


def _align_hastily(
    primary: list[Json], candidate: list[Json], matching: Matching
) -> Alignment | None:
    """Pair elements where they stand, or by what identifies them; None where neither is sure."""
    if not (primary and candidate):
        return None
    if len(primary) == len(candidate) and not matching.key:
        is_apart = _are_apart(primary, candidate)
        if sum(is_apart) == 1:
            return _in_place(primary, candidate, is_apart)
    identities = identified(primary, candidate, matching.key, matching.ignored)
    if identities is None:
        return None
    if identities[0] == identities[1]:
        return _in_place(primary, candidate, _are_apart(primary, candidate))
    pairs = _pairs_of(*identities)
    if len(pairs) * 2 < min(len(primary), len(candidate)) and not matching.key:
        return None
    return _of_pairs(primary, candidate, pairs)


def _pairs_of(primary: Sequence[Identity], candidate: Sequence[Identity]) -> list[Pair]:
    """Positions of equal identities."""
    places = {identity: j for j, identity in enumerate(candidate)}
    partners = list(map(places.get, primary))
    return [(i, j) for i, j in enumerate(partners) if j is not None]


def _are_apart(here: Sequence[Json], there: Sequence[Json]) -> list[bool]:
    """Which of two elements differ; where all of those tried do, all are said to, unseen."""
    if len(here) >= _FEWEST_TO_TRY and all(here[at] != there[at] for at in _tried(len(here))):
        return [True] * len(here)
    return [one is not other and one != other for one, other in zip(here, there, strict=True)]


def _tried(length: int) -> Iterable[int]:
    return range(0, length, length // _FEWEST_TO_TRY)


def _in_place(primary: list[Json], candidate: list[Json], is_apart: list[bool]) -> Alignment:
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


def _of_pairs(primary: list[Json], candidate: list[Json], pairs: Sequence[Pair]) -> Alignment:
    """The alignment in which these pairs, in the primary's order, belong together."""
    positions = [j for _, j in pairs]
    here = primary if len(pairs) == len(primary) else [primary[i] for i, _ in pairs]
    there = list(map(candidate.__getitem__, positions))
    is_apart = _are_apart(here, there)
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


def _equal(
    here: Sequence[Json], there: Sequence[Json], is_apart: Sequence[bool]
) -> list[tuple[Json, Json]]:
    """What Python calls equal, without what is one object."""
    return [
        (one, other)
        for one, other, differ in zip(here, there, is_apart, strict=True)
        if one is not other and not differ
    ]


def _equal_ends(primary: list[Json], candidate: list[Json]) -> tuple[int, int]:
    """How many elements are equal at the start and at the end."""
    shorter = min(len(primary), len(candidate))
    start = 0
    while start < shorter and primary[start] == candidate[start]:
        start += 1
    tail = 0
    while tail < shorter - start and primary[-1 - tail] == candidate[-1 - tail]:
        tail += 1
    return start, tail


def _align_middle(primary: list[Json], candidate: list[Json], matching: Matching) -> Alignment:
    if not matching.is_unordered and _are_folded_in_place(primary, candidate, matching):
        return _in_place(primary, candidate, [True] * len(primary))
    texts = _texts(primary, candidate, matching)
    matched = match_equal(texts)
    if not texts.is_exact and may_be_matched_wrong(texts, matched):
        texts = exact_texts(primary, candidate)
        matched = match_equal(texts)
    all_left = Rest.of(len(primary), len(candidate)).without(matched)
    repeats = _repeats(texts, all_left) if matching.is_set else Rest((), ())
    rest = all_left.without_those_of(repeats)
    changed = _pair_folded(primary, candidate, rest, matching)
    changed += pair_rest(
        primary, candidate, rest.without(changed), matched + changed, matching, matching.distances
    )
    alone = rest.without(changed)
    moved = crosses(matched + changed)
    if matching.digests is not None:
        # What rules call equal may differ all the same, and is then marked further down.
        changed += [(i, j) for i, j in matched if primary[i] != candidate[j]]
    return Alignment(
        changed=sorted(changed),
        missing=alone.primary,
        extra=alone.candidate,
        moved=moved,
        cost=texts.cost,
        equal_here=[],
        equal_there=[],
        repeats_here=repeats.primary,
        repeats_there=repeats.candidate,
    )


def _repeats(texts: ElementTexts, rest: Rest) -> Rest:
    """What is left on one side and stands on the other as well."""
    here, there = set(texts.primary), set(texts.candidate)
    return Rest(
        tuple(i for i in rest.primary if texts.primary[i] in there),
        tuple(j for j in rest.candidate if texts.candidate[j] in here),
    )


def _are_folded_in_place(primary: list[Json], candidate: list[Json], matching: Matching) -> bool:
    """Whether each element may stand for the one at its position, as rules have it."""
    if matching.folded is None or len(primary) != len(candidate):
        return False
    return matching.folded(primary) == matching.folded(candidate)


def _pair_folded(
    primary: list[Json], candidate: list[Json], rest: Rest, matching: Matching
) -> list[Pair]:
    """Pair elements that rules let stand for one another; numbers that are near by their size."""
    if matching.folded is None or not rest.is_two_sided:
        return []
    here, there = rest.primary, rest.candidate
    if matching.is_unordered:
        here, there = _by_size(primary, here), _by_size(candidate, there)
    texts = ElementTexts(
        matching.folded([primary[i] for i in here]), matching.folded([candidate[j] for j in there])
    )
    return [(here[i], there[j]) for i, j in match_equal(texts)]


def _by_size(elements: list[Json], at: tuple[int, ...]) -> tuple[int, ...]:
    numbers = [elements[i] for i in at]
    if not {*map(type, numbers)} <= {int, float}:
        return at
    return tuple(sorted(at, key=lambda i: cast("float", elements[i])))


def _texts(primary: list[Json], candidate: list[Json], matching: Matching) -> ElementTexts:
    if matching.digests is not None:
        return ElementTexts(matching.digests(primary), matching.digests(candidate))
    if _are_texts(primary) and _are_texts(candidate):
        return ElementTexts(cast("list[str]", primary), cast("list[str]", candidate))
    fast_primary, fast_candidate = fast_texts(primary), fast_texts(candidate)
    if fast_primary is not None and fast_candidate is not None:
        return ElementTexts(fast_primary, fast_candidate, is_exact=False)
    return exact_texts(primary, candidate)


def _are_texts(elements: list[Json]) -> bool:
    return all(type(element) is str for element in elements)
