"""Telling places as one finding is a matter of words."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shadow.model import Finding, Group, ReleaseCounts, Signature
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.drawn_releases import FEW, release_counts


@st.composite
def renamed_counts(draw: st.DrawFn) -> ReleaseCounts:
    """Counts of which some places were one renaming, whether or not the counts bear it out."""
    counts = draw(release_counts())
    renamings: dict[Group, int] = {}
    for endpoint in counts.endpoints:
        places = sorted(
            signature
            for signature in counts.signatures
            if signature.endpoint == endpoint and not signature.excused_by
        )
        if len(places) > 1:
            group = draw(st.lists(st.sampled_from(places), min_size=2, unique=True))
            renamings[tuple(sorted(group))] = draw(FEW)
    return replace(counts, renamings=renamings)


@given(renamed_counts())
def test_telling_places_as_one_changes_no_decision_and_loses_no_place(
    counts: ReleaseCounts,
) -> None:
    one, apart = judge(counts, Policy(), 0.0), judge(replace(counts, renamings={}), Policy(), 0.0)
    assert one.decision is apart.decision
    assert [each.decision for each in one.endpoints] == [each.decision for each in apart.endpoints]

    def shown(*findings: Finding) -> list[Signature]:
        return sorted(place for finding in findings for place in finding.places)

    everything = shown(*apart.findings, *apart.suspects)
    assert shown(*one.findings, *one.suspects) == everything
    assert {*shown(*apart.findings)} <= {*shown(*one.findings)}
    strength = {each.signature: each for each in (*apart.findings, *apart.suspects)}
    for finding in (*one.findings, *one.suspects):
        assert structs.replace(finding, also_at=(), renamed=None) == strength[finding.signature]
        evidence = [strength[place].evidence for place in finding.also_at]
        assert all(finding.evidence >= each for each in evidence)
