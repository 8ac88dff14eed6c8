from dataclasses import replace

import pytest

from shadow.model import (
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    ReleaseCounts,
    SignatureCounts,
)
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

# ---------------------------------------------------------------- a candidate that was down


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


# ---------------------------------------------------------------- limits of their own


def test_different_limits_are_both_said() -> None:
    own = EndpointPolicy(match="GET /internal/*", max_excess_rate=0.05)
    counts = release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)})
    verdict = judged(counts, Policy(endpoints=(own,)))
    limit = "its endpoint's limit of 1 % to 5 %"
    assert f"nothing differs in more than {limit} beyond it (95 % sure each)." in said(verdict)
    unpaired = {each: EndpointCounts(compared=1_000, statuses={}) for each in (ORDERS, HEALTH)}
    verdict = judged(release(unpaired), Policy(endpoints=(own,)))
    assert f"every difference is held against {limit}." in said(verdict)


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


def test_what_differs_more_than_is_tolerated_holds_back_where_noise_is_not_known() -> None:
    counts = release(
        {ORDERS: pairs(5_000, paired=0), HEALTH: pairs(60, paired=0)},
        {signature(endpoint=HEALTH): SignatureCounts(unpaired=3)},
    )
    assert judged(counts).decision is Decision.INCONCLUSIVE


def test_failures_of_a_candidate_that_was_down_are_listed_as_no_findings() -> None:
    counts = release({ORDERS: pairs(500)}, {signature("reply", DifferenceKind.FAILURE): seen(500)})
    verdict = judged(counts)
    assert (verdict.decision, verdict.findings) == (Decision.INCONCLUSIVE, ())
