"""What rules say of how places are compared, as the walk of two documents comes by them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.diff.parse import Json
from shadow.diff.rules.folding import FOLDING, folded, is_dropped
from shadow.diff.rules.patterns import PathPattern
from shadow.diff.rules.rule import AsSet, Decode, Rule, Unordered

_MOST_STEPS_KEPT = 10_000

type _State = tuple[frozenset[int], ...]
"""For each rule: how many of its selectors may have been used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRule:
    """A rule on places in documents, with the path that it speaks of."""

    rule: Rule
    path: PathPattern


class Structure:
    """Rules on places in documents, of one endpoint; the places that they know are kept."""

    def __init__(self, rules: Sequence[PlacedRule]) -> None:
        self._rules = tuple(rules)
        self._nodes: dict[_State, StructureNode] = {}
        self._steps: dict[tuple[_State, str | int], StructureNode | None] = {}
        start = tuple(frozenset({0}) for _ in self._rules)
        self.root = self._node(start) if start else None
        """The root of documents; None where there are no such rules."""

    def step(self, state: _State, step: str | int) -> "StructureNode | None":
        """The place one step further on; None where no rule says anything there or below."""
        if (state, step) in self._steps:
            return self._steps[state, step]
        after = tuple(
            placed.path.after(used, step) for placed, used in zip(self._rules, state, strict=True)
        )
        node = self._node(after) if any(after) else None
        if len(self._steps) < _MOST_STEPS_KEPT:
            self._steps[state, step] = node
        return node

    def _node(self, state: _State) -> "StructureNode":
        if state not in self._nodes:
            self._nodes[state] = StructureNode(self, self._rules, state)
        return self._nodes[state]


class StructureNode:
    """A place that rules say something about, at it or below it."""

    __slots__ = (
        *("decode_rule", "encodings", "is_unordered", "key", "says_more_below", "set_rule"),
        *("_folding", "_state", "_structure"),
    )

    def __init__(self, structure: Structure, rules: Sequence[PlacedRule], state: _State) -> None:
        self._structure = structure
        self._state = state
        here = [
            placed.rule
            for placed, used in zip(rules, state, strict=True)
            if len(placed.path.selectors) in used
        ]
        unordered = [rule.action for rule in here if isinstance(rule.action, Unordered)]
        self.set_rule = next((rule.name for rule in here if isinstance(rule.action, AsSet)), None)
        self.is_unordered = bool(unordered) or self.set_rule is not None
        self.key = next((action.key for action in unordered if action.key), ())
        decoding = next((rule for rule in here if isinstance(rule.action, Decode)), None)
        self.decode_rule = None if decoding is None else decoding.name
        self.encodings = (
            decoding.action.encodings
            if decoding is not None and isinstance(decoding.action, Decode)
            else ()
        )
        self._folding = [rule.action for rule in here if isinstance(rule.action, FOLDING)]
        self.says_more_below = any(
            any(count < len(placed.path.selectors) for count in used)
            for placed, used in zip(rules, state, strict=True)
        )

    def member(self, name: str) -> "StructureNode | None":
        """What is said of a member and below; None for nothing."""
        return self._structure.step(self._state, name) if self.says_more_below else None

    def element(self, index: int) -> "StructureNode | None":
        """What is said of an element and below; None for nothing."""
        return self._structure.step(self._state, index) if self.says_more_below else None

    def folded(self, value: Json) -> str | None:
        """A text that is the same for all values that rules let stand for this one here.

        None where it stands for itself.
        """
        texts = (folded(action, value) for action in self._folding)
        return next((text for text in texts if text is not None), None)

    def drops(self, value: Json) -> bool:
        """Whether it makes no difference that this value stands here."""
        return any(is_dropped(action, value) for action in self._folding)
