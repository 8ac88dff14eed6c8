from itertools import product
from math import comb

import pytest

from shadow.verdict.evidence import MAX_EVIDENCE
from shadow.verdict.two_samples import worse_than_sample


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.5, 0.9])
def test_it_is_one_at_most_on_average_when_candidate_and_noise_have_one_rate(rate: float) -> None:
    compared, sampled = 30, 6

    def chance(k: int, n: int) -> float:
        return comb(n, k) * rate**k * (1 - rate) ** (n - k)

    mean = sum(
        chance(d, compared) * chance(n, sampled) * worse_than_sample(d, compared, n, sampled)
        for d, n in product(range(compared + 1), range(sampled + 1))
    )
    assert 0 < mean <= 1


def test_what_production_never_shows_is_found_from_few_pairs() -> None:
    assert worse_than_sample(500, 500, 0, 25) > 1e30
    assert worse_than_sample(60, 60, 0, 3) > 1e3
    assert worse_than_sample(500, 5_000, 0, 250) > 1e6


def test_without_pairs_nothing_is_worse_than_noise() -> None:
    assert worse_than_sample(10_000, 10_000, 0, 0) < 1


def test_what_always_differs_in_both_is_no_evidence() -> None:
    assert worse_than_sample(500, 500, 25, 25) < 1
    assert worse_than_sample(10**9, 10**9, 5 * 10**7, 5 * 10**7) < 1


def test_no_lead_is_no_evidence() -> None:
    assert worse_than_sample(0, 0, 0, 0) == 0
    assert worse_than_sample(10, 500, 5, 25) == 0


def test_huge_counts_stay_finite_and_extreme_evidence_is_capped() -> None:
    assert worse_than_sample(10**9, 10**9, 0, 10**8) == MAX_EVIDENCE


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="no counts"):
        worse_than_sample(2, 1, 0, 0)
    with pytest.raises(ValueError, match="no counts"):
        worse_than_sample(1, 1, 3, 2)
