"""What approvals keep to, whatever the counts are."""

from hypothesis import given
from hypothesis import strategies as st

from shadow.model import Approval, Decision, ReleaseCounts, Signature
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.drawn_releases import ENDPOINTS, KINDS, LOCATIONS, release_counts
from tests.support.releases import RELEASE

APPROVALS = st.lists(
    st.builds(
        Approval,
        release=st.just(RELEASE),
        signature=st.builds(
            Signature,
            endpoint=st.sampled_from(ENDPOINTS),
            location=st.sampled_from(LOCATIONS),
            kind=st.sampled_from(KINDS),
        ),
        by=st.just("Ann"),
        reason=st.just("meant"),
        at=st.just(0.0),
        verdict_id=st.just("v"),
    ),
    max_size=6,
)


@given(release_counts(), APPROVALS, APPROVALS)
def test_approving_never_turns_pass_into_fail_nor_withdrawing_fail_into_pass(
    counts: ReleaseCounts, some: list[Approval], more: list[Approval]
) -> None:
    with_some = judge(counts, Policy(), 0.0, some).decision
    with_all = judge(counts, Policy(), 0.0, [*some, *more]).decision
    if with_some is Decision.PASS:
        assert with_all is Decision.PASS
    if with_all is Decision.FAIL:
        assert with_some is Decision.FAIL


@given(release_counts(), APPROVALS)
def test_approving_takes_away_what_it_covers_and_nothing_else(
    counts: ReleaseCounts, approvals: list[Approval]
) -> None:
    before, after = judge(counts, Policy(), 0.0), judge(counts, Policy(), 0.0, approvals)
    covered = {each.signature for each in approvals}
    for name in ("findings", "suspects", "noise"):
        left = tuple(each for each in getattr(before, name) if each.signature not in covered)
        assert getattr(after, name) == left
    assert {each.finding.signature for each in after.accepted} <= covered
