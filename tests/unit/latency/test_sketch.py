from collections import Counter
from math import comb, inf, nan
from random import Random

import pytest

from shadow.latency.sketch import (
    SECONDS,
    SLOWDOWNS,
    Scale,
    count_above,
    count_below,
    quantiles,
)


def sketch(values, scale: Scale = SECONDS) -> Counter[int]:
    return Counter(scale.bucket(value) for value in values)


@pytest.mark.parametrize("value", [0.0, -1.0, nan, 1e-300])
def test_what_is_no_time_is_in_the_least_bucket(value: float) -> None:
    assert SECONDS.bucket(value) == SECONDS.least
    assert SECONDS.low(SECONDS.least) == 0


@pytest.mark.parametrize("value", [inf, 1e300])
def test_what_is_beyond_the_scale_is_in_the_greatest_bucket(value: float) -> None:
    assert SECONDS.bucket(value) == SECONDS.most
    assert SECONDS.high(SECONDS.most) is None


def test_one_value_is_a_median_without_bounds() -> None:
    (estimate,) = quantiles(SECONDS, sketch([0.2]), (0.5,))
    assert estimate.value == pytest.approx(0.2, rel=0.05)
    assert (estimate.low, estimate.high) == (0, None)


def test_a_high_quantile_of_few_values_has_no_upper_bound() -> None:
    (unbounded,) = quantiles(SECONDS, sketch([0.2] * 367), (0.99,))
    (bounded,) = quantiles(SECONDS, sketch([0.2] * 368), (0.99,))
    assert unbounded.high is None
    assert bounded.high is not None
    assert comb(368, 0) * 0.99**368 <= 0.025 < 0.99**367


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("values", [30, 400, 3_000])
def test_intervals_hold_the_true_quantile_as_often_as_they_say(share: float, values: int) -> None:
    # Of a uniform variable the quantile is the share itself.
    random, runs = Random(7), 400
    held = 0
    for _ in range(runs):
        (estimate,) = quantiles(SECONDS, sketch(random.random() for _ in range(values)), (share,))
        held += estimate.low <= share and (estimate.high is None or share <= estimate.high)
    assert held >= 0.95 * runs


def test_default_slowdown_is_an_edge_that_is_counted_exactly() -> None:
    seen = sketch([1.2499, 1.25, 1.2501, 1.3, 0.8001, 0.8, 0.79], SLOWDOWNS)
    assert count_above(SLOWDOWNS, seen, 1.25) == 2
    assert count_below(SLOWDOWNS, seen, 0.8) == 2


def test_a_limit_inside_a_bucket_counts_only_what_is_beyond_for_certain() -> None:
    seen = sketch([1.21, 1.24, 1.3], SLOWDOWNS)
    assert count_above(SLOWDOWNS, seen, 1.2) == 1
    assert count_below(SLOWDOWNS, seen, 1.24) == 0


@pytest.mark.parametrize("limit", [1, 1.25, 2, 1_000])
def test_whatever_is_beyond_the_scale_is_above_every_limit(limit: float) -> None:
    assert count_above(SLOWDOWNS, sketch([1e9], SLOWDOWNS), limit) == 1
    assert count_below(SLOWDOWNS, sketch([1e-9], SLOWDOWNS), 1 / limit) == 1
