from dataclasses import replace

import pytest

from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Drop,
    Endpoint,
    EndpointCounts,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    SignatureCounts,
    Skip,
    Uninformative,
)
from shadow.verdict.policy import EndpointPolicy, Policy
from tests.support.releases import (
    HEALTH,
    HELD_BACK,
    ORDERS,
    alone,
    judged,
    pairs,
    release,
    said,
    seen,
    signature,
)

QUEUE_FULL = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.QUEUE_FULL)
UNREACHABLE = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_UNREACHABLE)
SAMPLED_OUT = OutcomeKey(outcome=Outcome.SKIPPED, reason=Skip.SAMPLING)
BOTH_FAILED = OutcomeKey(outcome=Outcome.UNINFORMATIVE, reason=Uninformative.BOTH_SERVER_ERRORS)


# ---------------------------------------------------------------- PASS needs evidence (law 4)


def test_nothing_captured_is_inconclusive() -> None:
    verdict = judged(
        ReleaseCounts(
            release="2.4.0",
            accounting=Accounting(captured=0, outcomes={}),
            endpoints={},
            signatures={},
        )
    )
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons == ("Nothing was captured: send live traffic through Shadow.",)


def test_nothing_compared_is_inconclusive_and_says_where_it_went() -> None:
    verdict = judged(release({}, others={SAMPLED_OUT: 90, BOTH_FAILED: 10}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons == (
        "None of the 100 captured exchanges was compared "
        "(skipped sampling 90, uninformative both_server_errors 10).",
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


def test_too_much_lost_is_inconclusive_and_says_why_it_was_lost() -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, others={QUEUE_FULL: 200}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert said(verdict) == (
        "Too much was lost: 1,000 of 1,200 exchanges to be compared were (83.3 %), "
        "and 90 % must be (dropped queue_full 200)."
    )


def test_skipped_and_uninformative_exchanges_are_not_lost() -> None:
    others = {SAMPLED_OUT: 9_000, BOTH_FAILED: 50}
    assert judged(release({ORDERS: pairs(1_000)}, others=others)).decision is Decision.PASS


def test_candidate_that_was_never_reached_is_inconclusive() -> None:
    verdict = judged(release({}, others={UNREACHABLE: 20, HELD_BACK: 480}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "The candidate was down: it answered 0 of 500 requests, and 50 % must be." in said(
        verdict
    )


def test_a_candidate_that_failed_with_the_secondary_has_not_answered_either() -> None:
    others = {OutcomeKey(outcome=Outcome.UNINFORMATIVE, reason=Uninformative.BOTH_FAILED): 1_500}
    verdict = judged(release({ORDERS: pairs(1_000)}, others=others))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "The candidate was down: it answered 1,000 of 2,500 requests" in said(verdict)


def test_candidate_that_was_down_is_inconclusive_not_fail() -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=800)}
    verdict = judged(release({ORDERS: pairs(1_000)}, failures))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "The candidate was down: it answered 200 of 1,000 requests" in said(verdict)


def test_candidate_that_was_down_still_fails_for_what_it_answered_wrongly() -> None:
    found = {
        signature("reply", DifferenceKind.FAILURE): seen(only_candidate=800),
        signature("$.total"): seen(only_candidate=30),
    }
    verdict = judged(release({ORDERS: pairs(1_000)}, found))
    assert verdict.decision is Decision.FAIL
    assert verdict.reasons[0].startswith("GET /orders/{id}: `$.total` changed in 30")


def test_candidate_that_fails_sometimes_fails_the_release() -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=300)}
    assert judged(release({ORDERS: pairs(1_000)}, failures)).decision is Decision.FAIL


# ---------------------------------------------------------------- the accounting shows (law 3)


def test_exchanges_without_an_outcome_hold_back_and_are_counted() -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, captured=1_020))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "The accounting does not add up: 20 captured exchanges of 1,020 (1.96 %)" in said(
        verdict
    )


def test_a_small_gap_does_not_hold_back_but_is_said() -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, captured=1_005))
    assert verdict.decision is Decision.PASS
    assert "5 captured exchanges of 1,005 (0.498 %) have no outcome" in said(verdict)


def test_more_outcomes_than_captured_hold_back() -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, captured=900))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "100 outcomes more than the 900 captured exchanges" in said(verdict)


# ---------------------------------------------------------------- findings and noise (law 8)


