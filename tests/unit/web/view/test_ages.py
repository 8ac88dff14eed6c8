import pytest

from shadow.web.view.ages import age, lasting


@pytest.mark.parametrize(
    ("ago", "said"),
    [(0, "just now"), (59, "just now"), (-30, "just now"), (600, "10 min ago"), (9e4, "25 h ago")],
)
def test_how_long_ago_is_said_in_one_unit(ago, said):
    assert age(1_800_000_000 - ago, 1_800_000_000).said == said


def test_a_long_time_is_in_days():
    assert lasting(10 * 86_400) == "10 days"


def test_machines_get_the_moment_itself():
    assert age(1_800_000_000, 1_800_000_000).iso == "2027-01-15T08:00:00Z"
