"""How elements of two lists are told to be the same, where rules have a say in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from shadow.diff.digest import Digests
from shadow.diff.excuses import Node
from shadow.diff.likeness import Distances
from shadow.diff.limits import Findings
from shadow.diff.location import Place
from shadow.diff.pairing import IDENTITIES
from shadow.diff.parse import Json


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


class Matchings:
    """What tells the elements of two documents' lists to be the same, list by list.

    It knows containers by their ids: none may be freed while it is used.
    """

    def __init__(self, findings: Findings, *, is_hasty: bool) -> None:
        self._rules = findings.rules
        self._is_hasty = is_hasty
        self._digests = Digests()
        self._folded = Digests(are_folded=True)
        self._distances = Distances(findings.limits.max_distances)

    def at(self, node: Node | None, place: Place) -> Matching:
        """How the elements of two lists at this place are told to be the same."""
        folding = self._folding_at(place)
        if node is None and folding is None:
            return Matching(self._distances, is_hasty=self._is_hasty)
        has_digests = node is not None and node.says_more_below
        return Matching(
            self._distances,
            is_hasty=self._is_hasty,
            key=() if node is None else node.key,
            ignored=_ignored(folding),
            digests=partial(self._digests.of_elements, node) if node and has_digests else None,
            folded=partial(self._folded.of_elements, folding) if folding else None,
            is_unordered=node is not None and node.is_unordered,
            is_set=node is not None and node.set_rule is not None,
        )

    def _folding_at(self, place: Place) -> Node | None:
        """What rules say of the elements of a list here; None for nothing."""
        node = None if self._rules is None else self._rules.folding_root
        steps = []
        while node is not None and place is not None:
            place, step, _ = place
            steps.append(step)
        for step in reversed(steps):
            if node is None:
                return None
            node = node.member(step) if isinstance(step, str) else node.element(step)
        return node if node is not None and node.says_more_below else None


def _ignored(folding: Node | None) -> frozenset[str]:
    """Names that identify nothing, as rules let their values stand for others."""
    element = None if folding is None else folding.element(0)
    if element is None:
        return frozenset()
    below = ((name, element.member(name)) for name in IDENTITIES)
    return frozenset(
        name for name, node in below if node is not None and node.folded("") is not None
    )
