"""What a verdict keeps to where production showed noise for one exchange in twenty.

Evidence is looked at after every exchange that a signature or a pair changes; in between it can
only sink.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from shadow.verdict.sampled import decide
from shadow.verdict.two_samples import worse_than_sampled_noise
from tests.support.chance import most_by_chance
from tests.support.releases import merged, release

POLICY = Policy()
SHARE = 0.05
EXCHANGES, RUNS = 2_000, 40
MOST = 5_000
"""Exchanges within which a regression has to be found."""

ENDPOINTS = tuple(Endpoint(method="GET", template=f"/{name}") for name in "ab")
KINDS = (DifferenceKind.VALUE, DifferenceKind.MISSING, DifferenceKind.SHAPE)

type Rate = Callable[[int], float]
"""How likely an answer differs, by the exchange's number."""


@dataclass(slots=True)
class Seen:
    """The counts of one signature at one endpoint, exchange by exchange."""

    compared: int = 0
    paired: int = 0
    only_candidate: int = 0
    only_secondary: int = 0
    both: int = 0
    unpaired: int = 0

    def add(self, random: Random, candidate: float, noise: float) -> bool:
        """One more exchange; tells whether the evidence may have grown."""
        self.compared += 1
        differs, paired = random.random() < candidate, random.random() < SHARE
        if not paired:
            self.unpaired += differs
            return differs
        self.paired += 1
        noisy = random.random() < noise
        self.both += differs and noisy
        self.only_candidate += differs and not noisy
        self.only_secondary += noisy and not differs
        return True

    @property
    def counts(self) -> SignatureCounts:
        return SignatureCounts(
            only_candidate=self.only_candidate,
            only_secondary=self.only_secondary,
            both=self.both,
            unpaired=self.unpaired,
        )

    @property
    def endpoint(self) -> EndpointCounts:
        return EndpointCounts(
            compared=self.compared, paired=self.paired, self_sampled=self.compared, statuses={}
        )

    def evidence(self) -> float:
        noisy = self.only_secondary + self.both
        return worse_than_sampled_noise(self.counts, self.endpoint, self.only_secondary, noisy)


def found_after(
    random: Random, candidate: Rate, noise: Rate, signatures: int, most: int
) -> int | None:
    """After how many exchanges it is a finding among so many signatures; None for never."""
    seen = Seen()
    for number in range(most):
        grown = seen.add(random, candidate(number), noise(number))
        if grown and seen.evidence() * POLICY.alpha >= signatures:
            return seen.compared
    return None


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.6, 1.0])
def test_noise_alone_is_found_in_at_most_alpha_of_the_runs(noise: float) -> None:
    random = Random(40)
    alarms = sum(
        found_after(random, lambda _: noise, lambda _: noise, 1, EXCHANGES) is not None
        for _ in range(RUNS)
    )
    assert alarms <= most_by_chance(RUNS, POLICY.alpha)


