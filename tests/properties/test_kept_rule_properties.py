"""What kept rules keep to, whatever the counts are."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shadow.diff.rules.kept import KEPT_ACTIONS, covered_by
from shadow.model import (
    Decision,
    EndpointCounts,
    KeptRule,
    ReleaseCounts,
    Signature,
    SignatureCounts,
    Verdict,
)
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.drawn_releases import ENDPOINTS, KINDS, LOCATIONS, release_counts
from tests.support.releases import RELEASE, merged, release

POLICIES = st.builds(Policy, fail_on=st.sets(st.sampled_from(KINDS)).map(frozenset))
RULES = st.lists(
    st.builds(
        KeptRule,
        release=st.just(RELEASE),
        name=st.just("kept"),
        endpoint=st.sampled_from(("*", *map(str, ENDPOINTS))),
        location=st.sampled_from(("$", "$.*", "$..*", "reply", *LOCATIONS)),
        action=st.sampled_from(sorted(KEPT_ACTIONS)),
        by=st.just("Ann"),
        reason=st.just("meant"),
        at=st.just(0.0),
        since=st.just(0.0),
        verdict_id=st.just("v"),
    ),
    max_size=4,
)


def judged(counts: ReleaseCounts, rules: list[KeptRule], policy: Policy) -> Verdict:
    return judge(counts, policy, 0.0, (), covered_by(rules, counts.signatures))


@given(release_counts(), RULES, RULES, POLICIES)
def test_making_a_rule_never_turns_pass_into_fail_nor_its_end_fail_into_pass(
    counts: ReleaseCounts, some: list[KeptRule], more: list[KeptRule], policy: Policy
) -> None:
    with_some = judged(counts, some, policy).decision
    with_all = judged(counts, [*some, *more], policy).decision
    if with_some is Decision.PASS:
        assert with_all is Decision.PASS
    if with_all is Decision.FAIL:
        assert with_some is Decision.FAIL


@given(release_counts(), RULES, POLICIES)
def test_a_rule_takes_away_what_it_covers_and_nothing_else(
    counts: ReleaseCounts, rules: list[KeptRule], policy: Policy
) -> None:
    covered = covered_by(rules, counts.signatures)
    before, after = judged(counts, [], policy), judged(counts, rules, policy)
    for name in ("findings", "suspects", "noise"):
        left = tuple(each for each in getattr(before, name) if each.signature not in covered)
        assert getattr(after, name) == left
    assert after.excused == before.excused
    assert after.accounting == before.accounting
    assert {each.finding.signature for each in after.ruled} == {*covered}


@given(st.lists(release_counts(), min_size=1, max_size=3), RULES, st.randoms())
def test_counts_may_be_added_up_in_any_order(
    parts: list[ReleaseCounts], rules: list[KeptRule], chance: Random
) -> None:
    shuffled = [*parts]
    chance.shuffle(shuffled)
    assert judged(merged(parts), rules, Policy()) == judged(merged(shuffled), rules, Policy())


@given(
    release_counts(),
    RULES,
    st.builds(
        Signature,
        endpoint=st.sampled_from(ENDPOINTS),
        location=st.sampled_from(LOCATIONS),
        kind=st.sampled_from(KINDS),
    ),
    st.integers(min_value=1, max_value=30),
)
def test_more_differing_pairs_never_turn_fail_into_pass(
    counts: ReleaseCounts, rules: list[KeptRule], signature: Signature, many: int
) -> None:
    paired = many if any(each.paired for each in counts.endpoints.values()) else 0
    seen = SignatureCounts(only_candidate=paired, unpaired=many - paired)
    own = EndpointCounts(compared=many, paired=paired, statuses={})
    more = release({signature.endpoint: own}, {signature: seen})
    if judged(counts, rules, Policy()).decision is Decision.FAIL:
        with_more = judged(merged((counts, more)), rules, Policy())
        assert with_more.decision is not Decision.PASS


@given(release_counts(), RULES)
def test_removing_a_workers_rule_beside_kept_ones_never_turns_fail_into_pass(
    counts: ReleaseCounts, rules: list[KeptRule]
) -> None:
    bare: dict[Signature, SignatureCounts] = {}
    for signature, seen in counts.signatures.items():
        place = structs.replace(signature, excused_by="")
        bare[place] = bare.get(place, SignatureCounts()) + seen
    if judged(counts, rules, Policy()).decision is Decision.FAIL:
        without = judged(replace(counts, signatures=bare), rules, Policy())
        assert without.decision is not Decision.PASS
