"""How the elements of two lists belong together.

Elements with equal content are matched first, as a multiset. What is left is paired (see
`pairing`) so that it can be walked; what stays alone is missing or extra. Inserting one element in
front of a thousand so leaves one element alone.
"""

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shadow.diff.canonical import exact_text, fast_texts
from shadow.diff.likeness import Distances
from shadow.diff.pairing import Pair, Rest, pair_rest
from shadow.diff.parse import Json

_BYTES_PER_NODE = 16
_ZERO_FRACTION = re.compile(r"(?:-(?=0\.0(?!\d)))?(\d)\.0(?=[,}\]]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Positions in two lists; elements with equal content are in none of the three tuples.

    `moved` says that elements common to both stand in another order. `cost` is the work it took,
    counted in JSON values.
    """

    changed: tuple[Pair, ...]
    missing: tuple[int, ...]
    extra: tuple[int, ...]
    moved: bool
    cost: int


@dataclass(frozen=True, slots=True)
class _Texts:
    primary: Sequence[str]
    candidate: Sequence[str]

    @property
    def cost(self) -> int:
        chars = sum(map(len, self.primary)) + sum(map(len, self.candidate))
        return len(self.primary) + len(self.candidate) + chars // _BYTES_PER_NODE


def align(primary: list[Json], candidate: list[Json], distances: Distances) -> Alignment:
    """Say which elements of two lists belong together and which are alone."""
    texts = _texts(primary, candidate)
    matched = _match_equal(texts)
    if _may_be_matched_wrong(texts, matched):
        texts = _exact_texts(primary, candidate)
        matched = _match_equal(texts)
    rest = Rest.of(len(primary), len(candidate)).without(matched)
    changed = pair_rest(primary, candidate, rest, matched, distances)
    alone = rest.without(changed)
    return Alignment(
        changed=tuple(sorted(changed)),
        missing=alone.primary,
        extra=alone.candidate,
        moved=_crosses(matched + changed),
        cost=texts.cost,
    )


def _texts(primary: list[Json], candidate: list[Json]) -> _Texts:
    fast_primary, fast_candidate = fast_texts(primary), fast_texts(candidate)
    if fast_primary is not None and fast_candidate is not None:
        return _Texts(fast_primary, fast_candidate)
    return _exact_texts(primary, candidate)


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
    return _ZERO_FRACTION.sub(r"\1", text) if ".0" in text else text


def _crosses(pairs: list[Pair]) -> bool:
    return any(here[1] > there[1] for here, there in pairwise(sorted(pairs)))
