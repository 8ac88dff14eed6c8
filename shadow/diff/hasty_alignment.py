"""The alignment of two lists that a look at them gives, before their elements are matched."""

from collections.abc import Sequence

from shadow.diff.alignment import Alignment, are_apart, in_place, of_pairs
from shadow.diff.matching import Matching
from shadow.diff.pairing import Identity, Pair, identified
from shadow.diff.parse import Json


def align_hastily(
    primary: list[Json], candidate: list[Json], matching: Matching
) -> Alignment | None:
    """Pair elements where they stand, or by what identifies them; None where neither is sure."""
    if not (primary and candidate):
        return None
    if len(primary) == len(candidate) and not matching.key:
        is_apart = are_apart(primary, candidate)
        if sum(is_apart) == 1:
            return in_place(primary, candidate, is_apart)
    identities = identified(primary, candidate, matching.key, matching.ignored)
    if identities is None:
        return None
    if identities[0] == identities[1]:
        return in_place(primary, candidate, are_apart(primary, candidate))
    pairs = pairs_of(*identities)
    if len(pairs) * 2 < min(len(primary), len(candidate)) and not matching.key:
        return None
    return of_pairs(primary, candidate, pairs)


def pairs_of(primary: Sequence[Identity], candidate: Sequence[Identity]) -> list[Pair]:
    """Positions of equal identities."""
    places = {identity: j for j, identity in enumerate(candidate)}
    partners = list(map(places.get, primary))
    return [(i, j) for i, j in enumerate(partners) if j is not None]
