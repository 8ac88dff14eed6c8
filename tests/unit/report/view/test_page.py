"""What is chosen of a verdict, in which order, and how much of it."""

from dataclasses import replace

from msgspec import structs

from shadow.model import (
    Accounting,
    Cause,
    Endpoint,
    EndpointLatency,
    Estimate,
    Finding,
    Outcome,
    OutcomeKey,
    StatusCoverage,
    TargetLatency,
)
from shadow.report.view.charts import WIDTH, latency_picture, share_bar, stacked
from shadow.report.view.findings import MAX_SHOWN, group_views
from shadow.report.view.lists import accounting_view, coverage_view
from shadow.report.view.page import report_view
from tests.support.releases import ORDERS, judged, release, signature

VERDICT = judged(release({}))
WORST, NEXT, LAST = (
    Finding(signature=signature(f"$.{name}"), compared=100, differing=9, noise=0, evidence=1.0)
    for name in ("worst", "next", "last")
)


def cause(requests: int, *findings: Finding) -> Cause:
    places = tuple(finding.signature for finding in findings)
    return Cause(signatures=places, requests=requests, compared=100, shared=())


def grouped(findings: tuple[Finding, ...], *causes: Cause) -> list[list[tuple[int, str]]]:
    verdict = replace(VERDICT, findings=findings, causes=causes)
    return [
        [(each.number, each.location) for each in group.findings]
        for group in group_views(verdict, {})
    ]


def test_findings_stand_with_what_they_come_with_and_the_worst_group_first() -> None:
    found = (WORST, NEXT, LAST)
    assert grouped(found, cause(40, NEXT), cause(9, LAST, WORST)) == [
        [(1, "$.worst"), (2, "$.last")],
        [(3, "$.next")],
    ]


def test_of_several_causes_the_most_frequent_one_brings_findings_together() -> None:
    alone, together = cause(90, WORST), cause(3, WORST, NEXT)
    assert grouped((WORST, NEXT), alone, together) == [[(1, "$.worst")], [(2, "$.next")]]
    assert grouped((WORST, NEXT), replace(alone, requests=1), together) == [
        [(1, "$.worst"), (2, "$.next")]
    ]


def test_findings_without_a_cause_stand_alone() -> None:
    assert grouped((WORST, NEXT)) == [[(1, "$.worst")], [(2, "$.next")]]


def test_findings_above_the_limit_are_rows_and_all_are_counted() -> None:
    many = tuple(
        structs.replace(WORST, signature=signature(f"$.f{number}")) for number in range(300)
    )
    view = report_view(replace(VERDICT, findings=many), {})
    assert sum(len(group.findings) for group in view.groups) == MAX_SHOWN
    assert view.findings == 300
    assert view.more_findings.total == 300 - MAX_SHOWN
    assert view.more_findings.left_out == 50


def test_coverage_has_a_row_for_each_endpoint_and_those_with_too_little_first() -> None:
    users = Endpoint(method="GET", template="/users")

    def seen(endpoint: Endpoint, status_class: str, compared: int) -> StatusCoverage:
        return StatusCoverage(
            endpoint=endpoint, status_class=status_class, seen=200, compared=compared, needed=100
        )

    view = coverage_view((seen(ORDERS, "2xx", 200), seen(users, "2xx", 200), seen(users, "4xx", 7)))
    assert view.classes == ("2xx", "4xx")
    first, second = view.rows.entries
    assert (first.endpoint, second.endpoint) == ("GET /users", "GET /orders/{id}")
    assert [cell and (cell.compared, cell.needed) for cell in first.cells] == [
        *(("200", ""), ("7", "100"))
    ]
    assert second.cells[1] is None


def test_exchanges_without_an_outcome_are_in_the_picture() -> None:
    compared = OutcomeKey(outcome=Outcome.COMPARED)
    view = accounting_view(Accounting(captured=100, outcomes={compared: 90}))
    assert not view.adds_up
    assert [(bar.name, bar.width) for bar in view.bars if bar.width] == [
        *(("compared", 900.0), ("missing", 100.0))
    ]


def test_bars_stay_in_their_line_and_what_is_little_can_be_seen() -> None:
    assert share_bar(0, 10).width == 0
    assert 0 < share_bar(1, 10**9).width < WIDTH / 100
    assert share_bar(11, 10).width == WIDTH
    assert sum(bar.width for bar in stacked([("a", 0), ("b", -3), ("c", 7)])) == WIDTH


def test_times_stand_on_one_scale() -> None:
    def times(p50: float, high: float | None) -> TargetLatency:
        quantiles = [Estimate(low=p50 * n, value=p50 * n, high=high) for n in (1, 2, 4)]
        return TargetLatency(answers=10, p50=quantiles[0], p90=quantiles[1], p99=quantiles[2])

    picture = latency_picture(
        EndpointLatency(
            primary=None,
            candidate=times(0.02, None),
            secondary=times(0.01, 0.09),
            slowdown=None,
            pairs=0,
            slower=0,
        )
    )
    assert [target.target for target in picture.targets] == ["candidate", "secondary"]
    candidate, secondary = ([each.at for each in t.quantiles] for t in picture.targets)
    assert candidate == sorted(candidate)
    assert candidate[0] == secondary[1]
    for quantile in (each for target in picture.targets for each in target.quantiles):
        assert 0 <= quantile.interval.start <= quantile.at
        assert quantile.interval.start + quantile.interval.width <= WIDTH + 4
    assert picture.slowdown == ""
