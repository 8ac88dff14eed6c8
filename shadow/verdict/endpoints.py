"""Each endpoint by itself: is there enough to say that it is as good as the primary?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shadow.model import (
    Decision,
    Endpoint,
    EndpointCounts,
    EndpointSummary,
    Finding,
    NoiseSource,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import (
    comparisons_needed,
    excess_upper_bound,
    least_within_tolerance,
    within_tolerance,
)
from shadow.verdict.noise import noise_source, source_at
from shadow.verdict.policy import Policy
from shadow.verdict.sampled import decide
from shadow.verdict.wording import count, name, needs, percent

type _Seen = tuple[Signature, SignatureCounts]

type _Alone = tuple[int, int]
"""How often a signature is in the candidate alone, and how often in the secondary alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Margin:
    """The signature of an endpoint that is farthest from PASS, None where nothing differs.

    Of `trials` exchanges the candidate alone differs in `only_candidate`, the secondary alone in
    `only_secondary`; `evidence` is the e-value for an excess below the policy's limit.
    """

    signature: Signature | None
    trials: int
    only_candidate: int
    only_secondary: int
    evidence: float


def summarise(
    counts: ReleaseCounts, findings: Iterable[Finding], policy: Policy
) -> tuple[EndpointSummary, ...]:
    """Decide each endpoint: FAIL with a finding, PASS on evidence, else INCONCLUSIVE.

    The excess of no single signature may be above the limit; those that never differed are
    bounded by the number of exchanges. Nothing needs to be corrected for their number: if one is
    truly too high, its own bound has to be wrong for a PASS.
    """
    failed = Counter(finding.signature.endpoint for finding in findings)
    seen = counts.signatures_by_endpoint()
    source = noise_source(counts)
    return tuple(
        _summary(
            endpoint,
            own,
            failed[endpoint],
            [each for each in seen.get(endpoint, ()) if not each[0].excused_by],
            policy.at(endpoint),
            source=source_at(own, source),
        )
        for endpoint, own in sorted(counts.endpoints.items(), key=lambda kv: kv[0])
    )


def _summary(
    endpoint: Endpoint,
    counts: EndpointCounts,
    failed: int,
    seen: Sequence[_Seen],
    policy: Policy,
    *,
    source: NoiseSource,
) -> EndpointSummary:
    def decided(decision: Decision, reason: str) -> EndpointSummary:
        return EndpointSummary(endpoint=endpoint, decision=decision, counts=counts, reason=reason)

    if policy.ignores(endpoint):
        return decided(Decision.INCONCLUSIVE, "is ignored by the policy")
    if failed:
        return decided(Decision.FAIL, f"has {count(failed, 'finding')}")
    if not counts.compared:
        return decided(Decision.INCONCLUSIVE, "was never compared")
    return decided(*_judged(counts, seen, policy, source))


def _judged(
    counts: EndpointCounts, seen: Sequence[_Seen], policy: Policy, source: NoiseSource
) -> tuple[Decision, str]:
    """Decide an endpoint that was compared and has no findings, and say why."""
    if source is NoiseSource.SELF:
        return decide(counts, seen, policy)
    noise_is_known = source is NoiseSource.SECONDARY
    if noise_is_known and counts.paired < policy.min_judged_share * counts.compared:
        return Decision.INCONCLUSIVE, _unpaired(counts)
    margin = _margin(counts, seen, policy, noise_is_known=noise_is_known)
    if margin.trials >= policy.min_exchanges and margin.evidence * policy.alpha >= 1:
        return Decision.PASS, _enough(margin, policy)
    return Decision.INCONCLUSIVE, _needs(margin, policy)


def _margin(
    counts: EndpointCounts, seen: Sequence[_Seen], policy: Policy, *, noise_is_known: bool
) -> _Margin:
    trials = counts.paired if noise_is_known else counts.compared
    shown: dict[_Alone, Signature | None] = {(0, 0): None}
    for signature, own in seen:
        alone = (own.only_candidate, own.only_secondary) if noise_is_known else (own.unpaired, 0)
        known = shown.get(alone, signature)
        if known is not None and signature <= known:
            shown[alone] = signature
    b, c = least_within_tolerance(trials, shown, policy.max_excess_rate)
    trials = max(trials, b + c)
    return _Margin(
        signature=shown[b, c],
        trials=trials,
        only_candidate=b,
        only_secondary=c,
        evidence=within_tolerance(trials, b, c, policy.max_excess_rate),
    )


def _unpaired(counts: EndpointCounts) -> str:
    return (
        f"has {count(counts.compared, 'comparison')}, but the secondary answered only "
        f"{counts.paired:,} of them, and the others cannot be told from noise"
    )


def _enough(margin: _Margin, policy: Policy) -> str:
    return (
        f"shows no more than noise in {count(margin.trials, 'comparison')}: "
        f"whatever differs does so in less than {_bound(margin, policy)} beyond it"
    )


def _needs(margin: _Margin, policy: Policy) -> str:
    more = comparisons_needed(
        margin.trials,
        margin.only_candidate,
        margin.only_secondary,
        policy.max_excess_rate,
        policy.alpha,
    )
    so_far = f"has {count(margin.trials, 'comparison')}{_worst(margin)}"
    if more is None:
        return (
            f"{so_far}: it may differ in up to {_bound(margin, policy)} beyond noise, more than "
            f"{percent(policy.max_excess_rate)}, and at this rate more traffic will not settle it"
        )
    more = max(more, policy.min_exchanges - margin.trials)
    return f"{needs(more)}: {so_far}"


def _worst(margin: _Margin) -> str:
    if margin.signature is None:
        return ""
    return (
        f", where `{name(margin.signature.location)}` ({margin.signature.kind}) differs in "
        f"{margin.only_candidate:,} for the candidate alone and "
        f"{margin.only_secondary:,} for the secondary alone"
    )


def _bound(margin: _Margin, policy: Policy) -> str:
    return percent(
        excess_upper_bound(
            margin.trials, margin.only_candidate, margin.only_secondary, policy.alpha
        )
    )