CHANGING: Sequence[Rate] = (
    lambda number: float(number < 40),
    lambda number: float(number // 500 % 2),
    lambda number: 0.5 if number % 97 < 10 else 0.01,
    lambda number: number / EXCHANGES,
)


@pytest.mark.parametrize("rate", CHANGING, ids=["at first", "in turns", "in bursts", "growing"])
def test_noise_that_changes_with_time_is_found_in_at_most_alpha_of_the_runs(rate: Rate) -> None:
    random = Random(41)
    alarms = sum(found_after(random, rate, rate, 1, EXCHANGES) is not None for _ in range(RUNS))
    assert alarms <= most_by_chance(RUNS, POLICY.alpha)


@pytest.mark.parametrize(
    ("candidate", "noise"), [(1.0, 0.0), (0.1, 0.0), (0.3, 0.05), (1.0, 0.6), (1.0, 0.9)]
)
def test_a_regression_is_found_among_twenty_signatures_within_5000_exchanges(
    candidate: float, noise: float
) -> None:
    random = Random(42)
    for _ in range(10):
        assert found_after(random, lambda _: candidate, lambda _: noise, 20, MOST)


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_an_excess_at_the_limit_passes_in_at_most_alpha_of_the_runs(noise: float) -> None:
    # Looked at after every tenth exchange, from where a PASS is possible at all.
    random = Random(43)
    signature = Signature(endpoint=ENDPOINTS[0], location="$.x", kind=DifferenceKind.MISSING)

    def ever_passes() -> bool:
        seen = Seen()
        for _ in range(1_200):
            seen.add(random, noise + POLICY.max_excess_rate, noise)
            if seen.compared >= 370 and seen.compared % 10 == 0:
                decision, _ = decide(seen.endpoint, [(signature, seen.counts)], POLICY)
                if decision is Decision.PASS:
                    return True
        return False

    wrong = sum(ever_passes() for _ in range(RUNS))
    assert wrong <= most_by_chance(RUNS, POLICY.alpha)


def test_clean_services_with_timestamps_pass_and_none_fails() -> None:
    random = Random(44)
    decisions = []
    for _ in range(20):
        signatures, endpoints = {}, {}
        for number in range(20):
            endpoint = Endpoint(method="GET", template=f"/{number}")
            seen = Seen()
            for _ in range(500):
                seen.add(random, 1.0, 1.0)
            endpoints[endpoint] = seen.endpoint
            stamp = Signature(endpoint=endpoint, location="$.at", kind=DifferenceKind.VALUE)
            signatures[stamp] = seen.counts
        decisions.append(judge(release(endpoints, signatures), POLICY, 0.0).decision)
    assert set(decisions) == {Decision.PASS}


FEW = st.integers(min_value=0, max_value=30)


@st.composite
def sampled_counts(draw: st.DrawFn) -> ReleaseCounts:
    places = st.builds(
        Signature,
        endpoint=st.sampled_from(ENDPOINTS),
        location=st.sampled_from(("$.x", "$.y")),
        kind=st.sampled_from(KINDS),
        excused_by=st.sampled_from(("", "", "rule")),
    )
    counts = st.builds(
        SignatureCounts,
        only_candidate=FEW,
        only_secondary=FEW,
        both=FEW,
        unpaired=st.sampled_from((0, 3, 40, 400)),
    )
    seen = draw(st.dictionaries(places, counts, max_size=5))
    endpoints = {}
    for endpoint in {signature.endpoint for signature in seen} | {ENDPOINTS[0]}:
        own = [counts for signature, counts in seen.items() if signature.endpoint == endpoint]
        pairs = sum(each.only_candidate + each.only_secondary + each.both for each in own)
        paired = pairs + draw(FEW)
        compared = paired + sum(each.unpaired for each in own) + draw(st.sampled_from((0, 5_000)))
        endpoints[endpoint] = EndpointCounts(
            compared=compared, paired=paired, self_sampled=compared, statuses={}
        )
    return release(endpoints, seen)


@given(st.lists(sampled_counts(), min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_counts_give_the_same_verdict_in_whatever_order_they_are_merged(
    parts: list[ReleaseCounts], random: Random
) -> None:
    shuffled = random.sample(parts, len(parts))
    assert judge(merged(parts), POLICY, 0.0) == judge(merged(shuffled), POLICY, 0.0)


@given(sampled_counts())
@settings(deadline=None)
def test_removing_a_rule_never_turns_fail_into_pass(counts: ReleaseCounts) -> None:
    bare: dict[Signature, SignatureCounts] = {}
    for signature, seen in counts.signatures.items():
        place = structs.replace(signature, excused_by="")
        bare[place] = bare.get(place, SignatureCounts()) + seen
    if judge(counts, POLICY, 0.0).decision is Decision.FAIL:
        without = judge(replace(counts, signatures=bare), POLICY, 0.0)
        assert without.decision is not Decision.PASS


@given(
    sampled_counts(),
    st.sampled_from(ENDPOINTS),
    st.sampled_from(KINDS),
    st.integers(min_value=1, max_value=30),
)
@settings(deadline=None)
def test_more_differing_pairs_never_turn_fail_into_pass(
    counts: ReleaseCounts, endpoint: Endpoint, kind: DifferenceKind, many: int
) -> None:
    signature = Signature(endpoint=endpoint, location="$.x", kind=kind)
    own = EndpointCounts(compared=many, paired=many, self_sampled=many, statuses={})
    more = release({endpoint: own}, {signature: SignatureCounts(only_candidate=many)})
    if judge(counts, POLICY, 0.0).decision is Decision.FAIL:
        assert judge(merged((counts, more)), POLICY, 0.0).decision is not Decision.PASS