def test_regression_beyond_noise_fails_with_a_readable_reason() -> None:
    found = {signature("$.total"): seen(only_candidate=14)}
    verdict = judged(release({ORDERS: pairs(2_113)}, found))
    assert verdict.decision is Decision.FAIL
    assert verdict.reasons == (
        "GET /orders/{id}: `$.total` changed in 14 of 2,113 answers, 0 as noise (e-value 2.2e3)",
    )
    assert verdict.endpoints[0].decision is Decision.FAIL
    assert verdict.endpoints[0].reason == "has 1 finding"


def test_a_rare_excess_is_a_finding_however_small_its_rate() -> None:
    found = {signature(): seen(only_candidate=15)}
    assert judged(release({ORDERS: pairs(100_000)}, found)).decision is Decision.FAIL


def test_few_comparisons_are_enough_for_fail_if_the_evidence_is() -> None:
    found = {signature(): seen(only_candidate=8)}
    assert judged(release({ORDERS: pairs(8)}, found)).decision is Decision.FAIL


def test_field_that_always_differs_is_noise_and_passes() -> None:
    found = {signature("$.at"): seen(both=400)}
    verdict = judged(release({ORDERS: pairs(400)}, found))
    assert verdict.decision is Decision.PASS
    assert [each.signature.location for each in verdict.noise] == ["$.at"]
    assert (verdict.noise[0].differing, verdict.noise[0].noise) == (400, 400)


def test_regression_inside_a_noisy_field_is_found() -> None:
    found = {signature("$.score"): seen(only_candidate=120, only_secondary=40, both=60)}
    verdict = judged(release({ORDERS: pairs(1_000)}, found))
    assert verdict.decision is Decision.FAIL
    assert verdict.findings[0].noise == 100


def test_flaky_field_passes_once_there_is_enough_of_it() -> None:
    def flaky(times: int) -> ReleaseCounts:
        found = {signature("$.rank"): seen(only_candidate=5 * times, only_secondary=5 * times)}
        return release({ORDERS: pairs(500 * times)}, found)

    early = judged(flaky(1))
    assert early.decision is Decision.INCONCLUSIVE
    assert "where `$.rank` (value) differs in 5 for the candidate alone and 5" in said(early)
    assert judged(flaky(5)).decision is Decision.PASS


def test_excused_difference_is_listed_and_never_a_finding() -> None:
    found = {signature("$.total", excused_by="rounding"): seen(only_candidate=400)}
    verdict = judged(release({ORDERS: pairs(400)}, found))
    assert verdict.decision is Decision.PASS
    assert verdict.findings == ()
    assert verdict.excused[0].signature.excused_by == "rounding"


def test_noise_that_a_rule_covers_is_noise_all_the_same() -> None:
    with_rule = {
        signature("$.at"): seen(only_candidate=8),
        signature("$.at", excused_by="clock"): seen(only_secondary=50),
    }
    without_rule = {signature("$.at"): seen(only_candidate=8, only_secondary=50)}
    for found in (with_rule, without_rule):
        assert judged(release({ORDERS: pairs(100_000)}, found)).decision is Decision.PASS


def test_suspicion_that_is_no_finding_among_many_holds_back() -> None:
    found = {signature(f"$.f{i:02}"): seen(only_candidate=1, only_secondary=1) for i in range(19)}
    found[signature("$.total")] = seen(only_candidate=9)
    verdict = judged(release({ORDERS: pairs(100_000)}, found))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.findings == ()
    assert said(verdict).startswith(
        "GET /orders/{id}: `$.total` changed in 9 of 100,000 answers, 0 as noise (e-value 102)"
    )


def test_excess_too_rare_to_find_but_too_common_to_pass_is_inconclusive() -> None:
    found = {signature("$.total"): seen(only_candidate=5)}
    verdict = judged(release({ORDERS: pairs(400)}, found))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "and at this rate more traffic will not settle it" in said(verdict)


def test_reasons_are_bounded_however_much_is_wrong() -> None:
    found = {signature(f"$.f{i}" + "x" * 5_000): seen(only_candidate=50) for i in range(200)}
    verdict = judged(release({ORDERS: pairs(100)}, found))
    assert len(verdict.findings) == 200
    assert "And 190 more such differences." in verdict.reasons
    assert sum(map(len, verdict.reasons)) < 5_000


# ---------------------------------------------------------------- without a secondary


def test_without_a_secondary_the_tolerated_rate_stands_in_and_is_named() -> None:
    verdict = judged(alone(1_000, 60))
    assert verdict.decision is Decision.FAIL
    assert not verdict.noise_known
    assert "changed in 60 of 1,000 answers, noise not known" in verdict.reasons[0]
    assert "No secondary answered, so noise is not known" in said(verdict)


