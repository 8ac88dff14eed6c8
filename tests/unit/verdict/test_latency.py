from collections import Counter
from functools import cache
from math import exp, log
from random import Random

import pytest

from shadow.latency.sketch import SECONDS, SLOWDOWNS, count_above
from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    LatencyCounts,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Signature,
    SignatureCounts,
    Verdict,
)
from shadow.verdict.judge import judge
from shadow.verdict.policy import EndpointPolicy, Policy
from shadow.verdict.weigh import weigh
from tests.support.chance import most_by_chance

ORDERS = Endpoint(method="GET", template="/orders/{id}")
SEARCH = Endpoint(method="GET", template="/search")
COMPARED = OutcomeKey(outcome=Outcome.COMPARED)


def latency(slowdowns: Counter[float] | None = None, seconds: float = 0.02) -> LatencyCounts:
    pairs = slowdowns or Counter()
    times = Counter({SECONDS.bucket(seconds): pairs.total() or 400})
    return LatencyCounts(
        primary=times,
        candidate=times,
        secondary=times if pairs else {},
        slowdown=Counter({SLOWDOWNS.bucket(value): n for value, n in pairs.items()}),
    )


EQUAL = latency(Counter({1.0: 400}))
FIFTY = tuple(Endpoint(method="GET", template=f"/{i}") for i in range(50))


def release(
    timed: dict[Endpoint, LatencyCounts],
    signatures: dict[Signature, SignatureCounts] | None = None,
    compared: int = 400,
    paired: int | None = None,
) -> ReleaseCounts:
    known = compared if paired is None else paired
    counts = EndpointCounts(compared=compared, paired=known, statuses={"2xx": compared})
    total = compared * len(timed)
    return ReleaseCounts(
        release="2.4.0",
        accounting=Accounting(captured=total, outcomes={COMPARED: total}),
        endpoints=dict.fromkeys(timed, counts),
        signatures=signatures or {},
        latency=timed,
    )


def judged(counts: ReleaseCounts, policy: Policy | None = None) -> Verdict:
    return judge(counts, policy or Policy(), 1_800_000_000.0)


def test_an_endpoint_with_demands_of_its_own_is_held_to_them() -> None:
    counts = release({ORDERS: latency(Counter({1.5: 60}))}, compared=60)
    assert judged(counts).findings == ()
    patient = EndpointPolicy(match="GET /orders/*", min_exchanges=50)
    (finding,) = judged(counts, Policy(endpoints=(patient,))).findings
    assert (finding.differing, finding.max_slowdown) == (60, 1.25)
    lenient = EndpointPolicy(match="GET /orders/*", min_exchanges=50, max_slowdown=2)
    verdict = judged(counts, Policy(endpoints=(lenient,)))
    assert verdict.findings == ()
    assert verdict.endpoints[0].latency.slower == 0


def test_a_slow_endpoint_fails_and_says_how_often() -> None:
    counts = release({ORDERS: latency(Counter({1.5: 380, 1.0: 17, 0.5: 3})), SEARCH: EQUAL})
    verdict = judged(counts)
    assert verdict.decision is Decision.FAIL
    assert verdict.reasons[0].startswith(
        "GET /orders/{id}: the candidate took more than 1.25 times as long in 380 of 400 answers, "
        "the secondary in 3 (e-value "
    )
    (finding,) = verdict.findings
    assert finding.signature == Signature(
        endpoint=ORDERS, location="latency", kind=DifferenceKind.SLOW
    )
    assert {s.endpoint: s.decision for s in verdict.endpoints} == {
        ORDERS: Decision.FAIL,
        SEARCH: Decision.PASS,
    }


def test_times_are_shown_with_intervals() -> None:
    verdict = judged(release({ORDERS: latency(Counter({2.0: 300, 1.0: 100}), seconds=0.02)}))
    shown = verdict.endpoints[0].latency
    assert shown is not None
    assert (shown.pairs, shown.slower) == (400, 300)
    assert shown.slowdown is not None
    assert shown.slowdown.low <= 2 <= (shown.slowdown.high or 0)
    assert shown.candidate is not None
    assert shown.candidate.p50.value == pytest.approx(0.02, rel=0.05)


def test_equally_fast_passes_and_is_no_noise_either() -> None:
    verdict = judged(release({ORDERS: latency(Counter({1.6: 190, 1.0: 20, 0.6: 190}))}))
    assert verdict.decision is Decision.PASS
    assert verdict.noise == ()


def test_a_policy_that_tolerates_more_passes_without_comparing_again() -> None:
    counts = release({ORDERS: latency(Counter({1.5: 400}))})
    assert judged(counts, Policy(max_slowdown=1.25)).decision is Decision.FAIL
    assert judged(counts, Policy(max_slowdown=1.6)).decision is Decision.PASS


