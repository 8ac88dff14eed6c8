"""All that one report shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shadow.model import Decision, Example, HealthSeries, Signature, Verdict
from shadow.report.plain import moment, said_of_sign_off
from shadow.report.view.findings import MAX_SHOWN, GroupView, group_views
from shadow.report.view.health import HealthView, health_view
from shadow.report.view.lists import (
    AccountingView,
    CoverageView,
    EndpointRow,
    Listed,
    NoticeRow,
    PlaceRow,
    TimedEndpoint,
    accepted_rows,
    accounting_view,
    coverage_view,
    endpoint_rows,
    excused_rows,
    noise_said,
    notice_rows,
    place_rows,
    timed_endpoints,
)
from shadow.report.view.texts import Prose, prose, shown
from shadow.verdict.approvals import changed_since_sign_off

MAX_REASONS = 50
"""How many reasons are shown."""

_MAX_SIGN_OFF = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What was decided and why; `id`, `policy` and `sign_off` are empty where there is none."""

    release: str
    decision: str
    said: str
    decided_at: str
    id: str
    policy: str
    reasons: Listed[Prose]
    sign_off: Prose
    endpoints: tuple[tuple[str, str], ...]
    """How many endpoints were decided how: `("FAIL", "3")`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A verdict with all that stands behind it; `health` is None where nothing is known of it."""

    verdict: VerdictView
    groups: tuple[GroupView, ...]
    findings: int
    more_findings: Listed[PlaceRow]
    suspects: Listed[PlaceRow]
    accepted: Listed[PlaceRow]
    excused: Listed[PlaceRow]
    noise: Listed[PlaceRow]
    noise_said: str
    notices: Listed[NoticeRow]
    endpoints: Listed[EndpointRow]
    coverage: CoverageView
    latency: Listed[TimedEndpoint]
    health: HealthView | None
    accounting: AccountingView


_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)
_SAID: Mapping[Decision, str] = {
    Decision.PASS: "The release may go on.",
    Decision.FAIL: "The release differs from production in ways that noise does not explain.",
    Decision.INCONCLUSIVE: "There is not enough evidence to say.",
}


def report_view(
    verdict: Verdict,
    examples: Mapping[Signature, Example],
    trace_url: str | None = None,
    health: HealthSeries | None = None,
) -> ReportView:
    """Choose what is shown of a verdict; `examples` are redacted, by the signature they show.

    `trace_url` is where traces are shown, with `{trace_id}` in it.
    """
    known = verdict.noise_known
    return ReportView(
        verdict=verdict_view(verdict),
        groups=group_views(verdict, examples, trace_url),
        findings=len(verdict.findings),
        more_findings=place_rows(verdict.findings[MAX_SHOWN:], noise_known=known),
        suspects=place_rows(verdict.suspects, noise_known=known),
        accepted=accepted_rows(verdict.accepted, noise_known=known),
        excused=excused_rows(verdict),
        noise=place_rows(verdict.noise, noise_known=known),
        noise_said=noise_said(verdict),
        notices=notice_rows(verdict.rule_notices),
        endpoints=endpoint_rows(verdict.endpoints),
        coverage=coverage_view(verdict.coverage),
        latency=timed_endpoints(verdict.endpoints),
        health=health_view(health) if health else None,
        accounting=accounting_view(verdict.accounting),
    )


def verdict_view(verdict: Verdict) -> VerdictView:
    """Show decision and reasons."""
    decisions = Counter(each.decision for each in verdict.endpoints)
    reasons = tuple(prose(reason) for reason in verdict.reasons[:MAX_REASONS])
    return VerdictView(
        release=shown(verdict.release),
        decision=str(verdict.decision),
        said=_SAID[verdict.decision],
        decided_at=moment(verdict.decided_at),
        id=verdict.id,
        policy=verdict.policy_hash,
        reasons=Listed(entries=reasons, total=len(verdict.reasons)),
        sign_off=_sign_off(verdict),
        endpoints=tuple((str(each), f"{decisions[each]:,}") for each in _ORDER),
    )


def _sign_off(verdict: Verdict) -> Prose:
    if verdict.sign_off is None:
        return ()
    changes = "; ".join(changed_since_sign_off(verdict))
    since = f" Since then: {changes}." if changes else ""
    said = said_of_sign_off(verdict.sign_off)
    return prose(f"{said[:1].upper()}{said[1:]}.{since}", _MAX_SIGN_OFF)
