"""Counts of releases as property tests draw them: any that a store could hold."""

from hypothesis import strategies as st

from shadow.model import (
    DifferenceKind,
    Drop,
    Endpoint,
    EndpointCounts,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from tests.support.releases import release

ENDPOINTS = tuple(Endpoint(method="GET", template=f"/{name}") for name in "ab")
LOCATIONS = ("$.x", "$.y", "$.z")
KINDS = (DifferenceKind.VALUE, DifferenceKind.MISSING, DifferenceKind.FAILURE)
DROPPED = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.QUEUE_FULL)

# Counts that lie about the borders: few differing, few or many compared.
FEW = st.integers(min_value=0, max_value=30)
MANY = st.sampled_from((0, 1, 99, 100, 363, 364, 900, 5_000, 200_000))


@st.composite
def release_counts(draw: st.DrawFn) -> ReleaseCounts:
    signatures = draw(
        st.dictionaries(
            st.builds(
                Signature,
                endpoint=st.sampled_from(ENDPOINTS),
                location=st.sampled_from(LOCATIONS),
                kind=st.sampled_from(KINDS),
                excused_by=st.sampled_from(("", "", "rule")),
            ),
            st.builds(SignatureCounts, only_candidate=FEW, only_secondary=FEW, both=FEW),
            max_size=6,
        )
    )
    unpaired = draw(st.booleans())
    if unpaired:
        signatures = {
            key: SignatureCounts(unpaired=seen.only_candidate) for key, seen in signatures.items()
        }
    endpoints = {}
    for endpoint in draw(st.sets(st.sampled_from(ENDPOINTS))) | {s.endpoint for s in signatures}:
        least = sum(
            seen.only_candidate + seen.only_secondary + seen.both + seen.unpaired
            for signature, seen in signatures.items()
            if signature.endpoint == endpoint
        )
        compared = least + draw(MANY)
        paired = 0 if unpaired else compared
        endpoints[endpoint] = EndpointCounts(compared=compared, paired=paired, statuses={})
    dropped = draw(st.integers(min_value=0, max_value=5))
    return release(endpoints, signatures, others={DROPPED: dropped})
