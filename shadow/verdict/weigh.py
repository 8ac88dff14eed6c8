"""Counts become findings, noise and what is not yet told apart."""

from collections import Counter
from dataclasses import dataclass

from shadow.model import (
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Finding,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import above_tolerance, significant, worse_than_noise
from shadow.verdict.policy import Policy

_NONE = EndpointCounts(statuses={})

type _Place = tuple[Endpoint, str, DifferenceKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """All signatures of a release, sorted by what they mean; strongest evidence first.

    `findings` are discoveries of e-BH over the signatures that no rule covers. `suspects` have
    evidence that would be enough for a signature alone, but not among so many. `noise` are those
    that the secondary shows too and that are no findings; `excused` are covered by a rule. `open`
    are all that no rule covers, those that mean nothing so far included.
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
    open_ = tuple(finding for finding in every if not finding.signature.excused_by)
    told = significant([finding.evidence for finding in open_], policy.alpha)
    settled = noise_known(counts) or _compared(counts) >= policy.min_exchanges
    findings = tuple(f for f, strong in zip(open_, told, strict=True) if strong and settled)
    rest = open_[len(findings) :]
    return Weighed(
        findings=findings,
        suspects=tuple(finding for finding in rest if finding.evidence * policy.alpha >= 1),
        noise=tuple(finding for finding in rest if finding.noise),
        excused=tuple(finding for finding in every if finding.signature.excused_by),
        open=open_,
    )


def noise_known(counts: ReleaseCounts) -> bool:
    """Tell whether a secondary answered any exchange of the release."""
    return any(endpoint.paired for endpoint in counts.endpoints.values())


def _compared(counts: ReleaseCounts) -> int:
    return sum(endpoint.compared for endpoint in counts.endpoints.values())


def _weigh_each(counts: ReleaseCounts, policy: Policy) -> tuple[Finding, ...]:
    known = noise_known(counts)
    noise = _noise_by_place(counts)
    found = []
    for signature, seen in counts.signatures.items():
        if policy.ignores(signature.endpoint):
            continue
        compared = counts.endpoints.get(signature.endpoint, _NONE).compared
        evidence = (
            worse_than_noise(seen.only_candidate, noise[_place(signature)])
            if known
            else above_tolerance(
                seen.unpaired, max(compared, seen.unpaired), policy.max_excess_rate
            )
        )
        found.append(_finding(signature, seen, compared, evidence))
    return tuple(sorted(found, key=lambda finding: (-finding.evidence, finding.signature)))


def _finding(
    signature: Signature, seen: SignatureCounts, compared: int, evidence: float
) -> Finding:
    return Finding(
        signature=signature,
        compared=compared,
        differing=seen.only_candidate + seen.both + seen.unpaired,
        noise=seen.only_secondary + seen.both,
        evidence=evidence,
    )


def _noise_by_place(counts: ReleaseCounts) -> Counter[_Place]:
    # A rule may cover a part of what differs at a place. Noise there is noise all the same, so
    # that a finding cannot drown in noise that appears when the rule is removed.
    noise: Counter[_Place] = Counter()
    for signature, seen in counts.signatures.items():
        noise[_place(signature)] += seen.only_secondary
    return noise


def _place(signature: Signature) -> _Place:
    return signature.endpoint, signature.location, signature.kind
