from fractions import Fraction
from math import comb, isfinite
from random import Random

import pytest

from shadow.verdict.evidence import (
    MAX_EVIDENCE,
    above_tolerance,
    comparisons_needed,
    excess_upper_bound,
    least_within_tolerance,
    significant,
    within_tolerance,
    worse_than_noise,
)


def exact_mixture(k: int, n: int, rate: Fraction) -> Fraction:
    """The same integral by repeated partial integration, in whole numbers."""
    below = sum(comb(n + 1, j) * rate**j * (1 - rate) ** (n + 1 - j) for j in range(k + 1))
    whole = (1 - rate) * (n + 1) * comb(n, k) * rate**k * (1 - rate) ** (n - k)
    return Fraction(below) / whole


@pytest.mark.parametrize("rate", [Fraction(1, 100), Fraction(1, 2), Fraction(9, 10)])
@pytest.mark.parametrize("trials", [0, 1, 2, 7, 60])
def test_mixture_is_the_exact_integral(rate: Fraction, trials: int) -> None:
    for k in range(trials + 1):
        exact = float(exact_mixture(k, trials, rate))
        assert above_tolerance(k, trials, float(rate)) == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize(("b", "c"), [(3, 0), (0, 3), (40, 60), (60, 40), (200, 200)])
def test_worse_than_noise_is_the_exact_integral(b: int, c: int) -> None:
    exact = float(exact_mixture(b, b + c, Fraction(1, 2)))
    assert worse_than_noise(b, c) == pytest.approx(exact, rel=1e-11)


def test_known_values() -> None:
    assert worse_than_noise(0, 0) == 1
    assert worse_than_noise(8, 0) == pytest.approx(511 / 9)
    assert worse_than_noise(0, 5) == pytest.approx(1 / 6)
    assert above_tolerance(0, 0, 0.01) == 1


def test_eight_differences_are_enough_alone_and_thirteen_among_twenty() -> None:
    assert significant([worse_than_noise(8, 0)], 0.05) == (True,)
    among = [worse_than_noise(13, 0)] + [1.0] * 19
    assert significant(among, 0.05) == (True,) + (False,) * 19


@pytest.mark.parametrize("rate", [0.01, 0.5])
@pytest.mark.parametrize("trials", [1, 5, 40])
def test_e_values_are_one_on_average_when_nothing_is_wrong(rate: float, trials: int) -> None:
    chances = [comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]
    above = sum(p * above_tolerance(k, trials, rate) for k, p in enumerate(chances))
    within = sum(p * within_tolerance(trials, k, 0, rate) for k, p in enumerate(chances))
    assert above == pytest.approx(1)
    assert within <= 1


def test_huge_counts_stay_finite_and_extreme_evidence_is_capped() -> None:
    assert worse_than_noise(10**9, 0) == MAX_EVIDENCE
    assert above_tolerance(10**9, 10**9, 0.01) == MAX_EVIDENCE
    assert isfinite(worse_than_noise(10**9, 10**9))
    assert worse_than_noise(10**9, 10**9) < 1
    assert worse_than_noise(0, 10**9) < 1e-8
    assert excess_upper_bound(10**9, 10**8, 10**8, 0.05) < 0.01


@pytest.mark.parametrize("lead", [-4_000, 2_000, 8_000, 12_000])
def test_a_sum_that_is_cut_only_weakens_the_evidence(lead: int) -> None:
    trials = 4_000_000
    b = (trials + lead) // 2
    term = total = 1 / (trials + 1 - b)
    for j in range(b, b - 100_000, -1):
        term *= j / (trials + 2 - j)
        total += term
    told = worse_than_noise(b, trials - b)
    assert told <= total * (1 + 1e-6)
    assert told >= total * (1 - 1e-3) or total < 1


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="5 cannot be successes"):
        above_tolerance(5, 4, 0.01)


def test_clean_comparisons_bring_the_bound_under_one_percent_at_364() -> None:
    assert excess_upper_bound(363, 0, 0, 0.05) > 0.01 > excess_upper_bound(364, 0, 0, 0.05)
    assert comparisons_needed(0, 0, 0, 0.01, 0.05) == 364
    assert comparisons_needed(300, 0, 0, 0.01, 0.05) == 64
    assert comparisons_needed(400, 0, 0, 0.01, 0.05) == 0


