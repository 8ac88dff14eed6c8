"""What kept rules excuse neither fails a release nor holds it back, for as long as they hold."""

from dataclasses import replace
from datetime import UTC, date, datetime

from shadow.diff.rules.kept import covered_by
from shadow.model import (
    Approval,
    Decision,
    DifferenceKind,
    KeptRule,
    ReleaseCounts,
    SignOff,
    Verdict,
)
from shadow.verdict.identity import policy_hash
from shadow.verdict.judge import judge
from shadow.verdict.kept_rules import (
    kept_notices,
    rules_ended_since,
    rules_for,
    rules_in_force,
    standing_rules,
)
from shadow.verdict.policy import Policy
from tests.support.releases import ORDERS, RELEASE, pairs, release, said, seen, signature

TOTAL = signature()
NOW = datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()
LAST_DAY = date(2027, 1, 31)
CENTS = KeptRule(
    release=RELEASE,
    name="cents",
    endpoint="GET /orders/*",
    location="$.total",
    action="same_shape",
    by="Ann",
    reason="prices are in cents",
    at=NOW - 60,
    since=NOW - 3600,
    verdict_id="v",
)
CHANGED = release({ORDERS: pairs(1_000)}, {TOTAL: seen(14)})


def judged(
    counts: ReleaseCounts,
    *rules: KeptRule,
    approvals: tuple[Approval, ...] = (),
    policy: Policy | None = None,
) -> Verdict:
    covered = covered_by(rules, counts.signatures)
    return judge(counts, policy or Policy(), NOW, approvals, covered)


def test_what_a_kept_rule_excuses_is_no_finding_and_the_release_passes() -> None:
    assert judged(CHANGED).decision is Decision.FAIL
    verdict = judged(CHANGED, replace(CENTS, expires=LAST_DAY))
    assert verdict.decision is Decision.PASS
    assert verdict.findings == ()
    assert [each.finding.signature for each in verdict.ruled] == [TOTAL]
    assert "nothing but what is excused differs" in said(verdict)
    assert (
        "GET /orders/{id}: `$.total` (value) is excused by the rule `cents`, kept by Ann, until "
        "2027-01-31: prices are in cents"
    ) in verdict.reasons


def test_another_kind_and_another_place_are_not_excused() -> None:
    others = {signature(kind=DifferenceKind.TYPE): seen(20), signature("$.tax"): seen(20)}
    verdict = judged(release({ORDERS: pairs(1_000)}, {TOTAL: seen(14), **others}), CENTS)
    assert verdict.decision is Decision.FAIL
    assert {each.signature for each in verdict.findings} == {*others}


def test_a_kind_that_fails_at_first_sight_is_excused_as_by_any_rule() -> None:
    counts = release({ORDERS: pairs(1_000)}, {TOTAL: seen(1)})
    strict = Policy(fail_on=frozenset({DifferenceKind.VALUE}))
    assert judged(counts, policy=strict).decision is Decision.FAIL
    assert judged(counts, CENTS, policy=strict).decision is Decision.PASS


def test_an_approval_of_what_a_rule_excuses_too_is_what_is_told() -> None:
    approval = Approval(
        release=RELEASE, signature=TOTAL, by="Ben", reason="meant", at=NOW, verdict_id="v"
    )
    verdict = judged(CHANGED, CENTS, approvals=(approval,))
    assert [each.approval.by for each in verdict.accepted] == ["Ben"]
    assert verdict.ruled == ()


def test_a_candidate_that_was_down_is_no_pass_whatever_is_excused() -> None:
    failed = signature("reply", DifferenceKind.FAILURE)
    counts = release({ORDERS: pairs(1_000)}, {failed: seen(600)})
    everything = replace(CENTS, location="reply", action="ignore")
    assert judged(counts, everything).decision is Decision.INCONCLUSIVE


def test_a_rule_holds_in_its_release_and_those_that_came_later() -> None:
    here_alone = replace(CENTS, name="here", only_here=True)
    rules = (CENTS, here_alone)
    assert rules_for(rules, RELEASE, CENTS.since) == rules
    assert rules_for(rules, "2.5.0", CENTS.since + 1) == (CENTS,)
    assert rules_for(rules, "2.3.0", CENTS.since - 1) == ()


def test_the_last_word_on_a_rule_counts() -> None:
    withdrawn = replace(CENTS, withdrawn=True)
    assert standing_rules((CENTS, withdrawn)) == ()
    assert standing_rules((CENTS, withdrawn, CENTS)) == (CENTS,)


def test_a_rule_holds_to_the_end_of_its_last_day_and_is_then_named() -> None:
    rule = replace(CENTS, expires=LAST_DAY)
    after = datetime(2027, 2, 1, tzinfo=UTC).timestamp()
    assert rules_in_force((rule,), after - 1) == (rule,)
    assert rules_in_force((rule,), after) == ()
    (notice,) = kept_notices((rule,), {}, after, is_compared=True)
    assert notice.problem == "expired on 2027-01-31: what it excused counts again"


def test_a_rule_that_excuses_nothing_is_named_once_something_was_compared() -> None:
    (notice,) = kept_notices((CENTS,), {}, NOW, is_compared=True)
    assert (notice.rule, notice.problem) == ("cents", "has not matched in this release")
    assert kept_notices((CENTS,), {}, NOW, is_compared=False) == ()
    assert kept_notices((CENTS,), {TOTAL: CENTS}, NOW, is_compared=True) == ()


def test_the_policy_hash_names_what_rules_excuse_and_not_who_made_them() -> None:
    bare = policy_hash(Policy(), [])
    ruled = policy_hash(Policy(), [], [CENTS])
    assert bare != ruled
    assert policy_hash(Policy(), [], [replace(CENTS, by="Ben", at=NOW, reason="else")]) == ruled
    assert policy_hash(Policy(), [], [replace(CENTS, location="$.tax")]) != ruled


def test_rules_that_a_sign_off_rested_on_are_counted_once_they_end() -> None:
    signed = SignOff(
        release=RELEASE,
        by="Ben",
        reason="",
        at=NOW,
        verdict_id="v",
        policy_hash="p",
        decision=Decision.PASS,
        captured=1_000,
        settled=1_000,
    )
    ending = replace(CENTS, name="ending", expires=LAST_DAY)
    later = replace(CENTS, name="later", at=NOW + 1)
    withdrawn = replace(CENTS, at=NOW + 1, withdrawn=True)
    made = (CENTS, ending, later)

    def ended(acts: tuple[KeptRule, ...], now: float) -> int:
        return rules_ended_since(signed, acts, CENTS.since, now)

    assert ended(made, NOW + 2) == 0
    assert ended((*made, withdrawn), NOW + 2) == 1
    assert ended((*made, withdrawn), NOW + 86_400) == 2


def test_many_rules_are_not_all_told() -> None:
    places = [signature(f"$.f{n}") for n in range(15)]
    counts = release({ORDERS: pairs(1_000)}, {place: seen(14) for place in places})
    rules = [
        replace(CENTS, name=f"r{n}", location=place.location) for n, place in enumerate(places)
    ]
    assert "and 5 more kept rules" in said(judged(counts, *rules)).lower()
