from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shadow.health.periods import LENGTHS, PERIODS, in_at_most, length_at, period_of
from shadow.model import Health, HealthCounts, HealthSeries

SINCE = 1_700_000_123.4
HOUR, DAY = 3_600, 86_400


def counts(n: int) -> HealthCounts:
    return HealthCounts(
        compared=n,
        differing=1,
        candidate={Health.ANSWERED: n, Health.TIMEOUT: 1},
        secondary={Health.ANSWERED: n},
        candidate_seconds={3: n},
    )


def test_a_young_release_is_counted_by_the_minute() -> None:
    assert length_at(0) == length_at(4 * HOUR - 1) == 60
    start = period_of(SINCE + 90, SINCE)
    assert (start % 60, start <= SINCE + 90 < start + 60) == (0, True)


def test_each_length_fits_into_all_that_are_longer() -> None:
    assert all(longer % shorter == 0 for shorter, longer in pairwise(LENGTHS))


def test_a_year_has_few_periods() -> None:
    starts = {period_of(SINCE + at, SINCE) for at in range(0, 365 * DAY, 60)}
    assert len(starts) < 1_400
    late = [start for start in starts if start > SINCE + 364 * DAY]
    assert len(late) <= 1


def test_a_clock_that_is_behind_makes_no_period_of_its_own() -> None:
    assert period_of(SINCE - 10 * DAY, SINCE) == period_of(SINCE, SINCE)


@given(st.floats(0, 2e9), st.floats(0, 2e9))
def test_a_period_lies_inside_the_longer_one_that_its_moment_is_in(age: float, more: float) -> None:
    length = length_at(age + more)
    start = period_of(SINCE + age, SINCE)
    assert start // length * length <= SINCE + age < start // length * length + length


def test_longer_periods_add_up_what_is_in_them() -> None:
    start = 1_700_000_040 // 600 * 600
    series = HealthSeries(
        seconds=60, periods={start + 60 * n: counts(n) for n in range(10) if n != 4}
    )
    merged = in_at_most(series, 2)
    assert merged.seconds == 300
    assert merged.periods == {
        start: HealthCounts.sum(map(counts, (0, 1, 2, 3))),
        start + 300: HealthCounts.sum(map(counts, (5, 6, 7, 8, 9))),
    }
    assert merged.periods[start].candidate == {Health.ANSWERED: 6, Health.TIMEOUT: 4}


@given(
    st.sets(st.integers(0, 3_000), min_size=1),
    st.integers(0, 10_000_000),
    st.sampled_from(LENGTHS),
    st.integers(10, PERIODS),
)
def test_there_are_never_more_than_asked_for_and_none_is_lost(
    places: set[int], begin: int, length: int, most: int
) -> None:
    series = HealthSeries(
        seconds=length, periods={(begin + place) * length: counts(1) for place in places}
    )
    merged = in_at_most(series, most)
    first, last = min(merged.periods), max(merged.periods)
    assert (last - first) // merged.seconds < most
    assert sum(each.compared for each in merged.periods.values()) == len(places)


def test_nothing_stays_nothing() -> None:
    assert in_at_most(HealthSeries(seconds=60), 10) == HealthSeries(seconds=60)
