"""Findings that are one renaming are one finding; what it stands for is shown and accepted."""

from dataclasses import replace

import pytest

from shadow.model import Approval, Decision, DifferenceKind, Endpoint
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from shadow.verdict.renamings import MOST_PLACES
from tests.support.releases import ORDERS, judged, pairs, release, said, seen, signature

ID, BY, OWNER = (signature(location) for location in ("$.user.id", "$.by", "$.owner"))
TOTAL = signature("$.total")


def counted(signatures, renamings, compared=2_113):
    counts = release({ORDERS: pairs(compared)}, signatures)
    return replace(counts, renamings={tuple(sorted(group)): n for group, n in renamings.items()})


ALL = counted({ID: seen(14), BY: seen(14), OWNER: seen(14)}, {(ID, BY, OWNER): 14})


def places(findings):
    return [tuple(each.location for each in finding.places) for finding in findings]


def approval(*covered, withdrawn=False, at=0.0):
    return Approval(
        release="2.4.0",
        signature=covered[0],
        by="Ann",
        reason="users were moved",
        at=at,
        verdict_id="v",
        withdrawn=withdrawn,
        also_at=covered[1:],
    )


def test_one_renaming_is_one_finding_that_names_its_places():
    verdict = judged(ALL)
    assert verdict.decision is Decision.FAIL
    assert places(verdict.findings) == [("$.by", "$.owner", "$.user.id")]
    assert verdict.reasons[0] == (
        "GET /orders/{id}: `$.by` and 2 more places changed in one way in 14 of 2,113 answers, "
        "0 as noise (e-value 2.2e3)"
    )
    assert verdict.endpoints[0].reason == "has 1 finding"


def test_the_strongest_place_stands_for_the_others_and_its_counts_are_unchanged():
    counts = counted({ID: seen(40), BY: seen(36)}, {(ID, BY): 36})
    (finding,) = judged(counts).findings
    assert (finding.signature, finding.also_at) == (ID, (BY,))
    assert (finding.differing, finding.renamed) == (40, 36)
    assert "`$.user.id` and 1 more place changed in 40 of 2,113 answers, in one way in 36" in said(
        judged(counts)
    )


@pytest.mark.parametrize(
    ("of_id", "of_by", "together", "merged"),
    [
        pytest.param(30, 30, 27, True, id="nearly all"),
        pytest.param(30, 30, 26, False, id="A to C too often"),
        pytest.param(30, 20, 20, True, id="a place that is not in every answer"),
        pytest.param(50, 20, 20, False, id="the stronger place mostly changes without the other"),
        pytest.param(30, 30, 0, False, id="never seen to be one way"),
    ],
)
def test_places_are_one_finding_where_nearly_all_their_answers_are_one_renaming(
    of_id, of_by, together, merged
):
    renamings = {(ID, BY): together} if together else {}
    verdict = judged(counted({ID: seen(of_id), BY: seen(of_by)}, renamings))
    assert len(verdict.findings) == (1 if merged else 2)


def test_other_findings_and_other_endpoints_stay_apart():
    users = Endpoint(method="GET", template="/users")
    there = (signature("$.user.id", endpoint=users), signature("$.by", endpoint=users))
    counts = release(
        {ORDERS: pairs(2_000), users: pairs(2_000)},
        {each: seen(100) for each in (ID, BY, TOTAL, *there)},
    )
    counts = replace(counts, renamings={(BY, ID): 100, tuple(sorted(there)): 100})
    assert sorted(places(judged(counts).findings)) == [
        ("$.by", "$.user.id"),
        ("$.by", "$.user.id"),
        ("$.total",),
    ]


def test_a_place_at_which_something_else_changed_too_keeps_that_finding():
    kind = DifferenceKind.MISSING
    counts = counted(
        {ID: seen(100), BY: seen(100), signature("$.by", kind): seen(20)}, {(ID, BY): 100}
    )
    found = [(each.signature.kind, len(each.places)) for each in judged(counts).findings]
    assert found == [(DifferenceKind.VALUE, 2), (kind, 1)]


def test_sets_of_places_of_several_sizes_are_counted_together():
    counts = counted(
        {ID: seen(30), BY: seen(30), OWNER: seen(18)}, {(ID, BY, OWNER): 18, (ID, BY): 12}
    )
    (finding,) = judged(counts).findings
    assert (finding.also_at, finding.renamed) == ((ID, OWNER), 30)


def test_a_finding_takes_suspects_along_and_suspects_are_told_as_one():
    others = {signature(f"$.f{i}"): seen(1, 1) for i in range(50)}
    counts = counted({**others, ID: seen(20), BY: seen(10)}, {(ID, BY): 10}, compared=50_000)
    assert len(judged(replace(counts, renamings={})).suspects) == 1
    verdict = judged(counts)
    assert (places(verdict.findings), verdict.suspects) == ([("$.user.id", "$.by")], ())
    counts = counted({**others, ID: seen(8), BY: seen(8)}, {(ID, BY): 8}, compared=50_000)
    verdict = judged(counts)
    assert (verdict.decision, places(verdict.suspects)) == (
        Decision.INCONCLUSIVE,
        [("$.by", "$.user.id")],
    )


def test_a_finding_has_a_bounded_number_of_places():
    every = tuple(signature(f"$.f{i:03}") for i in range(2 * MOST_PLACES))
    counts = counted(dict.fromkeys(every, seen(100)), {every: 100})
    assert [len(each.places) for each in judged(counts).findings] == [MOST_PLACES, MOST_PLACES]


# ---------------------------------------------------------------- approvals


def accepted(counts, *acts):
    return judge(counts, Policy(), 0.0, acts)


def test_one_act_accepts_all_places_of_a_finding():
    verdict = accepted(ALL, approval(BY, OWNER, ID))
    assert (verdict.decision, verdict.findings) == (Decision.PASS, ())
    assert [each.finding.places for each in verdict.accepted] == [(BY, OWNER, ID)]
    assert (
        "GET /orders/{id}: `$.by` (value) and 2 more places differ in 14 of 2,113 answers, "
        "accepted by Ann: users were moved"
    ) in verdict.reasons


def test_an_approval_stays_in_force_where_fewer_places_differ():
    counts = counted({ID: seen(14), OWNER: seen(14)}, {(ID, OWNER): 14})
    assert accepted(counts, approval(BY, OWNER, ID)).decision is Decision.PASS
    assert accepted(counted({ID: seen(14)}, {}), approval(BY, OWNER, ID)).findings == ()


def test_a_place_beyond_those_accepted_is_a_finding_again():
    verdict = accepted(ALL, approval(BY, OWNER))
    assert verdict.decision is Decision.FAIL
    assert places(verdict.findings) == [("$.user.id",)]


def test_an_approval_is_withdrawn_with_all_its_places():
    act = approval(BY, OWNER, ID)
    verdict = accepted(ALL, act, replace(act, withdrawn=True, at=1.0))
    assert (len(verdict.findings), verdict.accepted) == (1, ())


def test_the_last_word_on_each_place_counts():
    all_of_it, one = approval(BY, OWNER, ID), approval(ID, withdrawn=True, at=1.0)
    verdict = accepted(ALL, all_of_it, one)
    assert places(verdict.findings) == [("$.user.id",)]
    assert [each.finding.places for each in verdict.accepted] == [(BY, OWNER)]
