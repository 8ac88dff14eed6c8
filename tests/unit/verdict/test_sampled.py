"""Verdicts on a release whose noise production showed for a share of the exchanges."""

from collections.abc import Mapping, Sequence

from shadow.model import (
    Accounting,
    Approval,
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    NoiseSource,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Signature,
    SignatureCounts,
    Verdict,
)
from shadow.verdict.judge import judge
from shadow.verdict.policy import EndpointPolicy, Policy

ORDERS = Endpoint(method="GET", template="/orders/{id}")
ITEMS = Endpoint(method="GET", template="/items/{id}")
SEARCH = Endpoint(method="POST", template="/search")
NOW = 1_800_000_000.0


def sampled(compared: int, paired: int | None = None) -> EndpointCounts:
    asked = compared // 20 if paired is None else paired
    return EndpointCounts(compared=compared, paired=asked, self_sampled=compared, statuses={})


def at(
    location: str = "$.total",
    kind: DifferenceKind = DifferenceKind.VALUE,
    endpoint: Endpoint = ORDERS,
    excused_by: str = "",
) -> Signature:
    return Signature(endpoint=endpoint, location=location, kind=kind, excused_by=excused_by)


def always(counts: EndpointCounts) -> SignatureCounts:
    """What differs in every answer, production's own too."""
    return SignatureCounts(both=counts.paired, unpaired=counts.compared - counts.paired)


def judged(
    endpoints: Mapping[Endpoint, EndpointCounts],
    signatures: Mapping[Signature, SignatureCounts] | None = None,
    policy: Policy | None = None,
    approvals: Sequence[Approval] = (),
) -> Verdict:
    compared = sum(each.compared for each in endpoints.values())
    outcomes = {OutcomeKey(outcome=Outcome.COMPARED): compared}
    counts = ReleaseCounts(
        release="2.4.0",
        accounting=Accounting(captured=compared, outcomes=outcomes),
        endpoints=endpoints,
        signatures=signatures or {},
    )
    return judge(counts, policy or Policy(), NOW, approvals)


def said(verdict: Verdict) -> str:
    return "\n".join(verdict.reasons)


def test_twenty_endpoints_with_timestamps_pass_after_ten_thousand_exchanges() -> None:
    endpoints = {Endpoint(method="GET", template=f"/{n}"): sampled(500) for n in range(20)}
    stamps = {at("$.at", endpoint=each): always(own) for each, own in endpoints.items()}
    verdict = judged(endpoints, stamps)
    assert verdict.decision is Decision.PASS
    assert verdict.noise_from is NoiseSource.SELF
    assert "production itself, which was asked again in 500 of 10,000 comparisons." in said(verdict)
    assert "20 places where production itself changes in most answers" in said(verdict)
    assert "(25 pairs a place, or more) leave up to 15.5 % open" in said(verdict)


def test_a_place_that_is_accepted_is_not_told_as_left_open() -> None:
    stamps = {at(name): always(sampled(500)) for name in ("$.at", "$.id")}
    act = Approval(
        release="2.4.0", signature=at("$.at"), by="Ann", reason="meant", at=NOW, verdict_id="v"
    )
    assert "Not bounded so: 2 places" in said(judged({ORDERS: sampled(500)}, stamps))
    verdict = judged({ORDERS: sampled(500)}, stamps, approvals=(act,))
    assert "Not bounded so: 1 place where" in said(verdict)
    assert "`$.at` (value) differs in 500 of 500 answers, accepted by Ann" in said(verdict)


def test_a_quiet_endpoint_passes_before_500_comparisons() -> None:
    assert judged({ORDERS: sampled(375)}).decision is Decision.PASS
    verdict = judged({ORDERS: sampled(370)})
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "needs about 4 more: has 370 comparisons, production asked again in 18" in said(verdict)


def test_a_change_that_production_never_shows_is_a_finding() -> None:
    found = {at(): SignatureCounts(only_candidate=25, unpaired=475)}
    verdict = judged({ORDERS: sampled(500)}, found)
    assert verdict.decision is Decision.FAIL
    assert "`$.total` changed in 500 of 500 answers, 0 of 25 as noise" in verdict.reasons[0]


