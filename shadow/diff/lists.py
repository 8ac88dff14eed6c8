"""How the elements of two lists belong together.

Elements with equal content are matched first, as a multiset. What is left is paired (see
`pairing`) so that it can be walked; what stays alone is missing or extra. Inserting one element in
front of a thousand so leaves one element alone.
"""

from typing import cast

from shadow.diff.alignment import Alignment, in_place
from shadow.diff.canonical import fast_texts
from shadow.diff.equal_texts import (
    ElementTexts,
    crosses,
    exact_texts,
    match_equal,
    may_be_matched_wrong,
)
from shadow.diff.hasty_alignment import align_hastily
from shadow.diff.matching import Matching
from shadow.diff.pairing import Pair, Rest, pair_rest
from shadow.diff.parse import Json


def align(primary: list[Json], candidate: list[Json], matching: Matching) -> Alignment:
    """Say which elements of two lists belong together and which are alone."""
    is_hasty = matching.is_hasty and not matching.is_set
    if is_hasty:
        hasty = align_hastily(primary, candidate, matching)
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
        return in_place(primary, candidate, [True] * len(primary))
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
