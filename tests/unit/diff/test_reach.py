"""How far two values are apart, whatever they are written in."""

from decimal import Decimal

import pytest

from shadow.diff.parse import Json
from shadow.diff.reach import Measure, forms, reaches

NOON = "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("primary", "other", "measure", "distance"),
    [
        (0.5, 0.25, Measure.NUMBER, 0.25),
        (10, 12.5, Measure.NUMBER, 2.5),
        ("10.50", "10.25", Measure.NUMBER, 0.25),
        (2**62, 2**62 + 4, Measure.NUMBER, 4.0),
        (Decimal("0.10000000000000000001"), 1, Measure.NUMBER, 0.9),
        (10**400, 1.5, Measure.NUMBER, float("inf")),
        (1_769_860_800, 0, Measure.NUMBER, 1_769_860_800.0),
        (NOON, "2026-01-31T13:00:00Z", Measure.SECONDS, 3_600.0),
        (NOON, "2026-01-31T14:00:00+01:00", Measure.SECONDS, 3_600.0),
        (NOON, "2026-01-31 12:00:00.250 UTC", Measure.SECONDS, 0.25),
        ("2026-01-31", "2026-02-01", Measure.SECONDS, 86_400.0),
        (1_769_860_800, 1_769_860_860, Measure.SECONDS, 60.0),
        (1_769_860_800_000, 1_769_860_801_500, Measure.SECONDS, 1.5),
        (
            "Sat, 31 Jan 2026 12:00:00 GMT",
            "Sat, 31 Jan 2026 12:00:07 GMT",
            Measure.SECONDS,
            7.0,
        ),
    ],
)
def test_numbers_and_moments_have_a_distance(
    primary: Json, other: Json, measure: Measure, distance: float
) -> None:
    (reach,) = reaches([primary], [other])
    assert (reach.measure, reach.at) == (measure, 0)
    assert reach.distance == pytest.approx(distance)


@pytest.mark.parametrize(
    ("primary", "other"),
    [
        ("red", "green"),
        (NOON, "2026-01-31T12:00:00"),
        (NOON, "2026-01-31T13:00:00+01:00"),
        (NOON, "N/A"),
        (True, False),
        (1, "one"),
        (None, 3),
        (Decimal("NaN"), 3),
        ([1], [2]),
        ("2026-99-99", "2026-01-31"),
    ],
)
def test_everything_else_has_none(primary: Json, other: Json) -> None:
    assert reaches([primary], [other]) == ()
    assert reaches([primary, primary], [other, other]) == ()


def test_a_number_of_a_million_digits_costs_no_more_than_reading_it() -> None:
    endless = Decimal("1700000000." + "7" * 1_000_000)
    (reach,) = reaches([endless], [1_700_000_060])
    assert (reach.measure, round(reach.distance)) == (Measure.SECONDS, 59)


def test_of_several_pairs_the_farthest_counts() -> None:
    (reach,) = reaches([1.0, 2.0, 3.0], [1.5, 9.0, 3.0])
    assert (reach.distance, reach.at) == (7.0, 1)
    (reach,) = reaches([NOON] * 3, [NOON, "2026-01-31T12:00:01Z", "2026-01-31T12:01:00Z"])
    assert (reach.distance, reach.at) == (60.0, 2)


def test_each_measure_has_its_own_farthest() -> None:
    found = reaches([1, NOON, 2], [3, "2026-01-31T12:00:05Z", 9])
    assert {(reach.measure, reach.distance, reach.at) for reach in found} == {
        (Measure.NUMBER, 7.0, 2),
        (Measure.SECONDS, 5.0, 1),
    }


def test_equal_values_are_not_apart() -> None:
    assert reaches([1, 2], [1, 2.0]) == ()
    assert reaches([NOON, NOON], [NOON, NOON]) == ()
    assert reaches([], []) == ()


def test_forms_tell_a_placeholder_from_a_word_but_no_word_from_a_sentence() -> None:
    found = forms(["blue", "blue", "blue"], ["undefined", "a blue one", "blue"])
    assert [*found] == [(0, "text", "placeholder"), (1, "text", "text")]
