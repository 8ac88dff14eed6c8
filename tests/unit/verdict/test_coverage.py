"""Too little evidence is no PASS, and a verdict says what became of it."""

import pytest

from shadow.model import (
    Accounting,
    Decision,
    DifferenceKind,
    Drop,
    Endpoint,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Skip,
    Uninformative,
)
from shadow.verdict.policy import Policy
from tests.support.releases import (
    HEALTH,
    HELD_BACK,
    ORDERS,
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


@pytest.mark.parametrize(("not_looked_at", "was_down"), [(0, True), (3_000, True), (7_000, False)])
def test_what_workers_had_no_time_for_is_held_against_no_candidate(
    not_looked_at: int, was_down: bool
) -> None:
    others = {HELD_BACK: 5_000, QUEUE_FULL: not_looked_at}
    verdict = judged(release({ORDERS: pairs(1_000)}, others=others))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert ("The candidate was down" in said(verdict)) == was_down
    assert "Too much was lost" in said(verdict)


def test_what_workers_had_no_time_for_failed_like_what_they_compared() -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=800)}
    counts = release({ORDERS: pairs(1_000)}, failures, others={QUEUE_FULL: 9_000})
    assert "The candidate was down: it answered 2,000 of 10,000 requests" in said(judged(counts))


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


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_policy_passes_on_endpoints_that_all_got_too_little(share: float) -> None:
    policy = Policy(min_judged_share=share)
    assert judged(release({ORDERS: pairs(10)}), policy).decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize(("failed", "decision"), [(500, "FAIL"), (501, "INCONCLUSIVE")])
def test_a_candidate_was_down_only_where_it_answered_less_than_the_share(
    failed: int, decision: str
) -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=failed)}
    verdict = judged(release({ORDERS: pairs(1_000)}, failures))
    assert verdict.decision.value == decision
    assert ("The candidate was down" in said(verdict)) == (failed > 500)


def test_a_policy_may_ask_for_no_answers_at_all() -> None:
    failures = {signature("reply", DifferenceKind.FAILURE): seen(only_candidate=1_000)}
    counts = release({ORDERS: pairs(1_000)}, failures, others={HELD_BACK: 50})
    assert judged(counts, Policy(min_answered_share=0)).decision is Decision.FAIL


@pytest.mark.parametrize("lost", [111, 112])
def test_as_much_as_the_policy_says_may_be_lost_and_no_more(lost: int) -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, others={QUEUE_FULL: lost}))
    assert verdict.decision is (Decision.PASS if lost == 111 else Decision.INCONCLUSIVE)
    assert ("Too much was lost" in said(verdict)) == (lost == 112)


def test_what_was_lost_is_told_most_often_first() -> None:
    others = {UNREACHABLE: 40, QUEUE_FULL: 200, SAMPLED_OUT: 900}
    verdict = judged(release({ORDERS: pairs(1_000)}, others=others))
    assert "(dropped queue_full 200, dropped candidate_unreachable 40)." in said(verdict)


@pytest.mark.parametrize("captured", [1_010, 1_011])
def test_one_exchange_in_a_hundred_may_be_under_way(captured: int) -> None:
    verdict = judged(release({ORDERS: pairs(1_000)}, captured=captured))
    assert verdict.decision is (Decision.PASS if captured == 1_010 else Decision.INCONCLUSIVE)
    assert f"{captured - 1_000} captured exchanges of {captured:,}" in said(verdict)


def test_the_busiest_endpoints_that_hold_back_are_named_and_the_others_counted() -> None:
    few = {Endpoint(method="GET", template=f"/{n:02}"): pairs(n) for n in range(1, 14)}
    verdict = judged(release({ORDERS: pairs(364), **few}))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[:2] == (
        "Endpoints with 91 of 455 comparisons cannot be judged yet; 95 % must be.",
        "GET /13: needs about 360 more: has 13 comparisons.",
    )
    assert verdict.reasons[11] == "And 3 more endpoints."


def test_a_release_of_which_all_is_ignored_is_no_pass_and_says_so() -> None:
    policy = Policy(ignore_endpoints=("GET *",))
    verdict = judged(release({ORDERS: pairs(1_000), HEALTH: pairs(1_000)}), policy)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons[0] == "Every endpoint that was compared is ignored by the policy."
