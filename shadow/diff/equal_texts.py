"""Elements of two lists that have equal texts, matched as a multiset.

In order where that is possible; where numbers may be written in several ways, equal elements may
have different texts, which is told.
"""

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shadow.diff.canonical import exact_text
from shadow.diff.pairing import Pair
from shadow.diff.parse import Json

_CHARS_PER_NODE = 16
_ZERO_FRACTION = re.compile(r"(?:-(?=0\.0(?!\d)))?(\d)\.0(?=[,}\]]|$)")

_EXPONENT = re.compile(r"\de\+?\d")

_ZERO_ENDS = (".0,", ".0}", ".0]")


@dataclass(frozen=True, slots=True)
class ElementTexts:
    """A text for each element of two lists, the same for equal ones."""

    primary: Sequence[str]
    candidate: Sequence[str]
    is_exact: bool = True
    """Whether equal elements have equal texts, however their numbers are written."""

    @property
    def cost(self) -> int:
        """The work that they took, counted in JSON values."""
        chars = sum(map(len, self.primary)) + sum(map(len, self.candidate))
        return len(self.primary) + len(self.candidate) + chars // _CHARS_PER_NODE


def exact_texts(primary: list[Json], candidate: list[Json]) -> ElementTexts:
    """Texts that are the same for equal elements, however their numbers are written."""
    return ElementTexts([exact_text(e) for e in primary], [exact_text(e) for e in candidate])


def match_equal(texts: ElementTexts) -> list[Pair]:
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


def may_be_matched_wrong(texts: ElementTexts, matched: list[Pair]) -> bool:
    """Tell whether elements may be equal though one says `1` where another says `1.0` or `1e0`."""
    all_matched = len(matched) == len(texts.primary) == len(texts.candidate)
    if all_matched and not crosses(matched):
        return False
    distinct = {*texts.primary, *texts.candidate}
    if any(_EXPONENT.search(text) for text in distinct):
        return True
    return len({_with_plain_zeros(text) for text in distinct}) < len(distinct)


def crosses(pairs: Sequence[Pair]) -> bool:
    """Whether pairs stand in another order on the two sides."""
    return any(here[1] > there[1] for here, there in pairwise(sorted(pairs)))


def _match_middle(texts: ElementTexts, primary: range, candidate: range) -> list[Pair]:
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


def _in_turn(texts: ElementTexts, primary: list[int], candidate: list[int]) -> list[Pair]:
    """Pair equal texts wherever they stand, the first of them with the first."""
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for j in candidate:
        waiting[texts.candidate[j]].append(j)
    return [(i, waiting[texts.primary[i]].popleft()) for i in primary if waiting[texts.primary[i]]]


def _with_plain_zeros(text: str) -> str:
    return _ZERO_FRACTION.sub(r"\1", text) if _may_end_in_zero(text) else text


def _may_end_in_zero(text: str) -> bool:
    return text.endswith(".0") or any(end in text for end in _ZERO_ENDS)