def test_a_partial_regression_too_few_pairs_can_tell_does_not_pass() -> None:
    rare = sampled(450)
    found = {at(kind=DifferenceKind.MISSING): SignatureCounts(only_candidate=2, unpaired=43)}
    verdict = judged({ORDERS: rare, ITEMS: sampled(20_000)}, found)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "was missing in 45 of 450 answers, 0 of 22 as noise" in verdict.reasons[0]


def test_the_same_regression_is_found_with_more_pairs() -> None:
    found = {at(kind=DifferenceKind.MISSING): SignatureCounts(only_candidate=25, unpaired=475)}
    assert judged({ORDERS: sampled(5_000)}, found).decision is Decision.FAIL


def test_noise_that_comes_and_goes_neither_fails_nor_passes_from_few_pairs() -> None:
    found = {at(): SignatureCounts(only_candidate=1, only_secondary=1, unpaired=24)}
    verdict = judged({ORDERS: sampled(500)}, found)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "in production's own in 1 of 25" in said(verdict)


def test_a_lost_field_is_not_covered_by_its_value_changing_in_each_answer() -> None:
    own = sampled(500)
    lost = {at("$.at"): always(own), at("$.at", DifferenceKind.MISSING): always(own)}
    assert judged({ORDERS: own}, lost).decision is Decision.INCONCLUSIVE
    gone = {
        at("$.at"): SignatureCounts(only_secondary=25),
        at("$.at", DifferenceKind.MISSING): SignatureCounts(only_candidate=25, unpaired=475),
    }
    assert judged({ORDERS: own}, gone).decision is Decision.FAIL


def test_more_change_than_productions_own_is_found_where_production_changes_too() -> None:
    found = {at(): SignatureCounts(both=15, only_candidate=10, unpaired=475)}
    assert judged({ORDERS: sampled(500)}, found).decision is Decision.FAIL


def test_noise_under_a_rule_is_noise_all_the_same() -> None:
    own = sampled(500)
    found = {
        at(): SignatureCounts(unpaired=475, only_candidate=0, both=0),
        at(excused_by="rule"): always(own),
    }
    assert judged({ORDERS: own}, found).findings == ()


def test_before_the_first_pair_a_timestamp_is_no_finding() -> None:
    verdict = judged({ORDERS: sampled(200, paired=0)}, {at("$.at"): SignatureCounts(unpaired=200)})
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "noise not known" in verdict.reasons[0]


def test_an_endpoint_that_is_unsafe_to_repeat_is_held_against_the_tolerated_rate() -> None:
    posts = EndpointCounts(compared=500, statuses={})
    verdict = judged({ORDERS: sampled(5_000), SEARCH: posts})
    assert verdict.decision is Decision.PASS
    assert "not for 1 endpoint that is unsafe to repeat" in said(verdict)
    found = {at(endpoint=SEARCH): SignatureCounts(unpaired=500)}
    verdict = judged({ORDERS: sampled(5_000), SEARCH: posts}, found)
    assert verdict.decision is Decision.FAIL
    assert "noise not known" in verdict.reasons[0]


def test_a_kind_fails_at_first_sight_unless_production_shows_it_too() -> None:
    policy = Policy(fail_on=(DifferenceKind.TYPE,))
    place = at(kind=DifferenceKind.TYPE)
    once = {place: SignatureCounts(unpaired=1)}
    assert judged({ORDERS: sampled(5_000)}, once, policy).decision is Decision.FAIL
    noisy = {place: SignatureCounts(only_secondary=1, unpaired=1)}
    assert judged({ORDERS: sampled(5_000)}, noisy, policy).decision is Decision.PASS


def test_an_endpoint_may_have_a_limit_of_its_own() -> None:
    policy = Policy(endpoints=(EndpointPolicy(match="GET /orders/*", max_excess_rate=0.001),))
    assert judged({ORDERS: sampled(500)}).decision is Decision.PASS
    assert judged({ORDERS: sampled(500)}, policy=policy).decision is Decision.INCONCLUSIVE
