"""How what two lists do not share belongs together, where all else is known to be shared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shadow.diff.alignment import Alignment
from shadow.diff.hasty_alignment import pairs_of
from shadow.diff.matching import Matching
from shadow.diff.pairing import Pair, Rest, identified
from shadow.diff.parse import Json


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Two documents with an empty list each in place of a long one, and what is left of these two.

    `path` has the names on the way to the list; one object for both documents says that they are
    equal around it.
    """

    path: tuple[str, ...]
    primary: Json
    candidate: Json
    left: Left
    texts: tuple[list[bytes], list[bytes]]
    """All elements of the two lists, unparsed."""


def align_left(left: Left, matching: Matching) -> Alignment | None:
    """Say what belongs together of what two lists do not share; None where it is not sure."""
    at_here, at_there = list(left.primary), list(left.candidate)
    here, there = list(left.primary.values()), list(left.candidate.values())
    pairs: Sequence[Pair] = ()
    if left.is_one_in_place:
        pairs = [(0, 0)]
    elif here and there:
        identities = identified(here, there, (), matching.ignored)
        pairs = () if identities is None else pairs_of(*identities)
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
