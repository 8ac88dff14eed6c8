"""How the elements of two lists belong together.

Elements with equal content are matched first, as a multiset. What is left is paired (see
`pairing`) so that it can be walked; what stays alone is missing or extra. Inserting one element in
front of a thousand so leaves one element alone.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from shadow.diff.canonical import exact_text, fast_texts
from shadow.diff.likeness import Distances
from shadow.diff.pairing import Pair, Rest, identified, pair_rest
from shadow.diff.parse import Json

_CHARS_PER_NODE = 16
_ZERO_FRACTION = re.compile(r"(?:-(?=0\.0(?!\d)))?(\d)\.0(?=[,}\]]|$)")

_ZERO_ENDS = (".0,", ".0}", ".0]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Positions in two lists; elements with equal content are in none of the three tuples.

    `moved` says that elements common to both stand in another order. `equal_here` and
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


@dataclass(frozen=True, slots=True)
class Matching:
    """How elements are told to be the same.

    `is_hasty` lets Python's equality stand for JSON's, to be checked by the caller; `key` are names
    that a rule says identify elements; `digests`, where given, gives equal texts for all elements
    that rules call equal.
    """

    distances: Distances
    is_hasty: bool = False
    key: tuple[str, ...] = ()
    digests: Callable[[list[Json]], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class _Texts:
    primary: Sequence[str]
    candidate: Sequence[str]

    @property
    def cost(self) -> int:
        chars = sum(map(len, self.primary)) + sum(map(len, self.candidate))
        return len(self.primary) + len(self.candidate) + chars // _CHARS_PER_NODE


def align(primary: list[Json], candidate: list[Json], matching: Matching) -> Alignment:
    """Say which elements of two lists belong together and which are alone."""
    if matching.is_hasty:
        hasty = _align_in_place(primary, candidate, matching)
        hasty = hasty or _align_by_identity(primary, candidate, matching)
        if hasty is not None:
            return hasty
    start, tail = _equal_ends(primary, candidate) if matching.is_hasty else (0, 0)
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
    )


def _align_in_place(
    primary: list[Json], candidate: list[Json], matching: Matching
) -> Alignment | None:
    """Pair elements where they stand, if those that differ there are the same things changed."""
    if len(primary) != len(candidate):
        return None
    apart = [at for at, here in enumerate(primary) if here != candidate[at]]
    here, there = [primary[at] for at in apart], [candidate[at] for at in apart]
    if len(apart) != 1 or matching.key:
        identities = identified(here, there, matching.key)
        if identities is None or identities[0] != identities[1]:
            return None
    is_apart = set(apart)
    equal = [at for at in range(len(primary)) if at not in is_apart]
    return Alignment(
        changed=[(at, at) for at in apart],
        missing=(),
        extra=(),
        moved=False,
        cost=2 * len(primary),
        equal_here=[primary[at] for at in equal],
        equal_there=[candidate[at] for at in equal],
    )


def _align_by_identity(
    primary: list[Json], candidate: list[Json], matching: Matching
) -> Alignment | None:
    """Pair objects that are each named once, on both sides, by what identifies them."""
    if not (primary and candidate):
        return None
    identities = identified(primary, candidate, matching.key)
    if identities is None:
        return None
    places = {identity: j for j, identity in enumerate(identities[1])}
    pairs = [(i, places[name]) for i, name in enumerate(identities[0]) if name in places]
    if len(pairs) * 2 < min(len(primary), len(candidate)) and not matching.key:
        return None
    return _of_pairs(primary, candidate, pairs)


def _of_pairs(primary: list[Json], candidate: list[Json], pairs: Sequence[Pair]) -> Alignment:
    """The alignment in which these pairs belong together and all others are alone."""
    rest = Rest.of(len(primary), len(candidate)).without(pairs)
    changed = [(i, j) for i, j in pairs if primary[i] != candidate[j]]
    equal = [(i, j) for i, j in pairs if primary[i] == candidate[j]]
    return Alignment(
        changed=changed,
        missing=rest.primary,
        extra=rest.candidate,
        moved=_crosses(pairs),
        cost=2 * (len(primary) + len(candidate)),
        equal_here=[primary[i] for i, _ in equal],
        equal_there=[candidate[j] for _, j in equal],
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
    texts = _texts(primary, candidate, matching)
    matched = _match_equal(texts)
    if matching.digests is None and _may_be_matched_wrong(texts, matched):
        texts = _exact_texts(primary, candidate)
        matched = _match_equal(texts)
    rest = Rest.of(len(primary), len(candidate)).without(matched)
    changed = pair_rest(primary, candidate, rest, matched, matching.key, matching.distances)
    alone = rest.without(changed)
    moved = _crosses(matched + changed)
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
    )


def _texts(primary: list[Json], candidate: list[Json], matching: Matching) -> _Texts:
    if matching.digests is not None:
        return _Texts(matching.digests(primary), matching.digests(candidate))
    if _are_texts(primary) and _are_texts(candidate):
        return _Texts(cast("list[str]", primary), cast("list[str]", candidate))
    fast_primary, fast_candidate = fast_texts(primary), fast_texts(candidate)
    if fast_primary is not None and fast_candidate is not None:
        return _Texts(fast_primary, fast_candidate)
    return _exact_texts(primary, candidate)


def _are_texts(elements: list[Json]) -> bool:
    return all(type(element) is str for element in elements)


def _exact_texts(primary: list[Json], candidate: list[Json]) -> _Texts:
    return _Texts([exact_text(e) for e in primary], [exact_text(e) for e in candidate])


def _match_equal(texts: _Texts) -> list[Pair]:
    """Pair equal texts, in order where that is possible: the ends first, then the middle."""
    primary, candidate = texts.primary, texts.candidate
    shorter = min(len(primary), len(candidate))
    start = 0
    while start < shorter and primary[start] == candidate[start]:
        start += 1
    tail = 0
    while tail < shorter - start and primary[-1 - tail] == candidate[-1 - tail]:
        tail += 1
    pairs = [(at, at) for at in range(start)]
    pairs += _match_middle(
        texts, range(start, len(primary) - tail), range(start, len(candidate) - tail)
    )
    pairs += zip(
        range(len(primary) - tail, len(primary)),
        range(len(candidate) - tail, len(candidate)),
        strict=True,
    )
    return pairs


def _match_middle(texts: _Texts, primary: range, candidate: range) -> list[Pair]:
    here = {texts.primary[i] for i in primary}
    there = {texts.candidate[j] for j in candidate}
    shared_here = [i for i in primary if texts.primary[i] in there]
    shared_there = [j for j in candidate if texts.candidate[j] in here]
    if len(shared_here) >= len(shared_there):
        pairs = _as_subsequence(texts.candidate, shared_there, texts.primary, shared_here)
        in_order = None if pairs is None else [(i, j) for j, i in pairs]
    else:
        in_order = _as_subsequence(texts.primary, shared_here, texts.candidate, shared_there)
    return _in_turn(texts, shared_here, shared_there) if in_order is None else in_order


def _as_subsequence(
    short: Sequence[str],
    short_at: list[int],
    long: Sequence[str],
    long_at: list[int],
) -> list[Pair] | None:
    """Pair all of the shorter with some of the longer in order; None where that cannot be."""
    pairs = []
    ahead = iter(long_at)
    for at in short_at:
        found = next((there for there in ahead if long[there] == short[at]), None)
        if found is None:
            return None
        pairs.append((at, found))
    return pairs


def _in_turn(texts: _Texts, primary: list[int], candidate: list[int]) -> list[Pair]:
    """Pair equal texts wherever they stand, the first of them with the first."""
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for j in candidate:
        waiting[texts.candidate[j]].append(j)
    return [(i, waiting[texts.primary[i]].popleft()) for i in primary if waiting[texts.primary[i]]]


def _may_be_matched_wrong(texts: _Texts, matched: list[Pair]) -> bool:
    """Tell whether elements may be equal though one says `1` where another says `1.0`."""
    all_matched = len(matched) == len(texts.primary) == len(texts.candidate)
    if all_matched and not _crosses(matched):
        return False
    distinct = {*texts.primary, *texts.candidate}
    return len({_with_plain_zeros(text) for text in distinct}) < len(distinct)


def _with_plain_zeros(text: str) -> str:
    return _ZERO_FRACTION.sub(r"\1", text) if _may_end_in_zero(text) else text


def _may_end_in_zero(text: str) -> bool:
    return text.endswith(".0") or any(end in text for end in _ZERO_ENDS)


def _crosses(pairs: Sequence[Pair]) -> bool:
    return any(here[1] > there[1] for here, there in pairwise(sorted(pairs)))
