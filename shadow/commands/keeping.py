"""Rules that people let the store keep, as the entries that the audit log gets."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches

from shadow.commands.deciding import Signer, named, needs_reason
from shadow.commands.rules import proposed_rule
from shadow.diff.rules.kept import as_kept, covered_by, why_not_kept
from shadow.diff.rules.rule import Rule
from shadow.errors import ConflictError, NotFoundError, UsageError
from shadow.model import Finding, KeptRule, Verdict
from shadow.report.plain import visible
from shadow.settings.rule_files import rule_settings_of
from shadow.store.reader import StoreReader
from shadow.verdict.kept_rules import rules_in_force, standing_rules

MAX_KEPT_RULES = 100
"""So many rules a store keeps at once; each verdict looks at all of them."""

MAX_RULE_NAME_CHARS = 100
MAX_ENDPOINT_CHARS = 2_000
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWanted:
    """A rule to be kept; `finding` is the id of a difference that it has to cover, if any.

    `expires` is its last day, UTC; the rule's own is not looked at.
    """

    rule: Rule
    expires: date | None = None
    only_here: bool = False
    finding: str = ""


def rule_kept(
    verdict: Verdict,
    reader: StoreReader,
    wanted: RuleWanted,
    signer: Signer,
    now: float,
    taken: Collection[str] = (),
) -> KeptRule:
    """Keep a rule from now on; names that are `taken` are those of the settings' rules.

    Raises `UsageError` for one that can't be kept, `ConflictError` where its name is taken or it
    does not cover the finding, `NotFoundError` for no such finding.
    """
    needs_reason(signer, "keeping a rule")
    _check_rule(wanted, now)
    rule = replace(
        as_kept(wanted.rule),
        release=verdict.release,
        by=signer.by,
        reason=signer.reason,
        at=now,
        since=reader.release(verdict.release).created_at,
        verdict_id=verdict.id,
        expires=wanted.expires,
        only_here=wanted.only_here,
    )
    _check_room(rule, standing_rules(reader.kept_rules()), now, taken)
    if wanted.finding:
        _check_covers(rule, verdict, wanted.finding)
    return rule


def rule_withdrawn(rule: KeptRule, verdict: Verdict, signer: Signer, now: float) -> KeptRule:
    """Keep a rule no longer, in no release; `verdict` is that of the release it was made in."""
    needs_reason(signer, "withdrawing a rule")
    return replace(
        rule,
        by=signer.by,
        reason=signer.reason,
        at=now,
        verdict_id=verdict.id,
        expires=None,
        withdrawn=True,
    )


def kept_rule(reader: StoreReader, name: str) -> KeptRule:
    """Return the rule that is kept under a name, expired or not; raises `NotFoundError`."""
    rules = {rule.name: rule for rule in standing_rules(reader.kept_rules())}
    if name in rules:
        return rules[name]
    near = get_close_matches(name[:MAX_RULE_NAME_CHARS], rules, _MOST_NAMED, 0.0)
    there_are = f"there are {', '.join(visible(each, 100) for each in near)}" if near else ""
    raise NotFoundError(
        f"there is no kept rule {visible(name, 50)!r}; {there_are or 'there is none'}"
    )


def narrowest_rule(
    verdict: Verdict, reader: StoreReader, wanted: str, taken: Collection[str]
) -> Rule:
    """Return the narrowest rule that covers the finding with the id `wanted`, with a free name."""
    every = [each.places for each in differences_told(verdict)]
    place = named(wanted, every, "finding")[0]
    names = {*taken} | {rule.name for rule in standing_rules(reader.kept_rules())}
    text = proposed_rule(place, free_name(f"from-{wanted}", names), "kept")
    return rule_settings_of(text, "the rule")[0].to_rule()


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that no rule has yet: this one, or the same with a number."""
    names = {*taken}
    numbered = (f"{wanted}-{number}" for number in range(2, len(names) + 3))
    return next(name for name in (wanted, *numbered) if name not in names)


def differences_told(verdict: Verdict) -> Iterable[Finding]:
    """Return the differences of a verdict that a rule may be made for."""
    yield from (*verdict.findings, *verdict.suspects)
    yield from (each.finding for each in verdict.accepted)
    yield from (each.finding for each in verdict.ruled)
    yield from verdict.noise


def _check_rule(wanted: RuleWanted, now: float) -> None:
    rule = wanted.rule
    if (why := why_not_kept(rule)) is not None:
        raise UsageError(
            f"the rule {visible(rule.name, 100)!r} can't be kept, only put into the settings: {why}"
        )
    if visible(rule.name, MAX_RULE_NAME_CHARS) != rule.name or not rule.name.strip():
        raise UsageError(
            f"a rule's name has 1 to {MAX_RULE_NAME_CHARS} characters, on one line, without "
            "control characters"
        )
    if len(rule.endpoint) > MAX_ENDPOINT_CHARS:
        raise UsageError(f"a rule's endpoint has at most {MAX_ENDPOINT_CHARS:,} characters")
    if wanted.expires is not None and wanted.expires < datetime.fromtimestamp(now, UTC).date():
        raise UsageError("the rule's last day is over already (UTC); name today or a later day")


def _check_room(
    rule: KeptRule, standing: Collection[KeptRule], now: float, taken: Collection[str]
) -> None:
    in_force = rules_in_force(tuple(standing), now)
    if rule.name in taken:
        raise ConflictError(f"the settings have a rule {rule.name!r} already; name it otherwise")
    if any(each.name == rule.name for each in in_force):
        raise ConflictError(f"a rule {rule.name!r} is kept already; name it otherwise")
    if len(standing) >= MAX_KEPT_RULES:
        raise ConflictError(
            f"{MAX_KEPT_RULES} rules are kept already: put some into the settings with "
            "`shadow rules export`, and withdraw what is not needed"
        )


def _check_covers(rule: KeptRule, verdict: Verdict, wanted: str) -> None:
    place = named(wanted, [each.places for each in differences_told(verdict)], "finding")[0]
    if not covered_by([rule], [place]):
        raise ConflictError(
            "the rule does not cover this finding: it speaks of another endpoint, place or kind, "
            "or of a part of what is counted together"
        )