def test_bound_covers_what_was_seen_and_knows_nothing_without_counts() -> None:
    assert excess_upper_bound(0, 0, 0, 0.05) == 1
    assert excess_upper_bound(1_000, 20, 0, 0.05) > 0.02
    assert excess_upper_bound(100, 100, 0, 0.05) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("compared", "b", "c", "alpha"),
    [(400, 0, 0, 0.05), (1_000, 20, 0, 0.05), (5_000, 900, 850, 0.01), (10**7, 5, 10**6, 0.2)],
)
def test_bound_is_where_the_evidence_begins_to_be_enough(
    compared: int, b: int, c: int, alpha: float
) -> None:
    bound = excess_upper_bound(compared, b, c, alpha)
    assert within_tolerance(compared, b, c, bound) * alpha >= 1
    below = bound - max(bound * 1e-5, 2e-9)
    assert below <= 0 or within_tolerance(compared, b, c, below) * alpha < 1


@pytest.mark.parametrize("seed", range(20))
def test_the_least_of_many_pairs_is_found_without_weighing_each(seed: int) -> None:
    draw = Random(seed)
    compared = draw.choice((50, 364, 5_000, 5_000_000))
    share = draw.choice((0.0, 0.01, 0.5))
    pairs = {
        (round(compared * share * draw.random()), round(compared * share * draw.random()))
        for _ in range(draw.choice((1, 2, 200)))
    }
    b, c = least_within_tolerance(compared, pairs, 0.01)
    assert within_tolerance(compared, b, c, 0.01) == min(
        within_tolerance(compared, *pair, 0.01) for pair in pairs
    )


def test_the_least_of_pairs_that_are_more_than_was_compared_is_found() -> None:
    assert least_within_tolerance(10, [(0, 0), (9, 9), (1, 0)], 0.01) == (9, 9)
    assert least_within_tolerance(10, [(20, 0), (0, 0), (10, 0)], 0.01) == (20, 0)
    with pytest.raises(ValueError, match="no pairs"):
        least_within_tolerance(10, [], 0.01)


def test_bound_is_next_to_nothing_where_the_secondary_differs_more_often() -> None:
    assert 0 < excess_upper_bound(921, 4, 170, 0.05) < 1e-6
    assert 0 < excess_upper_bound(10**6, 0, 10**5, 0.05) < 1e-6


def test_equal_noise_on_both_sides_cancels_but_costs_comparisons() -> None:
    assert excess_upper_bound(20_000, 1_000, 1_000, 0.05) < 0.01
    assert excess_upper_bound(364, 18, 18, 0.05) > 0.01
    assert (comparisons_needed(364, 18, 18, 0.01, 0.05) or 0) > 5_000


def test_an_excess_above_the_limit_is_never_promised_to_settle() -> None:
    assert comparisons_needed(1_000, 20, 0, 0.01, 0.05) is None


def test_discoveries_are_told_in_the_order_given() -> None:
    assert significant([], 0.05) == ()
    assert significant([1.0, 50.0, 45.0], 0.05) == (False, True, True)
    assert significant([1.0, 50.0, 1.0], 0.05) == (False, False, False)


def test_a_hypothesis_of_little_weight_hides_no_other_and_needs_more_itself() -> None:
    light = [0.02] * 50
    assert significant([41.0, *[1.0] * 50], 0.05, [1.0, *light])[0]
    assert not significant([41.0, *[1.0] * 50], 0.05)[0]
    assert significant([1.0, 2_001.0, *[1.0] * 49], 0.05, [1.0, *light])[1]
    assert not any(significant([1.0, 1_999.0, *[1.0] * 49], 0.05, [1.0, *light]))


def test_weights_of_one_are_no_weights() -> None:
    values = [30.0, 90.0, 1.0, 45.0]
    assert significant(values, 0.05, [1.0] * 4) == significant(values, 0.05)
