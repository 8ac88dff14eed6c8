"""Counts become findings, noise and what is not yet told apart."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from shadow.model import (
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Finding,
    NoiseSource,
    ReleaseCounts,
    Signature,
)
from shadow.verdict.evidence import above_tolerance, significant, worse_than_noise
from shadow.verdict.latency import weigh_latency
from shadow.verdict.noise import noise_source, source_at
from shadow.verdict.policy import Policy
from shadow.verdict.sampled import is_unexplained
from shadow.verdict.two_samples import worse_than_sampled_noise

_NONE = EndpointCounts(statuses={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All signatures of a release, sorted by what they mean; strongest evidence first.

    `findings` are discoveries of e-BH over the signatures that no rule covers and the endpoints'
    latencies, which together weigh as much as one signature, and what the policy fails at first
    sight. `suspects` may yet become findings: evidence that would be enough for a signature alone,
    but not among so many; without a known noise whatever speaks for more than the tolerated rate;
    and what is clearly more than that while the share that noise is known from is too small to
    show it. `noise` are those that the secondary shows too and that are no findings; `excused` are
    covered by a rule. `open` are all that no rule covers, those that mean nothing so far included.
    """

    findings: tuple[Finding, ...]
    suspects: tuple[Finding, ...]
    noise: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    open: tuple[Finding, ...]


def weigh(counts: ReleaseCounts, policy: Policy) -> Weighed:
    """Weigh each signature of the endpoints that the policy does not ignore.

    Where a secondary answered, only the exchanges it answered count. Where production itself was
    asked again for a share of them, all count, against the noise of that share. Where neither was,
    differences are held against `max_excess_rate` alone, and only once the release has
    `min_exchanges` comparisons: a secondary that answers late is not a secondary that is not there.
    """
    every = _weigh_each(counts, policy)
    slow = weigh_latency(counts, policy)
    open_ = tuple(finding for finding in every if not finding.signature.excused_by)
    open_ = _strongest_first((*open_, *slow)) if slow else open_
    weights = _weights(open_, len(slow)) if slow else None
    told = significant([finding.evidence for finding in open_], policy.alpha, weights)
    source = noise_source(counts)

    def at(finding: Finding) -> NoiseSource:
        # A secondary stands for all endpoints; that spares a look at each of many signatures.
        if source is not NoiseSource.SELF:
            return source
        return source_at(counts.endpoints.get(finding.signature.endpoint, _NONE), source)

    is_past_the_start = _compared(counts) >= policy.min_exchanges
    findings: list[Finding] = []
    rest: list[Finding] = []
    for finding, strong in zip(open_, told, strict=True):
        # Many slow endpoints may bring e-BH's threshold below what proves anything by itself.
        is_proven = strong and finding.evidence * policy.alpha >= 1
        is_settled = is_past_the_start or at(finding) is not NoiseSource.NONE
        is_one = is_settled and (is_proven or finding.at_first_sight)
        (findings if is_one else rest).append(finding)
    return Weighed(
        findings=tuple(findings),
        suspects=tuple(each for each in rest if _may_be_one(each, policy, at(each))),
        noise=tuple(f for f in rest if f.noise and f.signature.kind is not DifferenceKind.SLOW),
        excused=tuple(finding for finding in every if finding.signature.excused_by),
        open=open_,
    )


def noise_known(counts: ReleaseCounts) -> bool:
    """Tell whether anybody showed what is noise in the release."""
    return noise_source(counts) is not NoiseSource.NONE


def _compared(counts: ReleaseCounts) -> int:
    return sum(endpoint.compared for endpoint in counts.endpoints.values())


def _may_be_one(finding: Finding, policy: Policy, source: NoiseSource) -> bool:
    is_slow = finding.signature.kind is DifferenceKind.SLOW
    if finding.at_first_sight or finding.evidence * policy.alpha >= 1:
        return True
    if is_slow:
        return False
    if source is NoiseSource.SELF or (source is NoiseSource.SECONDARY and not finding.paired):
        return is_unexplained(finding, policy)
    if source is NoiseSource.SECONDARY:
        return False
    # Where noise is not known, every answer that does not differ here speaks for this place. A
    # finding that a difference elsewhere has diluted may not be forgotten for that: it holds back
    # as long as it is more than is tolerated, or likelier so than just so much.
    tolerated = policy.at(finding.signature.endpoint).max_excess_rate * finding.compared
    return finding.evidence > 1 or finding.differing > tolerated


