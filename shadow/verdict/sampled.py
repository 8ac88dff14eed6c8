"""What is told from noise where production showed it for a share of the exchanges only.

docs/verdict.md, "Without a second production server", has the reasoning.
"""

from collections.abc import Iterable

from shadow.model import (
    Decision,
    EndpointCounts,
    Finding,
    NoiseSource,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import above_tolerance
from shadow.verdict.noise import noise_source, source_at
from shadow.verdict.policy import Policy
from shadow.verdict.sampled_places import Place, places_of, split
from shadow.verdict.sampled_wording import said_of_need, said_of_open, said_of_pass


def decide(
    own: EndpointCounts, seen: Iterable[tuple[Signature, SignatureCounts]], policy: Policy
) -> tuple[Decision, str]:
    """Decide an endpoint without findings: PASS or INCONCLUSIVE, and why."""
    ordered = sorted(seen, key=lambda pair: pair[0])
    bounded, open_ = split(places_of(own, ordered), policy)
    evidence, margin = min(bounded, key=lambda each: each[0])
    if own.compared >= policy.min_exchanges and evidence * policy.alpha >= 1:
        return Decision.PASS, said_of_pass(own, margin, open_, policy)
    return Decision.INCONCLUSIVE, said_of_need(own, margin, policy)


def left_open(counts: ReleaseCounts, policy: Policy) -> str:
    """Say what a PASS does not bound by `max_excess_rate`; empty if there is nothing."""
    source = noise_source(counts)
    signatures = counts.signatures_by_endpoint()
    open_: list[Place] = []
    for endpoint, own in counts.endpoints.items():
        if source_at(own, source) is not NoiseSource.SELF or policy.ignores(endpoint):
            continue
        seen = [each for each in signatures.get(endpoint, ()) if not each[0].excused_by]
        open_.extend(split(places_of(own, seen), policy.at(endpoint))[1])
    return said_of_open(open_, policy) if open_ else ""


def is_unexplained(finding: Finding, policy: Policy) -> bool:
    """Tell whether the candidate clearly differs in more than the policy tolerates, and production
    never did where it was asked again.

    Too few pairs to call it worse than noise are no reason to let it pass as noise.
    """
    if finding.noise:
        return False
    compared = max(finding.compared, finding.differing)
    rate = policy.at(finding.signature.endpoint).max_excess_rate
    above = above_tolerance(finding.differing, compared, rate)
    return above * policy.alpha >= 1
