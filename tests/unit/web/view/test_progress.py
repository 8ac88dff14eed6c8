from shadow.verdict.policy import Policy
from shadow.web.view.progress import progress_of
from tests.support.releases import HEALTH, ORDERS, judged, pairs, release

HOUR = 3_600.0


def test_it_says_how_much_is_judged_and_what_each_endpoint_needs():
    verdict = judged(release({ORDERS: pairs(900), HEALTH: pairs(100)}))
    progress = progress_of(verdict, Policy(), HOUR)
    assert "90 % of 1,000 comparisons judged (1 of 2 endpoints)" in progress.said
    (need,) = progress.needs
    assert need.endpoint == str(HEALTH)
    assert need.needs.startswith("needs about ")
    assert [bar.name for bar in progress.bars if bar.width] == ["pass", "open"]


def test_the_time_left_is_that_of_the_traffic_it_takes_at_the_pace_so_far():
    few, many = (
        progress_of(judged(release({ORDERS: pairs(compared)})), Policy(), HOUR).time_left
        for compared in (30, 150)
    )
    assert few.endswith(" h")
    assert many.endswith(" min")


def test_all_but_one_comparison_is_not_all():
    verdict = judged(release({ORDERS: pairs(99_999), HEALTH: pairs(1)}))
    assert progress_of(verdict, Policy(), HOUR).said.startswith("99.9 %")


def test_a_release_without_traffic_says_so():
    progress = progress_of(judged(release({})), Policy(), 0.0)
    assert (progress.said, progress.time_left) == ("Nothing was compared yet", "")