def test_without_a_secondary_what_may_be_too_much_holds_back_however_rare_its_endpoint_is() -> None:
    rare = Endpoint(method="GET", template="/rare")

    def counts(of_one: int, of_another: int, compared: int) -> ReleaseCounts:
        found = {
            signature(location, endpoint=rare): SignatureCounts(unpaired=times)
            for location, times in (("$.x", of_one), ("$.y", of_another))
            if times
        }
        endpoints = {ORDERS: pairs(200_000, paired=0), rare: pairs(compared, paired=0)}
        return release(endpoints, found)

    assert judged(counts(12, 0, 339)).decision is Decision.FAIL
    diluted = judged(counts(12, 3, 342))
    assert diluted.decision is Decision.INCONCLUSIVE
    assert "`$.x` changed in 12 of 342 answers" in said(diluted)


def test_without_a_secondary_clean_answers_pass() -> None:
    assert judged(alone(364, 0)).decision is Decision.PASS


def test_without_a_secondary_differences_below_the_tolerated_rate_are_no_finding() -> None:
    assert judged(alone(100_000, 500)).decision is Decision.PASS


def test_a_secondary_that_is_late_does_not_make_noise_a_finding() -> None:
    assert judged(alone(99, 99)).decision is Decision.INCONCLUSIVE
    assert judged(alone(100, 100)).decision is Decision.FAIL


def test_a_secondary_that_mostly_did_not_answer_holds_back() -> None:
    found = {signature("$.at"): SignatureCounts(both=500, unpaired=500)}
    verdict = judged(release({ORDERS: pairs(1_000, paired=500)}, found))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "the secondary answered only 500 of them" in said(verdict)


# ---------------------------------------------------------------- endpoints


def test_rare_endpoints_do_not_hold_back_a_release_but_are_said() -> None:
    rare = Endpoint(method="GET", template="/rare")
    verdict = judged(release({ORDERS: pairs(10_000), rare: pairs(20)}))
    assert verdict.decision is Decision.PASS
    assert "Not judged: 20 comparisons of 1 endpoint got too little to be judged." in said(verdict)
    by_name = {str(each.endpoint): each.decision for each in verdict.endpoints}
    assert by_name["GET /rare"] is Decision.INCONCLUSIVE


def test_ignored_endpoint_neither_fails_nor_holds_back() -> None:
    policy = Policy(ignore_endpoints=("GET /internal/*",))
    found = {signature("$.n", endpoint=HEALTH): seen(only_candidate=900)}
    counts = release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)}, found)
    assert judged(counts).decision is Decision.FAIL
    verdict = judged(counts, policy)
    assert verdict.decision is Decision.PASS
    assert "Not judged: 1,000 comparisons of 1 endpoint ignored by the policy." in said(verdict)
    assert judged(release({HEALTH: pairs(1_000)}), policy).decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_policy_passes_on_endpoints_that_all_got_too_little(share: float) -> None:
    policy = Policy(min_judged_share=share)
    assert judged(release({ORDERS: pairs(10)}), policy).decision is Decision.INCONCLUSIVE


# ---------------------------------------------------------------- required, overridden


