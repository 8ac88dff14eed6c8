"""The tables of a report: what else was found, what was compared, and what became of the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from shadow.model import (
    Accepted,
    Accounting,
    Decision,
    Endpoint,
    EndpointSummary,
    Finding,
    NoiseSource,
    Outcome,
    RuleNotice,
    StatusCoverage,
    Verdict,
)
from shadow.report.latency import slowest_first
from shadow.report.plain import accounting_sum
from shadow.report.view.charts import Bar, LatencyPicture, latency_picture, stacked
from shadow.report.view.texts import Prose, prose, shown
from shadow.verdict.identity import finding_id
from shadow.verdict.wording import and_places, count, how_often

MAX_ROWS = 200
"""How many rows a table shows."""

MAX_PICTURES = 25
"""Of how many endpoints the times are drawn."""

_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed[Entry]:
    """The first entries of a list, and how many there are in all."""

    entries: tuple[Entry, ...]
    total: int

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return self.total - len(self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A finding, a suspicion, noise, or what a rule or an approval covers, on one line."""

    id: str
    endpoint: str
    location: str
    more_places: str
    kind: str
    differing: str
    noise: str
    compared: str
    often: str
    rule: str = ""
    by: str = ""
    reason: Prose = ()
    expires: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """What the verdict says of an endpoint."""

    endpoint: str
    decision: str
    reason: Prose
    compared: str
    paired: str
    uninformative: str
    dropped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageCell:
    """How much of a status class was compared; `needed` is empty where it was enough."""

    compared: str
    seen: str
    needed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """An endpoint's status classes, in the order of `CoverageView.classes`; None: never seen."""

    endpoint: str
    cells: tuple[CoverageCell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """Endpoints by status classes, those with too little first."""

    classes: tuple[str, ...]
    rows: Listed[CoverageRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """How many exchanges ended so, and which share of those captured."""

    outcome: str
    reason: str
    exchanges: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingView:
    """Where each captured exchange went."""

    captured: str
    compared: str
    sum: str
    adds_up: bool
    bars: tuple[Bar, ...]
    rows: Listed[OutcomeRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedEndpoint:
    """An endpoint with the picture of its times."""

    endpoint: str
    picture: LatencyPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A rule that excuses nothing, and why."""

    rule: str
    problem: Prose


def place_rows(findings: Sequence[Finding], *, noise_known: bool) -> Listed[PlaceRow]:
    """List findings in the order they are in."""
    shown_ones = findings[:MAX_ROWS]
    rows = tuple(_place(each, noise_known=noise_known) for each in shown_ones)
    return Listed(entries=rows, total=len(findings))


def accepted_rows(accepted: Sequence[Accepted], *, noise_known: bool) -> Listed[PlaceRow]:
    """List what approvals cover, with who gave them and why."""
    rows = tuple(
        _place(
            each.finding,
            noise_known=noise_known,
            by=shown(each.approval.by),
            reason=prose(each.approval.reason),
            expires=str(each.approval.expires or "never"),
        )
        for each in accepted[:MAX_ROWS]
    )
    return Listed(entries=rows, total=len(accepted))


def excused_rows(verdict: Verdict, endpoint: Endpoint | None = None) -> Listed[PlaceRow]:
    """List what rules excuse, of one endpoint if it is given.

    What kept rules excuse comes first, with who made them and why.
    """
    known = verdict.noise_known
    ruled = [each for each in verdict.ruled if _is_at(each.finding, endpoint)]
    excused = [each for each in verdict.excused if _is_at(each, endpoint)]
    rows = (
        *(
            replace(
                _place(each.finding, noise_known=known),
                rule=shown(each.rule.name),
                by=shown(each.rule.by),
                reason=prose(each.rule.reason),
                expires=str(each.rule.expires or "never"),
            )
            for each in ruled[:MAX_ROWS]
        ),
        *(_place(each, noise_known=known) for each in excused[: max(0, MAX_ROWS - len(ruled))]),
    )
    return Listed(entries=rows, total=len(ruled) + len(excused))


def endpoint_rows(endpoints: Iterable[EndpointSummary]) -> Listed[EndpointRow]:
    """List endpoints, those that fail first."""
    ranked = sorted(endpoints, key=lambda each: (_ORDER.index(each.decision), each.endpoint))
    rows = tuple(
        EndpointRow(
            endpoint=shown(str(each.endpoint)),
            decision=str(each.decision),
            reason=prose(each.reason),
            compared=f"{each.counts.compared:,}",
            paired=f"{each.counts.paired:,}",
            uninformative=f"{each.counts.uninformative:,}",
            dropped=f"{each.counts.dropped:,}",
        )
        for each in ranked[:MAX_ROWS]
    )
    return Listed(entries=rows, total=len(ranked))


def coverage_view(coverage: Sequence[StatusCoverage]) -> CoverageView:
    """Lay out coverage by endpoint and status class."""
    classes = sorted({each.status_class for each in coverage})
    by_endpoint: dict[str, dict[str, StatusCoverage]] = {}
    for each in sorted(coverage, key=lambda each: (each.is_enough, -each.seen, each.endpoint)):
        by_endpoint.setdefault(str(each.endpoint), {})[each.status_class] = each
    rows = tuple(
        CoverageRow(endpoint=shown(endpoint), cells=tuple(_cell(own.get(name)) for name in classes))
        for endpoint, own in list(by_endpoint.items())[:MAX_ROWS]
    )
    listed = Listed(entries=rows, total=len(by_endpoint))
    return CoverageView(classes=tuple(shown(name) for name in classes), rows=listed)


def accounting_view(accounting: Accounting) -> AccountingView:
    """Show the outcomes of all that was captured."""
    parts = [(str(outcome), accounting.total(outcome)) for outcome in Outcome]
    outcomes = [*accounting.outcomes.items()]
    ranked = sorted(outcomes, key=lambda item: (tuple(Outcome).index(item[0].outcome), -item[1]))
    rows = tuple(
        OutcomeRow(
            outcome=str(key.outcome),
            reason=shown(key.reason) if key.reason else "",
            exchanges=f"{many:,}",
            share=_share(many, accounting.captured),
        )
        for key, many in ranked[:MAX_ROWS]
    )
    return AccountingView(
        captured=f"{accounting.captured:,}",
        compared=f"{accounting.total(Outcome.COMPARED):,}",
        sum=accounting_sum(accounting),
        adds_up=not accounting.missing,
        bars=stacked([*parts, ("missing", accounting.missing)]),
        rows=Listed(entries=rows, total=len(ranked)),
    )


def timed_endpoints(endpoints: Iterable[EndpointSummary]) -> Listed[TimedEndpoint]:
    """Draw the times of endpoints, the slowest candidate first."""
    timed = slowest_first(endpoints)
    drawn = tuple(
        TimedEndpoint(endpoint=shown(str(summary.endpoint)), picture=latency_picture(latency))
        for summary, latency in timed[:MAX_PICTURES]
    )
    return Listed(entries=drawn, total=len(timed))


def notice_rows(notices: Sequence[RuleNotice]) -> Listed[NoticeRow]:
    """List rules that excuse nothing."""
    rows = tuple(
        NoticeRow(rule=shown(each.rule), problem=prose(each.problem)) for each in notices[:MAX_ROWS]
    )
    return Listed(entries=rows, total=len(notices))


def noise_said(verdict: Verdict) -> str:
    """Say who showed what is noise, and of how many comparisons."""
    compared = sum(each.counts.compared for each in verdict.endpoints)
    paired = sum(each.counts.paired for each in verdict.endpoints)
    of_all = f"{paired:,} of {count(compared, 'comparison')}"
    match verdict.noise_from:
        case NoiseSource.SECONDARY:
            return f"A second copy of production was asked the same; it answered in {of_all}."
        case NoiseSource.SELF:
            return f"Production itself was asked again in {of_all}."
        case NoiseSource.NONE:
            return "Nobody showed what differs by nature: every difference could be noise."


def _is_at(finding: Finding, endpoint: Endpoint | None) -> bool:
    return endpoint is None or finding.signature.endpoint == endpoint


def _place(
    finding: Finding, *, noise_known: bool, by: str = "", reason: Prose = (), expires: str = ""
) -> PlaceRow:
    signature = finding.signature
    return PlaceRow(
        id=finding_id(signature),
        endpoint=shown(str(signature.endpoint)),
        location=shown(signature.location),
        more_places=and_places(len(finding.also_at)),
        kind=str(signature.kind),
        differing=f"{finding.differing:,}",
        noise=f"{finding.noise:,}",
        compared=f"{finding.compared:,}",
        often=how_often(finding, noise_known=noise_known),
        rule=shown(signature.excused_by) if signature.excused_by else "",
        by=by,
        reason=reason,
        expires=expires,
    )


def _cell(coverage: StatusCoverage | None) -> CoverageCell | None:
    if coverage is None:
        return None
    return CoverageCell(
        compared=f"{coverage.compared:,}",
        seen=f"{coverage.seen:,}",
        needed="" if coverage.is_enough else f"{coverage.needed:,}",
    )


def _share(many: int, captured: int) -> str:
    return f"{100 * many / captured:.3g} %" if captured else ""
