"""A release judged as of now: by its counts, the settings at hand, and what people decided."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from shadow.diff.rules.notices import rule_notices
from shadow.model import Approval, Example, Signature, SignOff, Verdict
from shadow.report.record import record_of
from shadow.settings import Settings
from shadow.store.reader import StoreReader
from shadow.store.verdicts import StoredVerdict, VerdictShelf
from shadow.verdict.identity import policy_hash
from shadow.verdict.judge import judge

_MOST_EXAMPLES = 100
"""How many findings are shown with an example; each is a look into the store."""


def verdict_of(settings: Settings, reader: StoreReader) -> Verdict:
    """Judge the release that the settings name; the verdict is not stored yet."""
    release = settings.release or ""
    counts = reader.counts(release)
    acts = reader.approvals(release)
    policy = settings.policy.to_policy()
    approvals = tuple(act for act in acts if isinstance(act, Approval))
    rules = tuple(rule.to_rule() for rule in settings.rules)
    return replace(
        judge(counts, policy, time.time(), approvals),
        rule_notices=rule_notices(rules, datetime.now(UTC).date(), counts),
        policy_hash=policy_hash(policy, [rule.model_dump(mode="json") for rule in settings.rules]),
        sign_off=sign_offs(acts).get(release),
    )


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
