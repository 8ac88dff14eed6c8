"""A verdict for machines.

One object; `version` grows when a key changes its meaning or goes, not when one is added.

    version        1
    id             name of the stored verdict | null where it is not stored
    policy_hash    16 hexadecimal digits of the policy and the rules it was asked with
    release        text
    decision       "PASS" | "FAIL" | "INCONCLUSIVE"
    decided_at     epoch seconds
    reasons        [text]
    noise_known    whether anybody showed what is noise
    noise_from     who did: "none" | "secondary" | "self"
    accounting     {captured, compared, uninformative, skipped, dropped, missing, reasons:
                   {outcome: {reason: count}}}; captured = the four outcomes + missing
    findings       [finding], strongest evidence first; likewise `suspects`, `noise`, `excused`, of
                   each at most `MAX_LISTED`. What a kept rule excuses comes first, with `rule`
    totals         {findings, suspects, noise, excused}: how many there are of each
    kept_rules     [rule] that the store keeps and the verdict was made with
    accepted       [finding with `approval`: {by, reason, at: epoch seconds, expires: date | null}]
    sign_off       {by, reason, at, override, decision, verdict_id, policy_hash, changes: [text]} |
                   null; `changes` say how the verdict is not the one that was signed off on
    causes         [cause], of findings that come together; those with most requests first
    rule_notices   [{rule, problem}] of rules that excuse nothing
    endpoints      [{endpoint, decision, reason, compared, paired, uninformative, dropped,
                   statuses: {"2xx": count}, latency | null}]
    coverage       [{endpoint, status_class: "2xx", seen, compared, needed, enough}]

A latency is {primary: target | null, candidate: likewise, secondary: likewise, slowdown: estimate |
null, pairs, slower}, a target {answers, p50: estimate, p90: estimate, p99: estimate} in
milliseconds. An estimate is [low, value, high]: the value, and the ends of an interval that holds
the true one with 95 % confidence; high is null where there is no such bound yet. `slowdown` is the
median of the candidate's time by the secondary's over `pairs` exchanges.

A finding is {id, endpoint: "GET /items/{id}", location, kind, excused_by: rule | null,
differing, compared, noise, paired, evidence: e-value, at_first_sight, also_at: [{id, location,
kind}], renamed: count | null, example | null}: `differing` is out of the `compared`, `noise` out of
the `paired`; `also_at` are further places that changed in one way with it, in `renamed` answers.
An example is {exchange_id, captured_at, trace_id: of the request's `traceparent` | null,
request: {method, target}, primary: reply, candidate: reply, differences: [{location, pointer, kind,
primary, candidate, excused_by}]}, a reply {status, headers: [[name, value]], body} or {failure,
detail}. A rule is {name, endpoint, location, action, by, reason, at, release: it was made in,
only_here, expires: date | null}. A cause is {endpoint, places: [{location, kind}], requests,
compared, said: text, shared: [{trait, absent, requests, share, rest_share, lift: number | null,
p_value}], renaming: {primary, candidate, pairs, places} | null, example: {exchange_id, curl: text |
null} | null}. Bodies are redacted text of at most `MAX_BODY_CHARS` characters. The document is
ASCII: other characters are escaped, so that none can act on a terminal.
"""

import json
from collections.abc import Mapping, Sequence

from shadow.model import (
    Accepted,
    Accounting,
    Difference,
    EndpointLatency,
    EndpointSummary,
    Estimate,
    Example,
    Failure,
    Finding,
    KeptRule,
    Outcome,
    Reply,
    Ruled,
    Signature,
    StatusCoverage,
    TargetLatency,
    Verdict,
)
from shadow.report.causes import causes_as_json
from shadow.report.plain import body_text
from shadow.report.trace import trace_id
from shadow.verdict.approvals import changed_since_sign_off
from shadow.verdict.identity import finding_id

VERSION = 1
"""Version of the document's shape."""

MAX_BODY_CHARS = 4_000
"""Longest text of a body in an example."""

MAX_LISTED = 1_000
"""How many findings are listed, and how much noise and of what rules excuse."""

