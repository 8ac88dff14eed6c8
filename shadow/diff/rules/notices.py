"""What is to be said of rules that do nothing: they expired, cannot match, or have not matched."""

from collections.abc import Sequence
from datetime import date

from shadow.diff.rules.rule import Rule
from shadow.model import ReleaseCounts, RuleNotice


def rule_notices(
    rules: Sequence[Rule], today: date, counts: ReleaseCounts | None = None
) -> tuple[RuleNotice, ...]:
    """A notice for each rule that excuses nothing.

    What has matched is told by the `counts` of a release; without them, or where nothing was
    compared yet, only what is sure from the rule itself.
    """
    matched = {signature.excused_by for signature in counts.signatures} if counts else set()
    is_compared = counts is not None and any(c.compared for c in counts.endpoints.values())
    unmatched = "has not matched in this release" if is_compared else None
    said = ((rule.name, _problem(rule, today) or unmatched) for rule in rules)
    return tuple(
        RuleNotice(rule=name, problem=problem)
        for name, problem in said
        if problem is not None and name not in matched
    )


def _problem(rule: Rule, today: date) -> str | None:
    if rule.has_expired(today):
        return f"expired on {rule.expires}: renew or remove it"
    never = rule.why_never()
    return None if never is None else f"can never match: {never}"
