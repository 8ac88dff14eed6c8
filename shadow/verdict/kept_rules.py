"""What kept rules excuse, taken out of what is held against a release.

As with approvals, this is done after all signatures were weighed together: a rule takes away what
it covers and changes nothing of what is said of anything else. So making one can't turn PASS into
FAIL, and the end of one can't turn FAIL into PASS.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from shadow.model import KeptRule, Ruled, RuleNotice, Signature, SignOff
from shadow.verdict.coverage import MAX_NAMED
from shadow.verdict.taking_out import day_of, has_expired, taken_out
from shadow.verdict.weigh import Weighed
from shadow.verdict.wording import and_more, and_places, name

type Covered = Mapping[Signature, KeptRule]
"""The kept rule that covers a signature."""


def standing_rules(acts: Sequence[KeptRule]) -> tuple[KeptRule, ...]:
    """Return the rules that are kept, expired or not, of acts in the order they were done.

    The last word on a name counts.
    """
    last = {act.name: act for act in acts}
    return tuple(rule for rule in last.values() if not rule.withdrawn)


def rules_for(rules: Sequence[KeptRule], release: str, created_at: float) -> tuple[KeptRule, ...]:
    """Return those that were made for a release which came to the store at `created_at`."""
    return tuple(
        rule
        for rule in rules
        if rule.release == release or (not rule.only_here and created_at > rule.since)
    )


def rules_in_force(rules: Sequence[KeptRule], now: float) -> tuple[KeptRule, ...]:
    """Leave out those whose last day is over at `now`, in epoch seconds."""
    today = day_of(now)
    return tuple(rule for rule in rules if not has_expired(rule, today))


def rules_ended_since(
    signed: SignOff, acts: Sequence[KeptRule], created_at: float, now: float
) -> int:
    """Count the rules that held for a release when it was signed off, and do not at `now`.

    `acts` are all, in the order they were done; the release came to the store at `created_at`.
    """

    def holding(done: Sequence[KeptRule], at: float) -> set[str]:
        made = rules_for(standing_rules(done), signed.release, created_at)
        return {rule.name for rule in rules_in_force(made, at)}

    before = [act for act in acts if act.at <= signed.at]
    return len(holding(before, signed.at) - holding(acts, now))


def ruled_out(weighed: Weighed, covered: Covered) -> tuple[Weighed, tuple[Ruled, ...]]:
    """Take what rules cover out of findings, suspects and noise."""
    weighed, taken = taken_out(weighed, covered)
    return weighed, tuple(Ruled(finding=each, rule=rule) for each, rule in taken)


def said_of_ruled(ruled: Sequence[Ruled]) -> tuple[str, ...]:
    """Say which rules excuse something, what, who answers for that, and until when."""
    places: defaultdict[KeptRule, list[Signature]] = defaultdict(list)
    for each in ruled:
        places[each.rule].append(each.finding.signature)
    return (
        *(_said(rule, own) for rule, own in [*places.items()][:MAX_NAMED]),
        *and_more(len(places) - MAX_NAMED, "kept rule"),
    )


def kept_notices(
    rules: Sequence[KeptRule], covered: Covered, now: float, *, is_compared: bool
) -> tuple[RuleNotice, ...]:
    """A notice for each kept rule of a release that excuses nothing."""
    today = day_of(now)
    matched = {rule.name for rule in covered.values()}
    return tuple(
        RuleNotice(rule=rule.name, problem=problem)
        for rule in rules
        if (problem := _problem(rule, matched, today, is_compared=is_compared))
    )


def _problem(rule: KeptRule, matched: Collection[str], today: date, *, is_compared: bool) -> str:
    if has_expired(rule, today):
        return f"expired on {rule.expires}: what it excused counts again"
    return "has not matched in this release" * (is_compared and rule.name not in matched)


def _said(rule: KeptRule, places: Sequence[Signature]) -> str:
    first = places[0]
    until = f", until {rule.expires}" if rule.expires else ""
    place = f"{name(str(first.endpoint))}: `{name(first.location)}` ({first.kind})"
    is_ = "is" if len(places) == 1 else "are"
    return (
        f"{place}{and_places(len(places) - 1)} {is_} excused by the rule `{name(rule.name)}`, kept "
        f"by {name(rule.by)}{until}: {name(rule.reason)}"
    )
