"""All rules that hold, and those of one endpoint as a comparison asks them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from shadow.diff.parse import Json
from shadow.diff.rules.actions import excuses
from shadow.diff.rules.folding import FOLDING
from shadow.diff.rules.globs import matches_glob
from shadow.diff.rules.patterns import LocationPattern, PathPattern, Spot, parse_location
from shadow.diff.rules.rule import AddedOk, AsSet, Decode, Ignore, Rule, Unordered
from shadow.diff.rules.structure import PlacedRule, Structure, StructureNode
from shadow.diff.rules.values import Absent
from shadow.model import DifferenceKind, Endpoint

__all__ = ["EndpointRules", "Rule", "RuleBook", "parse_location"]

_MOST_KEPT = 4_096
_STRUCTURAL = (Unordered, AsSet, Decode)
_AND_BELOW = (Ignore, AddedOk)
_UNNAMED = ("[*]", "{key}")
"""Steps of a location that stand for many places; without them, it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadRule:
    rule: Rule
    pattern: LocationPattern

    def may_excuse(self, location: str) -> bool:
        if isinstance(self.rule.action, _AND_BELOW):
            return self.pattern.may_cover(location)
        return self.pattern.may_be_at(location)

    def is_there(self, spot: Spot) -> bool:
        is_below = isinstance(self.rule.action, _AND_BELOW)
        return self.pattern.covers(spot) if is_below else self.pattern.is_at(spot)


class EndpointRules:
    """The rules of one endpoint."""

    def __init__(self, rules: Sequence[_ReadRule]) -> None:
        self._rules = tuple(rules)
        self._structure = Structure(_placed(rules, _STRUCTURAL))
        self._folding = Structure(_placed(rules, (*_STRUCTURAL, *FOLDING)))
        self._has_folding = bool(_placed(rules, FOLDING))
        self._touching: dict[str, tuple[_ReadRule, ...]] = {}

    @property
    def root(self) -> StructureNode | None:
        """What rules say of how documents are compared; None for nothing."""
        return self._structure.root

    @property
    def folding_root(self) -> StructureNode | None:
        """The same and what rules say of values, to pair list elements by; None for nothing."""
        return self._folding.root if self._has_folding else None

    def touches(self, location: str) -> bool:
        """Whether any rule may excuse a difference at this location template."""
        return bool(self._of(location))

    def excuse(
        self,
        location: str,
        pointer: str,
        kind: DifferenceKind,
        primary: Json | Absent,
        candidate: Json | Absent,
    ) -> str | None:
        """The name of the first rule that excuses this difference."""
        # What nobody could compare is no difference that anybody knows enough of to excuse but by
        # leaving the place out altogether.
        spot = Spot(location, pointer)
        is_exact = not any(unnamed in location for unnamed in _UNNAMED)
        for read in self._of(location):
            if kind is DifferenceKind.UNDECIDED and not isinstance(read.rule.action, Ignore):
                continue
            is_there = is_exact or read.is_there(spot)
            if is_there and excuses(read.rule.action, kind, primary, candidate):
                return read.rule.name
        return None

    def _of(self, location: str) -> tuple[_ReadRule, ...]:
        touching = self._touching.get(location)
        if touching is None:
            touching = tuple(read for read in self._rules if read.may_excuse(location))
            if len(self._touching) < _MOST_KEPT:
                self._touching[location] = touching
        return touching


def _placed(rules: Sequence[_ReadRule], actions: tuple[type, ...]) -> list[PlacedRule]:
    return [
        PlacedRule(rule=read.rule, path=read.pattern)
        for read in rules
        if isinstance(read.rule.action, actions) and isinstance(read.pattern, PathPattern)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules that hold today; `expired` names those that do no more and so excuse nothing."""

    rules: tuple[_ReadRule, ...] = ()
    expired: tuple[str, ...] = ()
    _kept: dict[Endpoint | None, EndpointRules] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, rules: Iterable[Rule], today: date) -> "RuleBook":
        """Read rules. Raises ValueError, with the rule's name, for a location that is none."""
        rules = tuple(rules)
        return cls(
            rules=tuple(_read(rule) for rule in rules if not rule.has_expired(today)),
            expired=tuple(rule.name for rule in rules if rule.has_expired(today)),
        )

    def at(self, endpoint: Endpoint | None) -> EndpointRules | None:
        """The rules of one endpoint, of every endpoint for None; None where there are none."""
        if not self.rules:
            return None
        found = self._kept.get(endpoint)
        if found is None:
            found = EndpointRules([read for read in self.rules if _speaks_of(read.rule, endpoint)])
            if len(self._kept) < _MOST_KEPT:
                self._kept[endpoint] = found
        return found


def _speaks_of(rule: Rule, endpoint: Endpoint | None) -> bool:
    return endpoint is None or matches_glob(str(endpoint), rule.endpoint)


def _read(rule: Rule) -> _ReadRule:
    try:
        return _ReadRule(rule=rule, pattern=parse_location(rule.location))
    except ValueError as error:
        message = f"rule {rule.name!r}: {error}"
        raise ValueError(message) from error
