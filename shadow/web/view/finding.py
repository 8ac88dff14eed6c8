"""One finding: where it stands in its verdict, and what stands beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shadow.model import (
    Approval,
    BugLink,
    DifferenceKind,
    EndpointCounts,
    Example,
    Finding,
    KeptRule,
    Signature,
    SignatureCounts,
    Verdict,
)
from shadow.report.view.charts import Bar, share_bar
from shadow.report.view.findings import CauseView, FindingView, cause_views, finding_view
from shadow.report.view.lists import Listed, PlaceRow, place_rows
from shadow.report.view.texts import Prose, prose, shown
from shadow.verdict.identity import finding_id
from shadow.verdict.kept_rules import rules_in_force
from shadow.web.view.ages import Age, age

MOST_NOISE = 10
"""How much noise of the same endpoint is shown beside a finding."""

STATES = ("finding", "suspect", "accepted", "noise", "excused")
"""What a verdict can make of a difference; the first of these holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference that a verdict speaks of; `number` is its place among the findings, or 0."""

    finding: Finding
    state: str
    number: int = 0
    before: str = ""
    behind: str = ""
    approval: Approval | None = None
    rule: KeptRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """How many answers differ on which side."""

    said: str
    many: str
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """Who accepts a finding, and why."""

    by: str
    reason: Prose
    at: Age
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRuleView:
    """A rule that the store keeps; `reach` says in which releases it holds."""

    name: str
    action: str
    endpoint: str
    location: str
    by: str
    reason: Prose
    at: Age
    expires: str
    release: str
    reach: str
    has_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BugView:
    """Who called a finding a bug, and where that is dealt with."""

    by: str
    link: str
    at: Age


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPage:
    """All that the page of a finding shows of its verdict."""

    view: FindingView
    state: str
    number: int
    of: int
    before: str
    behind: str
    kind: DifferenceKind
    causes: tuple[CauseView, ...]
    pairs: tuple[PairRow, ...]
    noise: Listed[PlaceRow]
    approval: ApprovalView | None
    can_be_accepted: bool
    rule: str
    kept: KeptRuleView | None
    bug: BugView | None


def find(verdict: Verdict, wanted: str) -> Found | None:
    """Return what a verdict says of the difference with an id, None where it says nothing."""
    for found in _all(verdict):
        if any(finding_id(place) == wanted for place in found.finding.places):
            return found
    return None


def finding_page(
    verdict: Verdict,
    found: Found,
    example: Example | None,
    seen: SignatureCounts,
    bug: BugLink | None,
    now: float,
    trace_url: str | None = None,
) -> FindingPage:
    """Show a finding beside an example; `seen` are its signature's counts.

    `trace_url` is where traces are shown, with `{trace_id}` in it.
    """
    finding, signature = found.finding, found.finding.signature
    own = next((e.counts for e in verdict.endpoints if e.endpoint == signature.endpoint), None)
    own_noise = [
        each
        for each in verdict.noise
        if each.signature.endpoint == signature.endpoint and each is not finding
    ]
    listed = place_rows(own_noise[:MOST_NOISE], noise_known=verdict.noise_known)
    accepts = found.state in {"finding", "suspect", "accepted"}
    return FindingPage(
        view=finding_view(verdict, finding, example, trace_url),
        state=found.state,
        number=found.number,
        of=len(verdict.findings),
        before=found.before,
        behind=found.behind,
        kind=signature.kind,
        causes=cause_views(verdict, finding),
        pairs=_pairs(finding, seen, own),
        noise=replace(listed, total=len(own_noise)),
        approval=_approval(found.approval, now),
        can_be_accepted=accepts,
        rule=shown(signature.excused_by) if signature.excused_by else "",
        kept=kept_rule_view(found.rule, now) if found.rule else None,
        bug=_bug(bug, now),
    )


def _all(verdict: Verdict) -> Iterator[Found]:
    findings = verdict.findings
    for at, finding in enumerate(findings):
        yield Found(
            finding=finding,
            state="finding",
            number=at + 1,
            before=_id_at(findings, at - 1),
            behind=_id_at(findings, at + 1),
        )
    for finding in verdict.suspects:
        yield Found(finding=finding, state="suspect")
    for each in verdict.accepted:
        yield Found(finding=each.finding, state="accepted", approval=each.approval)
    for ruled in verdict.ruled:
        yield Found(finding=ruled.finding, state="excused", rule=ruled.rule)
    for finding in verdict.noise:
        yield Found(finding=finding, state="noise")
    for finding in verdict.excused:
        yield Found(finding=finding, state="excused")


def _id_at(findings: Sequence[Finding], at: int) -> str:
    return finding_id(findings[at].signature) if 0 <= at < len(findings) else ""


def _pairs(
    finding: Finding, seen: SignatureCounts, own: EndpointCounts | None
) -> tuple[PairRow, ...]:
    """Lay out where the signature was seen, in which answers of its endpoint."""
    if own is None or finding.signature.kind is DifferenceKind.SLOW:
        return ()
    either = seen.only_candidate + seen.only_secondary + seen.both
    rows = [
        ("the candidate alone", seen.only_candidate),
        ("the secondary alone", seen.only_secondary),
        ("both", seen.both),
        ("neither", max(0, own.paired - either)),
    ]
    if not own.paired:
        rows = []
    unasked = own.compared - own.paired
    if unasked > 0 or seen.unpaired:
        rows.append(("the candidate, the secondary not asked", seen.unpaired))
    whole = max(own.compared, 1)
    return tuple(
        PairRow(said=said, many=f"{many:,}", bar=share_bar(many, whole)) for said, many in rows
    )


def _approval(approval: Approval | None, now: float) -> ApprovalView | None:
    if approval is None:
        return None
    return ApprovalView(
        by=shown(approval.by),
        reason=prose(approval.reason, 2_000),
        at=age(approval.at, now),
        expires=str(approval.expires or ""),
    )


def kept_rule_view(rule: KeptRule, now: float) -> KeptRuleView:
    """Show a rule that the store keeps."""
    reach = "this release alone" if rule.only_here else "this release and later ones"
    return KeptRuleView(
        name=shown(rule.name),
        action=rule.action,
        endpoint=shown(rule.endpoint),
        location=shown(rule.location),
        by=shown(rule.by),
        reason=prose(rule.reason, 2_000),
        at=age(rule.at, now),
        expires=str(rule.expires or ""),
        release=rule.release,
        reach=reach,
        has_expired=not rules_in_force((rule,), now),
    )


def _bug(bug: BugLink | None, now: float) -> BugView | None:
    return None if bug is None else BugView(by=shown(bug.by), link=bug.link, at=age(bug.at, now))


def title_of(signature: Signature) -> str:
    """Name a signature in a few words, for titles."""
    return f"{shown(signature.location, 60)} {signature.kind}"
