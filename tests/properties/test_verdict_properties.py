"""What a verdict keeps to, whatever the counts are."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from shadow.model import (
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Outcome,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import significant, within_tolerance, worse_than_noise
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from shadow.verdict.weigh import weigh
from tests.support.chance import most_by_chance
from tests.support.drawn_releases import ENDPOINTS, KINDS, LOCATIONS, release_counts
from tests.support.releases import merged, release


def decision(counts: ReleaseCounts) -> Decision:
    return judge(counts, Policy(), 0.0).decision


@given(st.lists(release_counts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_counts_give_the_same_verdict_in_whatever_order_they_are_merged(
    parts: list[ReleaseCounts], random: Random
) -> None:
    shuffled = random.sample(parts, len(parts))
    assert judge(merged(parts), Policy(), 0.0) == judge(merged(shuffled), Policy(), 0.0)


@given(release_counts())
@settings(deadline=None)
def test_a_pass_has_comparisons_and_no_findings(counts: ReleaseCounts) -> None:
    verdict = judge(counts, Policy(), 0.0)
    if verdict.decision is Decision.PASS:
        assert verdict.accounting.total(Outcome.COMPARED) >= 364
        assert verdict.findings == ()
    assert verdict.reasons


@given(
    release_counts(),
    st.sampled_from(ENDPOINTS),
    st.sampled_from(LOCATIONS),
    st.sampled_from(KINDS),
    st.integers(min_value=1, max_value=30),
)
@settings(deadline=None)
def test_more_differing_pairs_never_turn_fail_into_pass(
    counts: ReleaseCounts,
    endpoint: Endpoint,
    location: str,
    kind: DifferenceKind,
    many: int,
) -> None:
    with_secondary = any(each.paired for each in counts.endpoints.values())
    signature = Signature(endpoint=endpoint, location=location, kind=kind)
    seen = SignatureCounts(only_candidate=many if with_secondary else 0)
    own = EndpointCounts(compared=many, paired=many if with_secondary else 0, statuses={})
    more = release(
        {endpoint: own},
        {signature: seen if with_secondary else structs.replace(seen, unpaired=many)},
    )
    if decision(counts) is Decision.FAIL:
        assert decision(merged((counts, more))) is not Decision.PASS


@given(release_counts())
@settings(deadline=None)
def test_removing_a_rule_never_turns_fail_into_pass(counts: ReleaseCounts) -> None:
    bare: dict[Signature, SignatureCounts] = {}
    for signature, seen in counts.signatures.items():
        place = structs.replace(signature, excused_by="")
        bare[place] = bare.get(place, SignatureCounts()) + seen
    if decision(counts) is Decision.FAIL:
        assert decision(replace(counts, signatures=bare)) is not Decision.PASS


RUNS, EXCHANGES = 300, 1_000


@cache
def fails(only_candidate: int, only_secondary: int) -> bool:
    # Findings depend on the pairs where one side differs, not on how many agree, and decide.
    signature = Signature(endpoint=ENDPOINTS[0], location="$.x", kind=DifferenceKind.VALUE)
    seen = SignatureCounts(only_candidate=only_candidate, only_secondary=only_secondary)
    own = EndpointCounts(compared=EXCHANGES, paired=EXCHANGES, statuses={})
    counts = release({ENDPOINTS[0]: own}, {signature: seen})
    found = bool(weigh(counts, Policy()).findings)
    assert not found or decision(counts) is Decision.FAIL
    return found


def ever_fails(random: Random, noise: float) -> bool:
    b = c = 0
    for _ in range(EXCHANGES):
        candidate, secondary = random.random() < noise, random.random() < noise
        b, c = b + (candidate and not secondary), c + (secondary and not candidate)
        if candidate != secondary and fails(b, c):
            return True
    return False


def test_polled_after_every_exchange_noise_alone_fails_in_at_most_alpha_of_the_runs() -> None:
    random = Random(20)
    false_alarms = sum(ever_fails(random, 0.6 * run / (RUNS - 1)) for run in range(RUNS))
    assert false_alarms <= most_by_chance(RUNS, Policy().alpha)


def test_polled_over_many_signatures_noise_alone_is_found_in_at_most_alpha_of_the_runs() -> None:
    random = Random(21)
    rates = (0.002, 0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6)
    false_alarms = sum(ever_found(random, rates) for _ in range(100))
    assert false_alarms <= most_by_chance(100, Policy().alpha)


@cache
def evidence(only_candidate: int, only_secondary: int) -> float:
    return worse_than_noise(only_candidate, only_secondary)


def ever_found(random: Random, rates: Sequence[float]) -> bool:
    counts = [[0, 0] for _ in rates]
    for _ in range(EXCHANGES):
        for rate, own in zip(rates, counts, strict=True):
            candidate, secondary = random.random() < rate, random.random() < rate
            if candidate != secondary:
                own[secondary] += 1
        if any(significant([evidence(b, c) for b, c in counts if b + c], Policy().alpha)):
            return True
    return False


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_polled_after_every_exchange_a_true_excess_passes_in_at_most_alpha_of_the_runs(
    noise: float,
) -> None:
    random = Random(22)
    wrong = sum(ever_passes(random, excess=0.03, noise=noise) for _ in range(RUNS))
    assert wrong <= most_by_chance(RUNS, Policy().alpha)


def ever_passes(random: Random, *, excess: float, noise: float) -> bool:
    b = c = 0
    for n in range(1, 501):
        draw = random.random()
        b, c = b + (draw < excess + noise), c + (draw > 1 - noise)
        if within_tolerance(n, b, c, excess) * Policy().alpha >= 1:
            return True
    return False
