"""Counts become findings, noise and what is not yet told apart."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter

from shadow.model import (
    DifferenceKind,
    EndpointCounts,
    Finding,
    NoiseSource,
    ReleaseCounts,
    Signature,
    SignatureCounts,
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

    def without(self, places: Collection[Signature]) -> "Weighed":
        """Leave out what counts neither way; `open` stays whole."""

        def others(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
            return tuple(each for each in findings if each.signature not in places)

        return replace(
            self,
            findings=others(self.findings),
            suspects=others(self.suspects),
            noise=others(self.noise),
        )


def weigh(counts: ReleaseCounts, policy: Policy) -> Weighed:
    """Weigh each signature of the endpoints that the policy does not ignore.

    Where a secondary answered, only the exchanges it answered count. Where production itself was
    asked again for a share of them, all count, against the noise of that share. Where neither was,
    differences are held against `max_excess_rate` alone, and only once the release has
    `min_exchanges` comparisons: a secondary that answers late is not a secondary that is not there.
    """
    each, excused = _weigh_each(counts, policy)
    slow = weigh_latency(counts, policy)
    open_ = _strongest_first((*each, *slow))
    weights = _weights(open_, len(slow)) if slow else None
    told = significant([finding.evidence for finding in open_], policy.alpha, weights)
    source = noise_source(counts)
    is_past_the_start = _compared(counts) >= policy.min_exchanges
    findings: list[Finding] = []
    suspects: list[Finding] = []
    noise: list[Finding] = []
    for finding, strong in zip(open_, told, strict=True):
        at = source
        if source is NoiseSource.SELF:
            at = source_at(counts.endpoints.get(finding.signature.endpoint, _NONE), source)
        # Many slow endpoints may bring e-BH's threshold below what proves anything by itself.
        is_proven = strong and finding.evidence * policy.alpha >= 1
        is_settled = is_past_the_start or at is not NoiseSource.NONE
        if is_settled and (is_proven or finding.at_first_sight):
            findings.append(finding)
            continue
        if _may_be_one(finding, policy, at):
            suspects.append(finding)
        if finding.noise and finding.signature.kind is not DifferenceKind.SLOW:
            noise.append(finding)
    return Weighed(
        findings=tuple(findings),
        suspects=tuple(suspects),
        noise=tuple(noise),
        excused=_strongest_first(excused),
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


def _weigh_each(counts: ReleaseCounts, policy: Policy) -> tuple[list[Finding], list[Finding]]:
    """Weigh each signature alone; return those that no rule covers, and those that one does."""
    source = noise_source(counts)
    # A release has many signatures and few different counts.
    unlike_noise = cache(worse_than_noise)
    open_: list[Finding] = []
    excused: list[Finding] = []
    for endpoint, signatures in counts.signatures_by_endpoint().items():
        if policy.ignores(endpoint):
            continue
        own = counts.endpoints.get(endpoint, _NONE)
        at = source_at(own, source)
        rate = policy.at(endpoint).max_excess_rate
        covered = _noise_where_covered(signatures)
        for signature, seen in signatures:
            alone, shown = seen.only_secondary, seen.only_secondary + seen.both
            if covered:
                alone, shown = covered.get((signature.location, signature.kind), (alone, shown))
            in_doubt = seen.only_candidate + (0 if own.paired else seen.unpaired)
            match at:
                case NoiseSource.SECONDARY:
                    evidence = unlike_noise(seen.only_candidate, alone)
                case NoiseSource.SELF:
                    evidence = worse_than_sampled_noise(seen, own, alone, shown)
                    in_doubt += 0 if shown else seen.unpaired
                case NoiseSource.NONE:
                    compared = max(own.compared, seen.unpaired)
                    evidence = above_tolerance(seen.unpaired, compared, rate)
                    in_doubt = seen.unpaired
            finding = Finding(
                signature=signature,
                compared=own.compared,
                differing=seen.only_candidate + seen.both + seen.unpaired,
                noise=seen.only_secondary + seen.both,
                evidence=evidence,
                at_first_sight=bool(in_doubt)
                and not signature.excused_by
                and signature.kind in policy.fail_on,
                paired=own.paired,
            )
            (excused if signature.excused_by else open_).append(finding)
    return open_, excused


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by evidence, those of equal evidence by what they are called."""
    ranked = sorted(findings, key=attrgetter("evidence"), reverse=True)
    start = 0
    for end in range(1, len(ranked) + 1):
        if end == len(ranked) or ranked[end].evidence != ranked[start].evidence:
            if end - start > 1:
                ranked[start:end] = sorted(ranked[start:end], key=attrgetter("signature"))
            start = end
    return tuple(ranked)


def _weights(findings: Sequence[Finding], slow: int) -> list[float]:
    """Give the endpoints' latencies together the weight of one signature.

    Differences may be few, and each counts; of times there are as many as exchanges.
    """
    return [1 / slow if f.signature.kind is DifferenceKind.SLOW else 1.0 for f in findings]


def _noise_where_covered(
    signatures: Sequence[tuple[Signature, SignatureCounts]],
) -> Mapping[tuple[str, DifferenceKind], tuple[int, int]]:
    """How often noise shows without the candidate, and in all, where a rule covers something.

    Elsewhere it is clear. A rule may cover a part of what differs at a place. Noise there is noise
    all the same, so that a finding cannot drown in noise that appears when the rule is removed.
    """
    covered = {(each.location, each.kind): (0, 0) for each, _ in signatures if each.excused_by}
    if covered:
        for signature, seen in signatures:
            place = signature.location, signature.kind
            if (known := covered.get(place)) is not None:
                alone, shown = known
                covered[place] = (
                    alone + seen.only_secondary,
                    shown + seen.only_secondary + seen.both,
                )
    return covered
