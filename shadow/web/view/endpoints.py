"""The endpoints of a release, and one of them with all that is known of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shadow.model import (
    Decision,
    Endpoint,
    EndpointSummary,
    Finding,
    LatencyCounts,
    StatusCoverage,
    Verdict,
)
from shadow.report.latency import interval
from shadow.report.view.charts import LatencyPicture, latency_picture
from shadow.report.view.lists import CoverageView, EndpointRow, coverage_view, endpoint_rows
from shadow.report.view.texts import shown
from shadow.web.view.histogram import Histogram, histogram_of
from shadow.web.view.keys import endpoint_key

_ORDER = (Decision.FAIL, Decision.INCONCLUSIVE, Decision.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLine:
    """An endpoint in a list; `slowdown` is empty where times make no pairs."""

    key: str
    row: EndpointRow
    findings: int
    statuses: tuple[str, ...]
    """What was compared of each status class: `2xx 390`, `4xx 7 of 12: needs 100`."""
    slowdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPage:
    """All that is known of an endpoint."""

    line: EndpointLine
    coverage: CoverageView
    picture: LatencyPicture | None
    histogram: Histogram | None


def endpoints_of(verdict: Verdict, words: str, decision: str) -> tuple[EndpointSummary, ...]:
    """Choose endpoints that have all of the words and the decision, if given; FAIL first."""
    wanted = words.lower().split()[:10]
    chosen = [
        each
        for each in verdict.endpoints
        if (not decision or each.decision == decision)
        and all(word in str(each.endpoint).lower() for word in wanted)
    ]
    return tuple(
        sorted(
            chosen,
            key=lambda each: (_ORDER.index(each.decision), -each.counts.compared, each.endpoint),
        )
    )


def endpoint_lines(
    summaries: Sequence[EndpointSummary], verdict: Verdict
) -> tuple[EndpointLine, ...]:
    """Show endpoints in the order they are in."""
    named = {each.endpoint for each in summaries}
    findings = Counter(
        each.signature.endpoint for each in verdict.findings if each.signature.endpoint in named
    )
    coverage: dict[Endpoint, list[StatusCoverage]] = {}
    for each in verdict.coverage:
        if each.endpoint in named:
            coverage.setdefault(each.endpoint, []).append(each)
    return tuple(
        _line(each, findings[each.endpoint], coverage.get(each.endpoint, ())) for each in summaries
    )


def endpoint_named(verdict: Verdict, key: str) -> EndpointSummary | None:
    """Return the endpoint with a key, None where there is none."""
    return next((each for each in verdict.endpoints if endpoint_key(each.endpoint) == key), None)


def endpoint_page(
    verdict: Verdict, summary: EndpointSummary, times: LatencyCounts | None
) -> EndpointPage:
    """Show all that is known of an endpoint; `times` are its sketches."""
    (line,) = endpoint_lines((summary,), verdict)
    own = [each for each in verdict.coverage if each.endpoint == summary.endpoint]
    return EndpointPage(
        line=line,
        coverage=coverage_view(own),
        picture=latency_picture(summary.latency) if summary.latency else None,
        histogram=histogram_of(times) if times else None,
    )


def findings_at(findings: Iterable[Finding], endpoint: Endpoint) -> tuple[Finding, ...]:
    """Return those that are of an endpoint."""
    return tuple(each for each in findings if each.signature.endpoint == endpoint)


def _line(
    summary: EndpointSummary, findings: int, coverage: Sequence[StatusCoverage]
) -> EndpointLine:
    slowdown = summary.latency.slowdown if summary.latency else None
    return EndpointLine(
        key=endpoint_key(summary.endpoint),
        row=endpoint_rows((summary,)).entries[0],
        findings=findings,
        statuses=tuple(
            _status(each) for each in sorted(coverage, key=lambda each: each.status_class)
        ),
        slowdown=f"{interval(slowdown, unit=1)} times" if slowdown else "",
    )


def _status(coverage: StatusCoverage) -> str:
    seen = f" of {coverage.seen:,}" if coverage.seen != coverage.compared else ""
    needs = "" if coverage.is_enough else f": needs {coverage.needed:,}"
    return f"{shown(coverage.status_class)} {coverage.compared:,}{seen}{needs}"