def test_a_cold_start_is_not_judged() -> None:
    counts = release({ORDERS: latency(Counter({50.0: 99}))})
    assert judged(counts).decision is Decision.PASS
    assert judged(counts, Policy(min_exchanges=99)).decision is Decision.FAIL


def test_an_ignored_endpoint_may_be_slow() -> None:
    counts = release({ORDERS: latency(Counter({1.5: 400})), SEARCH: EQUAL})
    assert judged(counts, Policy(ignore_endpoints=("GET /orders/*",))).decision is Decision.PASS


def test_a_slowness_that_is_not_yet_proven_among_many_keeps_from_pass() -> None:
    suspicious = latency(Counter({1.5: 236, 1.0: 164}))
    verdict = judged(release({**dict.fromkeys(FIFTY, EQUAL), ORDERS: suspicious}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "1.25 times as long in 236 of 400 answers" in verdict.reasons[0]
    assert "more traffic will tell" in verdict.reasons[0]


def test_without_a_secondary_latency_is_shown_and_not_judged() -> None:
    verdict = judged(release({ORDERS: latency()}, paired=0))
    assert verdict.decision is Decision.PASS
    assert "Latency is shown, not judged: no secondary was asked at the same moment." in (
        verdict.reasons
    )
    assert verdict.endpoints[0].latency is not None
    assert verdict.endpoints[0].latency.candidate is not None


def test_where_nothing_was_timed_nothing_is_said() -> None:
    counts = release({ORDERS: LatencyCounts(primary={}, candidate={}, secondary={}, slowdown={})})
    assert not any("Latency" in reason for reason in judged(counts).reasons)


def test_a_candidate_that_was_down_was_not_slow() -> None:
    failed = Signature(endpoint=ORDERS, location="reply", kind=DifferenceKind.FAILURE)
    counts = release(
        {ORDERS: latency(Counter({100.0: 400}))}, {failed: SignatureCounts(only_candidate=400)}
    )
    assert judged(counts).decision is Decision.INCONCLUSIVE


def test_latencies_of_many_endpoints_hide_no_difference() -> None:
    changed = Signature(endpoint=FIFTY[0], location="$.x", kind=DifferenceKind.VALUE)
    counts = release(dict.fromkeys(FIFTY, EQUAL), {changed: SignatureCounts(only_candidate=8)})
    assert judged(counts).decision is Decision.FAIL


# ---------------------------------------------------------------- simulations

RUNS, PAIRS = 2_000, 300


@cache
def fails(slower: int, pairs: int) -> bool:
    counts = release({ORDERS: latency(Counter({9.0: slower, 1.0: pairs - slower}))})
    return bool(weigh(counts, Policy()).findings)


@cache
def is_slower(bucket: int) -> bool:
    return bool(count_above(SLOWDOWNS, {bucket: 1}, Policy().max_slowdown))


def ever_fails(random: Random, times_as_slow: float, spread: float, most: int = PAIRS) -> bool:
    """Whether a gate that is asked after every pair of lognormal times fails the release."""
    slower = 0
    center, deviation = log(times_as_slow), spread * 2**0.5
    for pairs in range(1, most + 1):
        slower += is_slower(SLOWDOWNS.bucket(exp(random.gauss(center, deviation))))
        if pairs >= Policy().min_exchanges and fails(slower, pairs):
            return True
    return False


@pytest.mark.parametrize("times_as_slow", [1.0, 1.25])
def test_polled_after_every_pair_tolerated_times_fail_in_at_most_alpha_of_the_runs(
    times_as_slow: float,
) -> None:
    random = Random(31)
    wrong = sum(ever_fails(random, times_as_slow, spread=0.4) for _ in range(RUNS))
    assert wrong <= most_by_chance(RUNS, Policy().alpha)


def test_ten_percent_slower_is_tolerated_and_fifty_percent_is_found() -> None:
    random = Random(32)
    assert not any(ever_fails(random, 1.1, spread=0.3) for _ in range(200))
    assert all(ever_fails(random, 1.5, spread=0.3, most=1_000) for _ in range(200))


def test_many_slow_endpoints_make_no_finding_of_what_proves_nothing_by_itself() -> None:
    noisy = Signature(endpoint=SEARCH, location="$.score", kind=DifferenceKind.VALUE)
    slow = latency(Counter({2.0: 400}))
    counts = release(
        dict.fromkeys((*FIFTY, SEARCH), slow),
        {noisy: SignatureCounts(only_candidate=3)},
    )
    found = {finding.signature.location for finding in judged(counts).findings}
    assert found == {"latency"}
