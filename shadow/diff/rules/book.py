"""Rules: differences that are excused, by whom and why. A rule marks and never deletes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from shadow.diff.rules.globs import matches_glob
from shadow.diff.rules.patterns import LocationPattern, parse_location
from shadow.model import Difference, DifferenceKind, Differences, Endpoint

__all__ = ["LocationPattern", "Rule", "RuleAction", "RuleBook", "parse_location"]


class RuleAction(StrEnum):
    """What a rule excuses at its location."""

    IGNORE = "ignore"
    """Any difference there and below."""
    UNORDERED = "unordered"
    """Another order of the elements of exactly that list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An excuse, as it is written down; `endpoint` is a glob over `METHOD /template`.

    `expires` is the last day on which it holds.
    """

    name: str
    action: RuleAction
    location: str
    reason: str
    endpoint: str = "*"
    owner: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadRule:
    rule: Rule
    pattern: LocationPattern

    def excuses(self, difference: Difference) -> bool:
        if self.rule.action is RuleAction.UNORDERED:
            return difference.kind is DifferenceKind.ORDER and self.pattern.is_at(difference)
        return self.pattern.covers(difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """The rules that hold today; `expired` names those that do no more and so excuse nothing."""

    rules: tuple[_ReadRule, ...] = ()
    expired: tuple[str, ...] = ()

    @classmethod
    def of(cls, rules: Iterable[Rule], today: date) -> "RuleBook":
        """Read rules. Raises ValueError, with the rule's name, for a location that is none."""
        rules = tuple(rules)
        expired = tuple(rule for rule in rules if rule.expires and rule.expires < today)
        return cls(
            rules=tuple(_read(rule) for rule in rules if rule not in expired),
            expired=tuple(rule.name for rule in expired),
        )

    def excuse(self, endpoint: Endpoint, differences: Differences) -> Differences:
        """Mark each difference that a rule excuses with the name of the first that does."""
        rules = [rule for rule in self.rules if matches_glob(str(endpoint), rule.rule.endpoint)]
        return tuple(_marked(difference, rules) for difference in differences)


def _read(rule: Rule) -> _ReadRule:
    try:
        return _ReadRule(rule=rule, pattern=parse_location(rule.location))
    except ValueError as error:
        message = f"rule {rule.name!r}: {error}"
        raise ValueError(message) from error


def _marked(difference: Difference, rules: list[_ReadRule]) -> Difference:
    name = next((read.rule.name for read in rules if read.excuses(difference)), None)
    return difference if name is None else replace(difference, excused_by=name)
