"""Counts of a release, as tests of verdicts write them down, and what is said of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce

from shadow.model import (
    Accounting,
    DifferenceKind,
    Drop,
    Endpoint,
    EndpointCounts,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Signature,
    SignatureCounts,
    Verdict,
)
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy

RELEASE = "2.4.0"
ORDERS = Endpoint(method="GET", template="/orders/{id}")
HEALTH = Endpoint(method="GET", template="/internal/stats")
COMPARED = OutcomeKey(outcome=Outcome.COMPARED)
HELD_BACK = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_HELD_BACK)


def signature(
    location: str = "$.total",
    kind: DifferenceKind = DifferenceKind.VALUE,
    endpoint: Endpoint = ORDERS,
    excused_by: str = "",
) -> Signature:
    return Signature(endpoint=endpoint, location=location, kind=kind, excused_by=excused_by)


def pairs(compared: int, paired: int | None = None) -> EndpointCounts:
    """An endpoint that only answers 2xx; the secondary answered too, all of them by default."""
    known = compared if paired is None else paired
    by_status = {"2xx": compared}
    return EndpointCounts(
        compared=compared, paired=known, statuses=by_status, compared_statuses=by_status
    )


def seen(only_candidate: int = 0, only_secondary: int = 0, both: int = 0) -> SignatureCounts:
    return SignatureCounts(only_candidate=only_candidate, only_secondary=only_secondary, both=both)


def release(
    endpoints: Mapping[Endpoint, EndpointCounts],
    signatures: Mapping[Signature, SignatureCounts] | None = None,
    captured: int | None = None,
    others: Mapping[OutcomeKey, int] | None = None,
) -> ReleaseCounts:
    """A release whose exchanges were all compared, but for `others`; none is lost by default."""
    outcomes = {**(others or {}), COMPARED: sum(e.compared for e in endpoints.values())}
    return ReleaseCounts(
        release=RELEASE,
        accounting=Accounting(
            captured=sum(outcomes.values()) if captured is None else captured, outcomes=outcomes
        ),
        endpoints=endpoints,
        signatures=signatures or {},
    )


def alone(compared: int, differing: int) -> ReleaseCounts:
    """A release without a secondary."""
    found = {signature(): SignatureCounts(unpaired=differing)} if differing else {}
    return release({ORDERS: pairs(compared, paired=0)}, found)


def judged(counts: ReleaseCounts, policy: Policy | None = None) -> Verdict:
    return judge(counts, policy or Policy(), 1_800_000_000.0)


def said(verdict: Verdict) -> str:
    return "\n".join(verdict.reasons)


def merged(parts: Sequence[ReleaseCounts]) -> ReleaseCounts:
    """The counts of all, as a store would add them up."""
    return reduce(_merge, parts)


def _merge(one: ReleaseCounts, two: ReleaseCounts) -> ReleaseCounts:
    endpoints = dict(one.endpoints)
    for endpoint, counts in two.endpoints.items():
        known = endpoints.get(endpoint, EndpointCounts(statuses={}))
        endpoints[endpoint] = replace(
            known,
            compared=known.compared + counts.compared,
            paired=known.paired + counts.paired,
            self_sampled=known.self_sampled + counts.self_sampled,
        )
    signatures = dict(one.signatures)
    for place, counts in two.signatures.items():
        signatures[place] = signatures.get(place, SignatureCounts()) + counts
    return ReleaseCounts(
        release=one.release,
        accounting=Accounting(
            captured=one.accounting.captured + two.accounting.captured,
            outcomes=Counter(one.accounting.outcomes) + Counter(two.accounting.outcomes),
        ),
        endpoints=endpoints,
        signatures=signatures,
    )
