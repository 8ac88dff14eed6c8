"""What a sketch keeps to, whatever is put into it and in whatever order."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from shadow.latency.sketch import SECONDS, SLOWDOWNS, count_above, count_below, quantiles

VALUES = st.floats(min_value=1.1e-5, max_value=9e4)
SHARES = st.floats(min_value=0.001, max_value=0.999)


def sketch(values: list[float]) -> Counter[int]:
    return Counter(SECONDS.bucket(value) for value in values)


@given(st.lists(st.lists(VALUES, max_size=20), min_size=1, max_size=5).filter(any), st.data())
def test_parts_add_up_to_the_whole_in_any_order(parts: list[list[float]], data: st.DataObject):
    whole = sketch([value for part in parts for value in part])
    merged: Counter[int] = Counter()
    for part in data.draw(st.permutations(parts)):
        merged += sketch(part)
    assert quantiles(SECONDS, merged, (0.5, 0.99)) == quantiles(SECONDS, whole, (0.5, 0.99))


@given(st.lists(VALUES, min_size=1, max_size=50), SHARES)
def test_a_quantile_is_within_five_percent_and_inside_its_interval(values, share: float):
    true = sorted(values)[max(ceil(len(values) * share - 1e-9), 1) - 1]
    (estimate,) = quantiles(SECONDS, sketch(values), (share,))
    assert abs(estimate.value - true) <= 0.05 * true * (1 + 1e-6)
    assert estimate.low <= estimate.value
    assert estimate.high is None or estimate.value <= estimate.high


@given(st.lists(VALUES, max_size=50), st.floats(min_value=1, max_value=1_000))
def test_never_more_is_counted_beyond_a_limit_than_is_there(values, limit: float):
    seen = Counter(SLOWDOWNS.bucket(value) for value in values)
    # A value that is a bucket's edge may be rounded to either side of it.
    low, high = limit * (1 - 1e-8), limit * (1 + 1e-8)
    assert count_above(SLOWDOWNS, seen, limit) <= sum(value > low for value in values)
    assert count_above(SLOWDOWNS, seen, limit) >= sum(value > limit * 1.06 for value in values)
    assert count_below(SLOWDOWNS, seen, limit) <= sum(value <= high for value in values)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_value_has_one_of_a_bounded_number_of_buckets(value: float):
    for scale in (SECONDS, SLOWDOWNS):
        assert scale.least <= scale.bucket(value) <= scale.most
