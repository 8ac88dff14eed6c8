"""Which elements of two lists stand beside each other: those that were compared with each other.

What is kept of an example does not say it, but its differences bear witness: what was compared with
each other is equal where no difference is, and is not where one is.
"""

import json
import math
from collections.abc import Callable, Sequence

from shadow.diff.equal_texts import exact_texts, match_equal
from shadow.diff.likeness import Distances
from shadow.diff.matching import Matching
from shadow.diff.pairing import Pair, Rest, pair_rest
from shadow.diff.parse import Json
from shadow.report.view.json_reader import Array, Node, Object, Scalar

_LONGEST_NUMBER = 40


def compared_pairs(
    primary: Sequence[Node], candidate: Sequence[Node], has_differences: Callable[[Pair], bool]
) -> list[Pair]:
    """Pair all elements of two lists of one length.

    They are paired as a comparison pairs them that no rule says anything to, or in order where that
    agrees better with their differences.
    """
    in_order = [(position, position) for position in range(len(primary))]
    here, there = [_value(each) for each in primary], [_value(each) for each in candidate]
    texts = exact_texts(here, there)

    def contradictions(pairs: Sequence[Pair]) -> int:
        return sum(
            (texts.primary[i] == texts.candidate[j]) == has_differences((i, j)) for i, j in pairs
        )

    matched = match_equal(texts)
    rest = Rest.of(len(here), len(there)).without(matched)
    # Distances take milliseconds each; without them what is little alike is paired in order.
    distances = Distances(0)
    found = pair_rest(here, there, rest, matched, Matching(distances), distances)
    left = rest.without(found)
    by_content = sorted([*matched, *found, *zip(left.primary, left.candidate, strict=True)])
    return min((by_content, in_order), key=contradictions)


def _value(node: Node) -> Json:
    match node:
        case Scalar(text=text):
            return _scalar(text)
        case Object(members=members):
            return {name: _value(member) for name, member in members}
        case Array(elements=elements):
            return [_value(element) for element in elements]


def _scalar(text: str) -> Json:
    """Read a scalar; a number that Python can't hold stays a text."""
    if len(text) > _LONGEST_NUMBER and not text.startswith('"'):
        return text
    value: str | int | float | bool | None = json.loads(text)
    return text if isinstance(value, float) and not math.isfinite(value) else value
