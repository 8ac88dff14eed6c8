"""What each endpoint has to show for itself, and what a verdict says it lacks."""

from shadow.model import Decision, EndpointCounts, ReleaseCounts, SignatureCounts
from shadow.verdict.policy import EndpointPolicy, Policy
from tests.support.releases import (
    HEALTH,
    ORDERS,
    alone,
    judged,
    pairs,
    release,
    said,
    seen,
    signature,
)


def test_clean_endpoint_passes_at_364_comparisons_and_not_before() -> None:
    assert judged(release({ORDERS: pairs(363)})).decision is Decision.INCONCLUSIVE
    verdict = judged(release({ORDERS: pairs(364)}))
    assert verdict.decision is Decision.PASS
    assert said(verdict) == (
        "No more than noise in 364 comparisons of 1 endpoint: "
        "nothing differs in more than 1 % beyond it (95 % sure each)."
    )
    assert "shows no more than noise in 364 comparisons" in verdict.endpoints[0].reason


def test_too_little_traffic_says_about_how_much_more() -> None:
    verdict = judged(release({ORDERS: pairs(40)}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "GET /orders/{id}: needs about 330 more: has 40 comparisons." in verdict.reasons


def test_min_exchanges_holds_back_where_the_bound_would_not() -> None:
    policy = Policy(min_exchanges=500)
    verdict = judged(release({ORDERS: pairs(400)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "needs about 100 more" in said(verdict)


def test_flaky_field_passes_once_there_is_enough_of_it() -> None:
    def flaky(times: int) -> ReleaseCounts:
        found = {signature("$.rank"): seen(only_candidate=5 * times, only_secondary=5 * times)}
        return release({ORDERS: pairs(500 * times)}, found)

    early = judged(flaky(1))
    assert early.decision is Decision.INCONCLUSIVE
    assert "where `$.rank` (value) differs in 5 for the candidate alone and 5" in said(early)
    assert judged(flaky(5)).decision is Decision.PASS


def test_excess_too_rare_to_find_but_too_common_to_pass_is_inconclusive() -> None:
    found = {signature("$.total"): seen(only_candidate=5)}
    verdict = judged(release({ORDERS: pairs(400)}, found))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "and at this rate more traffic will not settle it" in said(verdict)


def test_a_secondary_that_mostly_did_not_answer_holds_back() -> None:
    found = {signature("$.at"): SignatureCounts(both=500, unpaired=500)}
    verdict = judged(release({ORDERS: pairs(1_000, paired=500)}, found))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "the secondary answered only 500 of them" in said(verdict)


def test_some_endpoints_may_be_asked_for_less() -> None:
    own = EndpointPolicy(match="GET /orders/*", min_exchanges=30, max_excess_rate=0.05)
    counts = release({ORDERS: pairs(75)})
    assert judged(counts).decision is Decision.INCONCLUSIVE
    assert judged(counts, Policy(max_excess_rate=0.05)).decision is Decision.INCONCLUSIVE
    verdict = judged(counts, Policy(endpoints=(own,)))
    assert verdict.decision is Decision.PASS
    assert "nothing differs in more than 5 % beyond it" in said(verdict)


def reason_of(counts: ReleaseCounts, policy: Policy | None = None) -> str:
    """What is said of the one endpoint."""
    (summary,) = judged(counts, policy).endpoints
    return summary.reason


def test_an_endpoint_says_how_many_findings_it_has() -> None:
    found = {signature(f"$.f{n}"): seen(only_candidate=50) for n in range(2)}
    assert reason_of(release({ORDERS: pairs(500)}, found)) == "has 2 findings"


def test_an_endpoint_that_production_alone_answered_was_never_compared() -> None:
    unseen = EndpointCounts(uninformative=5, statuses={"3xx": 5})
    verdict = judged(release({ORDERS: pairs(364), HEALTH: unseen}))
    by_endpoint = {each.endpoint: each for each in verdict.endpoints}
    assert by_endpoint[HEALTH].decision is Decision.INCONCLUSIVE
    assert by_endpoint[HEALTH].reason == "was never compared"
    assert by_endpoint[ORDERS].decision is Decision.PASS


def test_an_ignored_endpoint_says_so_whatever_was_found_there() -> None:
    found = {signature(endpoint=HEALTH): seen(only_candidate=500)}
    policy = Policy(ignore_endpoints=("GET /internal/*",))
    assert reason_of(release({HEALTH: pairs(500)}, found), policy) == "is ignored by the policy"


def test_endpoints_are_listed_by_name() -> None:
    verdict = judged(release({ORDERS: pairs(364), HEALTH: pairs(364)}))
    assert [each.endpoint for each in verdict.endpoints] == [HEALTH, ORDERS]


def test_the_signature_that_is_farthest_from_pass_is_named() -> None:
    found = {
        signature("$.often"): seen(only_candidate=6, only_secondary=60),
        signature("$.rarely"): seen(only_candidate=1),
        signature("$.worst"): seen(only_candidate=6, only_secondary=4),
        signature("$.zworst"): seen(only_candidate=6, only_secondary=4),
    }
    assert "where `$.worst` (value) differs in 6 for the candidate alone and 4" in reason_of(
        release({ORDERS: pairs(500)}, found)
    )


def test_what_differs_in_the_candidate_alone_takes_more_comparisons_to_pass() -> None:
    once = {signature(): seen(only_candidate=1)}
    assert judged(release({ORDERS: pairs(803)}, once)).decision is Decision.INCONCLUSIVE
    assert judged(release({ORDERS: pairs(804)}, once)).decision is Decision.PASS


def test_what_a_rule_excuses_does_not_hold_an_endpoint_back() -> None:
    often = {signature(excused_by="rounding"): seen(only_candidate=300)}
    counts = release({ORDERS: pairs(364)}, often)
    assert judged(counts).endpoints[0].decision is Decision.PASS


def test_without_a_secondary_all_answers_are_trials() -> None:
    assert judged(release({ORDERS: pairs(364, paired=0)})).endpoints[0].decision is Decision.PASS
    assert "has 1,000 comparisons, where `$.total` (value) differs in 8" in reason_of(
        alone(1_000, 8)
    )