def test_a_required_endpoint_that_was_never_seen_holds_back() -> None:
    policy = Policy(required_endpoints=("POST /orders", "GET /orders/*"))
    verdict = judged(release({ORDERS: pairs(1_000)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons == ("POST /orders is required and was never compared.",)


def test_a_required_endpoint_with_too_little_holds_back_however_rare_it_is() -> None:
    rare = Endpoint(method="GET", template="/rare")
    counts = release({ORDERS: pairs(10_000), rare: pairs(12)})
    assert judged(counts).decision is Decision.PASS
    verdict = judged(counts, Policy(required_endpoints=("GET /rare",)))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0] == (
        "GET /rare is required and needs about 360 more: has 12 comparisons."
    )


def test_each_endpoint_that_a_required_glob_covers_must_pass() -> None:
    ten = {Endpoint(method="GET", template=f"/items/{n:02}"): pairs(n) for n in range(1, 13)}
    policy = Policy(required_endpoints=("GET /items/*",))
    verdict = judged(release({ORDERS: pairs(10_000), **ten}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0].startswith("GET /items/01 is required and needs")
    assert "And 2 more required endpoints." in verdict.reasons


def test_a_required_endpoint_that_is_ignored_holds_back_and_says_so() -> None:
    policy = Policy(required_endpoints=("GET /internal/*",), ignore_endpoints=("GET /internal/*",))
    verdict = judged(release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0] == "GET /internal/stats is required and is ignored by the policy."


def test_required_endpoints_that_pass_are_no_matter() -> None:
    policy = Policy(required_endpoints=("GET /orders/*",))
    assert judged(release({ORDERS: pairs(364)}), policy).decision is Decision.PASS


def test_some_endpoints_may_be_asked_for_less() -> None:
    own = EndpointPolicy(match="GET /orders/*", min_exchanges=30, max_excess_rate=0.05)
    counts = release({ORDERS: pairs(75)})
    assert judged(counts).decision is Decision.INCONCLUSIVE
    assert judged(counts, Policy(max_excess_rate=0.05)).decision is Decision.INCONCLUSIVE
    verdict = judged(counts, Policy(endpoints=(own,)))
    assert verdict.decision is Decision.PASS
    assert "nothing differs in more than 5 % beyond it" in said(verdict)


def test_different_limits_are_both_said() -> None:
    own = EndpointPolicy(match="GET /internal/*", max_excess_rate=0.05)
    counts = release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)})
    verdict = judged(counts, Policy(endpoints=(own,)))
    assert "nothing differs in more than 1 % to 5 %, as the policy asks of each" in said(verdict)


def test_without_a_secondary_each_endpoint_is_held_against_its_own_limit() -> None:
    own = EndpointPolicy(match="GET /orders/*", max_excess_rate=0.2)
    assert judged(alone(1_000, 60)).decision is Decision.FAIL
    assert judged(alone(1_000, 60), Policy(endpoints=(own,))).decision is Decision.PASS


# ---------------------------------------------------------------- at first sight

BREAKS = signature("status", DifferenceKind.STATUS_5XX)
AT_ONCE = Policy(fail_on=(DifferenceKind.STATUS_5XX,))


def test_one_server_error_fails_where_the_policy_says_so() -> None:
    counts = release({ORDERS: pairs(300)}, {BREAKS: seen(only_candidate=1)})
    assert judged(counts).decision is Decision.INCONCLUSIVE
    verdict = judged(counts, AT_ONCE)
    assert verdict.decision is Decision.FAIL
    assert verdict.reasons == (
        "GET /orders/{id}: `status` became 5xx in 1 of 300 answers, 0 as noise "
        "(e-value 1.5, fails at first sight)",
    )
    assert verdict.endpoints[0].decision is Decision.FAIL


def test_first_sight_is_of_the_kinds_that_are_named() -> None:
    counts = release({ORDERS: pairs(1_000)}, {signature(): seen(only_candidate=1)})
    assert judged(counts, AT_ONCE).decision is Decision.PASS


@pytest.mark.parametrize("counts", [seen(both=5), seen(only_secondary=5)])
def test_what_the_secondary_shows_as_well_is_no_first_sight(counts: SignatureCounts) -> None:
    verdict = judged(release({ORDERS: pairs(5_000)}, {BREAKS: counts}), AT_ONCE)
    assert verdict.decision is Decision.PASS


def test_what_a_rule_excuses_is_no_first_sight() -> None:
    excused = signature("status", DifferenceKind.STATUS_5XX, excused_by="maintenance")
    counts = release({ORDERS: pairs(1_000)}, {excused: seen(only_candidate=5)})
    assert judged(counts, AT_ONCE).decision is Decision.PASS


def test_where_the_secondary_gave_no_reply_nothing_is_seen_for_the_first_time() -> None:
    counts = release({ORDERS: pairs(1_000, paired=990)}, {BREAKS: SignatureCounts(unpaired=1)})
    assert judged(counts, AT_ONCE).decision is Decision.PASS


def test_without_a_secondary_first_sight_waits_for_as_much_as_other_findings() -> None:
    def counts(compared: int) -> ReleaseCounts:
        found = {BREAKS: SignatureCounts(unpaired=1)}
        return release({ORDERS: pairs(compared, paired=0)}, found)

    lenient = EndpointPolicy(match="*", min_exchanges=1, max_excess_rate=0.2)
    assert judged(counts(99), replace(AT_ONCE, endpoints=(lenient,))).decision is (
        Decision.INCONCLUSIVE
    )
    assert judged(counts(100), AT_ONCE).decision is Decision.FAIL