def _weigh_each(counts: ReleaseCounts, policy: Policy) -> tuple[Finding, ...]:
    source = noise_source(counts)
    alone, shown = _noise_by_place(counts)
    covered = {place.endpoint for place in alone}
    ats: dict[Endpoint, _At] = {}
    found = []
    for signature, seen in counts.signatures.items():
        at = ats.get(signature.endpoint)
        if at is None:
            at = _at(signature.endpoint, counts, policy, source, covered)
            ats[signature.endpoint] = at
        if at.is_ignored:
            continue
        only_noise, noisy = seen.only_secondary, seen.only_secondary + seen.both
        if at.has_rules:
            place = _place(signature)
            only_noise, noisy = alone.get(place, only_noise), shown.get(place, noisy)
        in_doubt = seen.only_candidate + (0 if at.own.paired else seen.unpaired)
        match at.source:
            case NoiseSource.SECONDARY:
                evidence = worse_than_noise(seen.only_candidate, only_noise)
            case NoiseSource.SELF:
                evidence = worse_than_sampled_noise(seen, at.own, only_noise, noisy)
                in_doubt += 0 if noisy else seen.unpaired
            case NoiseSource.NONE:
                compared = max(at.own.compared, seen.unpaired)
                evidence = above_tolerance(seen.unpaired, compared, at.tolerated_rate)
                in_doubt = seen.unpaired
        found.append(
            Finding(
                signature=signature,
                compared=at.own.compared,
                differing=seen.only_candidate + seen.both + seen.unpaired,
                noise=seen.only_secondary + seen.both,
                evidence=evidence,
                at_first_sight=bool(in_doubt)
                and not signature.excused_by
                and signature.kind in policy.fail_on,
                paired=at.own.paired,
            )
        )
    return _strongest_first(found)


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by evidence, those of equal evidence by what they are called."""
    ranked = sorted(findings, key=attrgetter("evidence"), reverse=True)
    return tuple(
        finding
        for _, equal in groupby(ranked, key=attrgetter("evidence"))
        for finding in _by_name(list(equal))
    )


def _by_name(findings: list[Finding]) -> list[Finding]:
    if len(findings) > 1:
        findings.sort(key=attrgetter("signature"))
    return findings


def _weights(findings: Sequence[Finding], slow: int) -> list[float]:
    """Give the endpoints' latencies together the weight of one signature.

    Differences may be few, and each counts; of times there are as many as exchanges.
    """
    return [1 / slow if f.signature.kind is DifferenceKind.SLOW else 1.0 for f in findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """What holds for all signatures of an endpoint."""

    is_ignored: bool
    has_rules: bool
    """Whether a rule covers anything at it."""
    own: EndpointCounts
    source: NoiseSource
    tolerated_rate: float


def _at(
    endpoint: Endpoint,
    counts: ReleaseCounts,
    policy: Policy,
    source: NoiseSource,
    covered: Container[Endpoint],
) -> _At:
    own = counts.endpoints.get(endpoint, _NONE)
    return _At(
        is_ignored=policy.ignores(endpoint),
        has_rules=endpoint in covered,
        own=own,
        source=source_at(own, source),
        tolerated_rate=policy.at(endpoint).max_excess_rate,
    )


def _noise_by_place(
    counts: ReleaseCounts,
) -> tuple[Mapping[Signature, int], Mapping[Signature, int]]:
    """How often noise shows without the candidate, and in all, where a rule covers something.

    Elsewhere it is clear. A rule may cover a part of what differs at a place. Noise there is noise
    all the same, so that a finding cannot drown in noise that appears when the rule is removed.
    """
    alone = dict.fromkeys((_place(each) for each in counts.signatures if each.excused_by), 0)
    shown = dict(alone)
    if alone:
        for signature, seen in counts.signatures.items():
            place = _place(signature) if signature.excused_by else signature
            if place in alone:
                alone[place] += seen.only_secondary
                shown[place] += seen.only_secondary + seen.both
    return alone, shown


def _place(signature: Signature) -> Signature:
    """The signature that differences have there where no rule covers them."""
    if not signature.excused_by:
        return signature
    return Signature(endpoint=signature.endpoint, location=signature.location, kind=signature.kind)