_MILLISECOND = 0.001

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
"""What JSON can hold."""


def verdict_as_json(verdict: Verdict, examples: Mapping[Signature, Example]) -> str:
    """Write a verdict as one JSON document, in the shape that this module's docstring gives."""
    document = verdict_document(verdict, examples)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def verdict_document(verdict: Verdict, examples: Mapping[Signature, Example]) -> dict[str, Json]:
    """Return what `verdict_as_json` writes."""
    return {
        "version": VERSION,
        "id": verdict.id or None,
        "policy_hash": verdict.policy_hash,
        "release": verdict.release,
        "decision": str(verdict.decision),
        "decided_at": verdict.decided_at,
        "reasons": list(verdict.reasons),
        "noise_known": verdict.noise_known,
        "noise_from": str(verdict.noise_from),
        "accounting": accounting_document(verdict.accounting),
        "sign_off": _sign_off(verdict),
        "totals": {
            "findings": len(verdict.findings),
            "suspects": len(verdict.suspects),
            "noise": len(verdict.noise),
            "excused": len(verdict.ruled) + len(verdict.excused),
        },
        "findings": _findings(verdict.findings, examples),
        "suspects": _findings(verdict.suspects, examples),
        "accepted": [accepted_document(each, examples) for each in verdict.accepted],
        "noise": _findings(verdict.noise, examples),
        "excused": [
            *(ruled_document(each, examples) for each in verdict.ruled[:MAX_LISTED]),
            *_findings(verdict.excused, examples),
        ][:MAX_LISTED],
        "kept_rules": [kept_rule_document(rule) for rule in verdict.kept_rules],
        "causes": causes_as_json(verdict.causes),
        "rule_notices": [
            {"rule": notice.rule, "problem": notice.problem} for notice in verdict.rule_notices
        ],
        "endpoints": [endpoint_document(each) for each in verdict.endpoints],
        "coverage": [_coverage(each) for each in verdict.coverage],
    }


def accounting_document(accounting: Accounting) -> Json:
    """Return what `verdict_as_json` writes of where every captured exchange went."""
    reasons: dict[str, Json] = {
        str(outcome): {
            key.reason: many
            for key, many in sorted(accounting.outcomes.items())
            if key.outcome is outcome and key.reason
        }
        for outcome in Outcome
    }
    totals: dict[str, Json] = {str(outcome): accounting.total(outcome) for outcome in Outcome}
    return {
        "captured": accounting.captured,
        **totals,
        "missing": accounting.missing,
        "reasons": reasons,
    }


def _findings(findings: Sequence[Finding], examples: Mapping[Signature, Example]) -> list[Json]:
    return [finding_document(each, examples.get(each.signature)) for each in findings[:MAX_LISTED]]


def accepted_document(accepted: Accepted, examples: Mapping[Signature, Example]) -> Json:
    """Return what `verdict_as_json` writes of a finding that is accepted."""
    approval = accepted.approval
    return {
        **finding_document(accepted.finding, examples.get(accepted.finding.signature)),
        "approval": {
            "by": approval.by,
            "reason": approval.reason,
            "at": approval.at,
            "expires": str(approval.expires) if approval.expires else None,
        },
    }


def ruled_document(ruled: Ruled, examples: Mapping[Signature, Example]) -> Json:
    """Return what `verdict_as_json` writes of what a kept rule excuses."""
    return {
        **finding_document(ruled.finding, examples.get(ruled.finding.signature)),
        "excused_by": ruled.rule.name,
        "rule": kept_rule_document(ruled.rule),
    }


def kept_rule_document(rule: KeptRule) -> Json:
    """Return what `verdict_as_json` writes of a rule that the store keeps."""
    return {
        "name": rule.name,
        "endpoint": rule.endpoint,
        "location": rule.location,
        "action": rule.action,
        "by": rule.by,
        "reason": rule.reason,
        "at": rule.at,
        "release": rule.release,
        "only_here": rule.only_here,
        "expires": str(rule.expires) if rule.expires else None,
    }