def test_a_candidate_that_was_down_does_not_fail_for_it_at_first_sight() -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=800)}
    policy = Policy(fail_on=(DifferenceKind.FAILURE,))
    assert judged(release({ORDERS: pairs(1_000)}, failures), policy).decision is (
        Decision.INCONCLUSIVE
    )


# ---------------------------------------------------------------- coverage


def test_a_pass_says_of_which_answers_it_knows_too_little() -> None:
    orders = EndpointCounts(
        compared=1_003,
        paired=1_003,
        uninformative=40,
        statuses={"2xx": 1_000, "3xx": 40, "4xx": 3},
        compared_statuses={"2xx": 1_000, "4xx": 3},
    )
    verdict = judged(release({ORDERS: orders}))
    assert verdict.decision is Decision.PASS
    assert verdict.reasons[-1] == (
        "Too little was compared of 2 of 3 kinds of answer that production gave: "
        "GET /orders/{id} 3xx (0 of 40 seen), GET /orders/{id} 4xx (3 of 3 seen)."
    )
    assert [(each.status_class, each.seen, each.compared) for each in verdict.coverage] == [
        ("2xx", 1_000, 1_000),
        ("3xx", 40, 0),
        ("4xx", 3, 3),
    ]


def test_coverage_asks_of_each_endpoint_what_the_policy_does_and_leaves_out_the_ignored() -> None:
    own = EndpointPolicy(match="GET /orders/*", min_exchanges=30)
    policy = Policy(ignore_endpoints=("GET /internal/*",), endpoints=(own,))
    verdict = judged(release({ORDERS: pairs(50), HEALTH: pairs(5)}), policy)
    (orders,) = verdict.coverage
    assert (orders.endpoint, orders.needed, orders.is_enough) == (ORDERS, 30, True)


def test_what_is_said_of_coverage_is_bounded() -> None:
    rare = {Endpoint(method="GET", template=f"/{n:03}"): pairs(1) for n in range(200)}
    verdict = judged(release({ORDERS: pairs(10_000), **rare}))
    assert verdict.decision is Decision.PASS
    assert verdict.reasons[-1].endswith("GET /002 2xx (1 of 1 seen) and 197 more.")


# ---------------------------------------------------------------- endpoints without noise


def test_an_endpoint_that_the_secondary_never_answers_cannot_be_all_errors_and_pass() -> None:
    errors = signature("status", DifferenceKind.STATUS_5XX, HEALTH)
    counts = release(
        {ORDERS: pairs(20_000), HEALTH: pairs(300, paired=0)},
        {errors: SignatureCounts(unpaired=300)},
    )
    verdict = judged(counts)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.suspects[0].signature == errors
    strict = judged(counts, Policy(fail_on=(DifferenceKind.STATUS_5XX,)))
    assert strict.decision is Decision.FAIL


def test_an_unsafe_endpoint_beside_a_self_sample_is_held_as_without_a_secondary() -> None:
    sampled = replace(pairs(5_000, paired=500), self_sampled=5_000)
    unsafe = Endpoint(method="POST", template="/orders")
    counts = release(
        {ORDERS: sampled, unsafe: pairs(100, paired=0)},
        {signature(endpoint=unsafe): SignatureCounts(unpaired=5)},
    )
    assert judged(counts).decision is Decision.INCONCLUSIVE


def test_what_differs_more_than_is_tolerated_holds_back_where_noise_is_not_known() -> None:
    counts = release(
        {ORDERS: pairs(5_000, paired=0), HEALTH: pairs(60, paired=0)},
        {signature(endpoint=HEALTH): SignatureCounts(unpaired=3)},
    )
    assert judged(counts).decision is Decision.INCONCLUSIVE


def test_an_ignored_endpoint_is_no_reason_to_call_the_candidate_down() -> None:
    counts = release(
        {ORDERS: pairs(1_000), HEALTH: pairs(5_000)},
        {
            signature("reply", DifferenceKind.FAILURE, HEALTH): seen(5_000),
            signature("reply", DifferenceKind.FAILURE): seen(100),
        },
    )
    verdict = judged(counts, Policy(ignore_endpoints=("GET /internal/*",)))
    assert verdict.decision is Decision.FAIL


def test_failures_of_a_candidate_that_was_down_are_listed_as_no_findings() -> None:
    counts = release({ORDERS: pairs(500)}, {signature("reply", DifferenceKind.FAILURE): seen(500)})
    verdict = judged(counts)
    assert (verdict.decision, verdict.findings) == (Decision.INCONCLUSIVE, ())
