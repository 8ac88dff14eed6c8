"""A release judged as of now: by its counts, the settings at hand, and what people decided."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from shadow.diff.rules.kept import covered_by
from shadow.diff.rules.notices import rule_notices
from shadow.model import Approval, Example, KeptRule, Signature, SignOff, Verdict
from shadow.report.record import record_of
from shadow.settings import Settings
from shadow.store.reader import StoreReader
from shadow.store.verdicts import StoredVerdict, VerdictShelf
from shadow.verdict.identity import policy_hash
from shadow.verdict.judge import judge
from shadow.verdict.kept_rules import kept_notices, rules_for, rules_in_force, standing_rules

_MOST_EXAMPLES = 100
"""How many findings are shown with an example; each is a look into the store."""


def verdict_of(settings: Settings, reader: StoreReader) -> Verdict:
    """Judge the release that the settings name; the verdict is not stored yet."""
    release, now = settings.release or "", time.time()
    counts = reader.counts(release)
    acts = reader.approvals(release)
    policy = settings.policy.to_policy()
    approvals = tuple(act for act in acts if isinstance(act, Approval))
    rules = tuple(rule.to_rule() for rule in settings.rules)
    made = rules_made_for(release, reader)
    kept = rules_in_force(made, now)
    covered = covered_by(kept, counts.signatures)
    is_compared = any(own.compared for own in counts.endpoints.values())
    return replace(
        judge(counts, policy, now, approvals, covered),
        kept_rules=kept,
        rule_notices=(
            *rule_notices(rules, datetime.fromtimestamp(now, UTC).date(), counts),
            *kept_notices(made, covered, now, is_compared=is_compared),
        ),
        policy_hash=policy_hash(
            policy, [rule.model_dump(mode="json") for rule in settings.rules], kept
        ),
        sign_off=sign_offs(acts).get(release),
    )


def rules_made_for(release: str, reader: StoreReader) -> tuple[KeptRule, ...]:
    """Return the rules that the store keeps for a release, expired or not."""
    standing = standing_rules(reader.kept_rules())
    return rules_for(standing, release, reader.release(release).created_at) if standing else ()


def examples_of(reader: StoreReader, verdict: Verdict) -> Mapping[Signature, Example]:
    """Read an example of each finding that has one."""
    shown = verdict.findings[:_MOST_EXAMPLES]
    found = {f.signature: reader.examples(verdict.release, f.signature) for f in shown}
    return {signature: examples[0] for signature, examples in found.items() if examples}


def kept(verdict: Verdict, examples: Mapping[Signature, Example], shelf: VerdictShelf) -> Verdict:
    """Store a verdict and return it with its id; raises `UnavailableError` where that can't be."""
    record = record_of(verdict, examples)
    shelf.keep(
        StoredVerdict(
            id=record.id,
            release=verdict.release,
            decided_at=verdict.decided_at,
            decision=verdict.decision.value,
            policy_hash=verdict.policy_hash,
            content=record.content,
        )
    )
    return replace(verdict, id=record.id)


def sign_offs(acts: Iterable[Approval | SignOff]) -> Mapping[str, SignOff]:
    """Pick the last sign-off of each release from what was decided, in that order."""
    return {act.release: act for act in acts if isinstance(act, SignOff)}