def _sign_off(verdict: Verdict) -> Json:
    signed = verdict.sign_off
    if signed is None:
        return None
    return {
        "by": signed.by,
        "reason": signed.reason,
        "at": signed.at,
        "override": signed.override,
        "decision": str(signed.decision),
        "verdict_id": signed.verdict_id,
        "policy_hash": signed.policy_hash,
        "changes": list(changed_since_sign_off(verdict)),
    }


def finding_document(finding: Finding, example: Example | None) -> dict[str, Json]:
    """Return what `verdict_as_json` writes of a finding."""
    signature = finding.signature
    return {
        "id": finding_id(signature),
        "endpoint": str(signature.endpoint),
        "location": signature.location,
        "kind": str(signature.kind),
        "excused_by": signature.excused_by or None,
        "differing": finding.differing,
        "compared": finding.compared,
        "noise": finding.noise,
        "paired": finding.paired,
        "evidence": finding.evidence,
        "at_first_sight": finding.at_first_sight,
        "also_at": [
            {"id": finding_id(each), "location": each.location, "kind": str(each.kind)}
            for each in finding.also_at
        ],
        "renamed": finding.renamed,
        "example": _example(example) if example else None,
    }


def _example(example: Example) -> Json:
    return {
        "exchange_id": example.exchange_id,
        "captured_at": example.captured_at,
        "trace_id": trace_id(example.request.headers),
        "request": {"method": example.request.method, "target": example.request.target},
        "primary": _reply(example.primary),
        "candidate": _reply(example.candidate),
        "differences": [_difference(each) for each in example.differences],
    }


def _reply(reply: Reply) -> Json:
    if isinstance(reply, Failure):
        return {"failure": str(reply.kind), "detail": reply.detail}
    headers: list[Json] = [
        [name.decode("latin-1"), value.decode("latin-1")] for name, value in reply.headers
    ]
    body = body_text(reply.body)[:MAX_BODY_CHARS]
    return {"status": reply.status, "headers": headers, "body": body}


def _difference(difference: Difference) -> Json:
    return {
        "location": difference.location,
        "pointer": difference.pointer,
        "kind": str(difference.kind),
        "primary": difference.primary,
        "candidate": difference.candidate,
        "excused_by": difference.excused_by,
    }


def endpoint_document(summary: EndpointSummary) -> Json:
    """Return what `verdict_as_json` writes of an endpoint."""
    counts = summary.counts
    return {
        "endpoint": str(summary.endpoint),
        "decision": str(summary.decision),
        "reason": summary.reason,
        "compared": counts.compared,
        "paired": counts.paired,
        "uninformative": counts.uninformative,
        "dropped": counts.dropped,
        "statuses": dict(sorted(counts.statuses.items())),
        "latency": _latency(summary.latency) if summary.latency else None,
    }


def _coverage(coverage: StatusCoverage) -> Json:
    return {
        "endpoint": str(coverage.endpoint),
        "status_class": coverage.status_class,
        "seen": coverage.seen,
        "compared": coverage.compared,
        "needed": coverage.needed,
        "enough": coverage.is_enough,
    }


def _latency(latency: EndpointLatency) -> Json:
    return {
        "primary": _target_latency(latency.primary),
        "candidate": _target_latency(latency.candidate),
        "secondary": _target_latency(latency.secondary),
        "slowdown": _estimate(latency.slowdown, unit=1) if latency.slowdown else None,
        "pairs": latency.pairs,
        "slower": latency.slower,
    }


def _target_latency(target: TargetLatency | None) -> Json:
    if target is None:
        return None
    return {
        "answers": target.answers,
        "p50": _estimate(target.p50, unit=_MILLISECOND),
        "p90": _estimate(target.p90, unit=_MILLISECOND),
        "p99": _estimate(target.p99, unit=_MILLISECOND),
    }


def _estimate(estimate: Estimate, unit: float) -> Json:
    ends = (estimate.low, estimate.value, estimate.high)
    return [None if end is None else float(f"{end / unit:.4g}") for end in ends]
