"""Counts become findings, noise and what is not yet told apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shadow.model import (
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Finding,
    ReleaseCounts,
    Signature,
)
from shadow.verdict.evidence import above_tolerance, significant, worse_than_noise
from shadow.verdict.latency import weigh_latency
from shadow.verdict.policy import Policy

_NONE = EndpointCounts(statuses={})

type _Place = tuple[Endpoint, str, DifferenceKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All signatures of a release, sorted by what they mean; strongest evidence first.

    `findings` are discoveries of e-BH over the signatures that no rule covers and the endpoints'
    latencies, which together weigh as much as one signature, and what the policy fails at first
    sight. `suspects` may yet become findings: evidence that would be enough for a signature alone,
    but not among so many, and without a known noise whatever speaks for more than the tolerated
    rate. `noise` are those that the secondary shows too and that are no findings; `excused` are
    covered by a rule. `open` are all that no rule covers, those that mean nothing so far included.
    """

    findings: tuple[Finding, ...]
    suspects: tuple[Finding, ...]
    noise: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    open: tuple[Finding, ...]


def weigh(counts: ReleaseCounts, policy: Policy) -> Weighed:
    """Weigh each signature of the endpoints that the policy does not ignore.

    Where a secondary answered, only the exchanges it answered count. Where none ever did,
    differences are held against `max_excess_rate` alone, and only once the release has
    `min_exchanges` comparisons: a secondary that answers late is not a secondary that is not there.
    """
    every = _weigh_each(counts, policy)
    slow = weigh_latency(counts, policy)
    open_ = _strongest_first(
        (*(finding for finding in every if not finding.signature.excused_by), *slow)
    )
    told = significant([f.evidence for f in open_], policy.alpha, _weights(open_, len(slow)))
    known = noise_known(counts)
    settled = known or _compared(counts) >= policy.min_exchanges
    findings: list[Finding] = []
    rest: list[Finding] = []
    for finding, strong in zip(open_, told, strict=True):
        is_one = settled and (strong or finding.at_first_sight)
        (findings if is_one else rest).append(finding)
    return Weighed(
        findings=tuple(findings),
        suspects=tuple(each for each in rest if _may_be_one(each, policy, noise_is_known=known)),
        noise=tuple(f for f in rest if f.noise and f.signature.kind is not DifferenceKind.SLOW),
        excused=tuple(finding for finding in every if finding.signature.excused_by),
        open=open_,
    )


def order_of(signature: Signature) -> tuple[str, str, str, str, str]:
    """A key that sorts signatures as they compare, for a tenth of the cost."""
    endpoint = signature.endpoint
    return (
        endpoint.method,
        endpoint.template,
        signature.location,
        signature.kind,
        signature.excused_by,
    )


def noise_known(counts: ReleaseCounts) -> bool:
    """Tell whether a secondary answered any exchange of the release."""
    return any(endpoint.paired for endpoint in counts.endpoints.values())


def _compared(counts: ReleaseCounts) -> int:
    return sum(endpoint.compared for endpoint in counts.endpoints.values())


def _may_be_one(finding: Finding, policy: Policy, *, noise_is_known: bool) -> bool:
    if finding.at_first_sight or finding.evidence * policy.alpha >= 1:
        return True
    # Where noise is not known, every answer that does not differ here speaks for this place. A
    # finding that a difference elsewhere has diluted may not be forgotten for that: it holds back
    # as long as more than is tolerated is likelier than just so much.
    return not noise_is_known and finding.evidence > 1


def _weigh_each(counts: ReleaseCounts, policy: Policy) -> tuple[Finding, ...]:
    known = noise_known(counts)
    noise = _noise_by_place(counts)
    ats: dict[Endpoint, _At] = {}
    found = []
    for signature, seen in counts.signatures.items():
        at = ats.get(signature.endpoint)
        if at is None:
            at = ats[signature.endpoint] = _at(signature.endpoint, counts, policy)
        if at.is_ignored:
            continue
        evidence = (
            worse_than_noise(seen.only_candidate, noise.get(_place(signature), seen.only_secondary))
            if known
            else above_tolerance(seen.unpaired, max(at.compared, seen.unpaired), at.tolerated_rate)
        )
        alone = seen.only_candidate if known else seen.unpaired
        found.append(
            Finding(
                signature=signature,
                compared=at.compared,
                differing=seen.only_candidate + seen.both + seen.unpaired,
                noise=seen.only_secondary + seen.both,
                evidence=evidence,
                at_first_sight=bool(alone)
                and not signature.excused_by
                and signature.kind in policy.fail_on,
            )
        )
    return _strongest_first(found)


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda each: (-each.evidence, *order_of(each.signature))))


def _weights(findings: Sequence[Finding], slow: int) -> list[float]:
    """Give the endpoints' latencies together the weight of one signature.

    Differences may be few, and each counts; of times there are as many as exchanges.
    """
    return [1 / slow if f.signature.kind is DifferenceKind.SLOW else 1.0 for f in findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """What holds for all signatures of an endpoint."""

    is_ignored: bool
    compared: int
    tolerated_rate: float


def _at(endpoint: Endpoint, counts: ReleaseCounts, policy: Policy) -> _At:
    return _At(
        is_ignored=policy.ignores(endpoint),
        compared=counts.endpoints.get(endpoint, _NONE).compared,
        tolerated_rate=policy.at(endpoint).max_excess_rate,
    )


def _noise_by_place(counts: ReleaseCounts) -> Mapping[_Place, int]:
    """How often the secondary alone differs where a rule covers something; elsewhere it is clear.

    A rule may cover a part of what differs at a place. Noise there is noise all the same, so that
    a finding cannot drown in noise that appears when the rule is removed.
    """
    noise = dict.fromkeys((_place(each) for each in counts.signatures if each.excused_by), 0)
    if noise:
        for signature, seen in counts.signatures.items():
            if (place := _place(signature)) in noise:
                noise[place] += seen.only_secondary
    return noise


def _place(signature: Signature) -> _Place:
    return signature.endpoint, signature.location, signature.kind
