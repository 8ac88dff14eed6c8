"""Health over time, drawn: what happened when can be seen, and is said in words and numbers."""

from dataclasses import replace

import pytest

from shadow.latency.sketch import HEALTH_SECONDS
from shadow.model import Health, HealthCounts, HealthSeries
from shadow.report.view.charts import WIDTH
from shadow.report.view.health import COLUMNS, HealthView, health_view, lasting
from shadow.report.view.strips import HEIGHT

START = 1_800_000_000
FINE = HealthCounts(
    compared=10,
    candidate={Health.ANSWERED: 10},
    secondary={Health.ANSWERED: 10},
    candidate_seconds={HEALTH_SECONDS.bucket(0.02): 10},
    secondary_seconds={HEALTH_SECONDS.bucket(0.01): 10},
)
BROKEN = HealthCounts(
    compared=2,
    differing=1,
    candidate={Health.ANSWERED: 1, Health.TIMEOUT: 1, Health.UNREACHABLE: 2},
    secondary={Health.ANSWERED: 3, Health.SERVER_ERROR: 1},
)


def view_of(*periods: HealthCounts | None, seconds: int = 60) -> HealthView:
    counts = {START + n * seconds: each for n, each in enumerate(periods) if each is not None}
    view = health_view(HealthSeries(seconds=seconds, periods=counts))
    assert view is not None
    return view


def test_a_release_whose_candidate_was_never_asked_has_no_picture() -> None:
    assert health_view(HealthSeries(seconds=60)) is None


def test_it_says_how_often_the_candidate_failed_and_when_it_was_worst() -> None:
    said = view_of(FINE, BROKEN, FINE).said
    assert said == (
        "The candidate failed in 3 of 24 exchanges; the secondary in 1 of 24. "
        "It was worst with 3 of 4 in the minute from 2027-01-15 08:01:00 UTC."
    )
    assert view_of(FINE).said == (
        "The candidate failed in 0 of 10 exchanges; the secondary in 0 of 10."
    )


def test_without_a_secondary_nothing_is_said_of_it() -> None:
    view = view_of(replace(FINE, secondary={}, secondary_seconds={}))
    assert "secondary" not in view.said
    assert not view.has_secondary
    assert (view.rows[0].secondary_failed, view.rows[0].secondary_ms) == ("", "")


def test_failures_stand_where_they_happened_one_block_for_each_way() -> None:
    asked, failed, differing, times = view_of(FINE, BROKEN, None, FINE).strips
    assert [block.name for block in failed.blocks] == ["timeout", "no-answer"]
    assert {block.x for block in failed.blocks} == {WIDTH / 4}
    assert failed.blocks[1].height == pytest.approx(2 * failed.blocks[0].height, abs=0.2)
    assert sum(block.height for block in failed.blocks) == pytest.approx(HEIGHT, abs=0.2)
    assert [block.x for block in asked.blocks] == [0.0, WIDTH / 4, WIDTH * 3 / 4]
    assert [block.x for block in differing.blocks] == [WIDTH / 4]
    assert (failed.most, times.most) == ("75 %", "19.9 ms")


def test_the_ways_to_fail_are_named_with_how_often_they_occurred() -> None:
    assert [(name, many) for name, _, many in view_of(BROKEN, BROKEN).reasons] == [
        ("timeout", "2"),
        ("no-answer", "4"),
    ]


def test_lines_are_broken_where_nothing_is_known() -> None:
    *_, times = view_of(FINE, FINE, None, FINE).strips
    assert [line.name for line in times.lines] == [
        "secondary p50",
        "secondary p90",
        "candidate p50",
        "candidate p90",
    ]
    assert all(line.path.count("M") == 2 for line in times.lines)


def test_the_table_says_the_same_in_numbers() -> None:
    _, broken = view_of(FINE, BROKEN).rows
    assert (broken.when, broken.asked, broken.failed) == ("2027-01-15 08:01 UTC", "4", "3 (75 %)")
    assert broken.why == "2 unreachable, 1 timeout"
    assert (broken.secondary_failed, broken.differing) == ("1 of 4", "1 (50 %)")
    assert broken.candidate_ms == ""


def test_many_periods_are_drawn_as_fewer_and_longer_ones() -> None:
    view = view_of(*[FINE] * 240)
    assert len(view.rows) <= COLUMNS
    assert view.length == "3 minutes"
    assert sum(int(row.asked) for row in view.rows) == 2_400
    for strip in view.strips:
        assert all(0 <= block.x < WIDTH and 0 <= block.y < HEIGHT for block in strip.blocks)


def test_one_failure_in_very_many_can_be_seen() -> None:
    many = HealthCounts(candidate={Health.ANSWERED: 1_000_000, Health.TIMEOUT: 1})
    failed = view_of(many).strips[1]
    assert [block.height for block in failed.blocks] == [2.0]
    assert failed.most == "5 %"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(60, "minute"), (1_800, "30 minutes"), (86_400, "day"), (90, "90 seconds")],
)
def test_a_period_is_said_in_one_unit(seconds: int, said: str) -> None:
    assert lasting(seconds) == said
