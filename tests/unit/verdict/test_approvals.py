"""What people accept neither fails a release nor holds it back, for as long as they said."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from shadow.model import (
    Approval,
    Decision,
    DifferenceKind,
    ReleaseCounts,
    Signature,
    SignOff,
    Verdict,
)
from shadow.verdict.approvals import ended_since
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.releases import (
    COMPARED,
    HELD_BACK,
    ORDERS,
    pairs,
    release,
    said,
    seen,
    signature,
)

TOTAL = signature()
LAST_DAY = date(2027, 1, 31)
LAST_MOMENT = datetime(2027, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC).timestamp()


def approval(
    covered: Signature = TOTAL, expires: date | None = None, *, withdrawn: bool = False
) -> Approval:
    return Approval(
        release="2.4.0",
        signature=covered,
        by="Ann",
        reason="prices are in cents",
        at=1_700_000_000.0,
        verdict_id="v",
        expires=expires,
        withdrawn=withdrawn,
    )


def judged(counts: ReleaseCounts, *approvals: Approval, now: float = LAST_MOMENT - 3600) -> Verdict:
    return judge(counts, Policy(), now, approvals)


CHANGED = release({ORDERS: pairs(1_000)}, {TOTAL: seen(14)})


def test_an_accepted_finding_is_no_finding_and_the_release_passes() -> None:
    verdict = judged(CHANGED, approval())
    assert verdict.decision is Decision.PASS
    assert verdict.findings == ()
    assert [each.finding.signature for each in verdict.accepted] == [TOTAL]
    assert "nothing but what is accepted differs" in said(verdict)
    assert (
        "GET /orders/{id}: `$.total` (value) differs in 14 of 1,000 answers, accepted by Ann: "
        "prices are in cents"
    ) in verdict.reasons


def test_an_accepted_suspicion_does_not_hold_a_release_back() -> None:
    others = {signature(f"$.f{i}"): seen(1, 1) for i in range(50)}
    counts = release({ORDERS: pairs(50_000)}, {**others, TOTAL: seen(8)})
    assert [each.signature for each in judged(counts).suspects] == [TOTAL]
    assert judged(counts).decision is Decision.INCONCLUSIVE
    assert judged(counts, approval()).decision is Decision.PASS


def test_another_kind_at_the_same_place_is_not_accepted() -> None:
    counts = release(
        {ORDERS: pairs(1_000)}, {TOTAL: seen(14), signature(kind=DifferenceKind.TYPE): seen(20)}
    )
    verdict = judged(counts, approval())
    assert verdict.decision is Decision.FAIL
    assert [each.signature.kind for each in verdict.findings] == [DifferenceKind.TYPE]


def test_approvals_that_a_sign_off_rested_on_are_counted_once_they_end() -> None:
    other = signature("$.other")
    signed = SignOff(
        release="2.4.0",
        by="Ben",
        reason="",
        at=1_700_000_000.0,
        verdict_id="v",
        policy_hash="p",
        decision=Decision.PASS,
        captured=1_000,
        settled=1_000,
    )
    before = (approval(expires=LAST_DAY), approval(other), signed)
    assert ended_since(signed, before, LAST_MOMENT) == 0
    assert ended_since(signed, before, LAST_MOMENT + 1) == 1
    withdrawn = (*before, approval(other, withdrawn=True))
    assert ended_since(signed, withdrawn, LAST_MOMENT) == 1
    assert ended_since(signed, withdrawn, LAST_MOMENT + 1) == 2
    renewed = (*withdrawn, approval(other), approval(expires=None))
    assert ended_since(signed, renewed, LAST_MOMENT + 1) == 0
    later = (signed, approval(), approval(withdrawn=True))
    assert ended_since(signed, later, LAST_MOMENT) == 0


def test_an_approval_holds_to_the_end_of_its_last_day_in_utc() -> None:
    verdict = judged(CHANGED, approval(expires=LAST_DAY), now=LAST_MOMENT)
    assert verdict.decision is Decision.PASS
    assert "accepted by Ann, until 2027-01-31" in said(verdict)


def test_an_expired_approval_counts_as_absent_and_is_named() -> None:
    verdict = judged(CHANGED, approval(expires=LAST_DAY), now=LAST_MOMENT + 1)
    assert verdict.decision is Decision.FAIL
    assert verdict.accepted == ()
    assert (
        "The approval of GET /orders/{id}: `$.total` (value) by Ann expired on 2027-01-31: "
        "it counts as absent."
    ) in verdict.reasons


def test_the_last_word_on_a_finding_counts() -> None:
    withdrawn = approval(withdrawn=True)
    assert judged(CHANGED, approval(), withdrawn).decision is Decision.FAIL
    assert judged(CHANGED, approval(), withdrawn, approval()).decision is Decision.PASS
    assert "expired" not in said(judged(CHANGED, approval(expires=date(2020, 1, 1)), withdrawn))


def test_no_approval_covers_a_candidate_that_was_down() -> None:
    failed = signature("reply", DifferenceKind.FAILURE)
    counts = release({ORDERS: pairs(1_000)}, {failed: seen(14)}, others={HELD_BACK: 5_000})
    verdict = judged(counts, approval(failed))
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "The candidate was down" in said(verdict)


def test_no_approval_stands_for_traffic_that_never_came() -> None:
    counts = release({ORDERS: pairs(20)}, {TOTAL: seen(14)})
    assert judged(counts, approval()).decision is Decision.INCONCLUSIVE


def test_accepting_changes_nothing_of_what_is_said_about_others() -> None:
    other = signature("$.tax")
    counts = release({ORDERS: pairs(1_000)}, {TOTAL: seen(14), other: seen(9)})
    alone = judged(counts, approval()).findings
    assert alone == tuple(each for each in judged(counts).findings if each.signature == other)


def test_what_is_said_of_many_approvals_is_bounded() -> None:
    places = [signature(f"$.f{i}") for i in range(200)]
    counts = release({ORDERS: pairs(1_000)}, dict.fromkeys(places, seen(14)))
    verdict = judged(counts, *(approval(each) for each in places))
    assert len(verdict.accepted) == 200
    assert len(verdict.reasons) < 20
    assert "And 190 more accepted differences." in verdict.reasons


def test_an_approval_of_what_a_rule_covers_is_not_needed_and_not_shown() -> None:
    excused = replace(TOTAL, excused_by="clock")
    counts = release({ORDERS: pairs(1_000)}, {excused: seen(14)})
    verdict = judged(counts, approval())
    assert (verdict.accepted, len(verdict.excused)) == ((), 1)
    assert counts.accounting.outcomes[COMPARED] == 1_000
