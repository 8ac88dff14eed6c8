"""What is told from noise where production showed it for a share of the exchanges only.

docs/verdict.md, "Without a second production server", has the reasoning.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shadow.model import (
    Decision,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    Finding,
    NoiseSource,
    ReleaseCounts,
    Signature,
    SignatureCounts,
)
from shadow.verdict.evidence import (
    above_tolerance,
    excess_upper_bound,
    within_tolerance,
    worse_than_noise,
)
from shadow.verdict.noise import noise_source, source_at
from shadow.verdict.policy import Policy
from shadow.verdict.two_samples import worse_than_sample
from shadow.verdict.wording import about, count, name, percent

_ON_ALL = 0.9
"""The part of the money that is bet on all comparisons, whatever noise is; the rest is on pairs.
Most signatures never differ, and for these the pairs say little."""

_MOST = 0.5

_CHANGES = frozenset({DifferenceKind.VALUE, DifferenceKind.HEADER, DifferenceKind.ORDER})
"""Another value of the same type and form, or another order; what is worse is of another kind."""

_BISECTIONS = 30
_MOST_TIMES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A signature with its counts; `signature` None stands for all that never differed.

    The candidate differs in `differing` of `compared` answers, production in `noisy` of the
    `sampled` that it was asked again for; of these, one of the two alone in `only_candidate` and
    `only_secondary`. Counts may be fractions.
    """

    signature: Signature | None
    compared: float
    differing: float = 0
    sampled: float = 0
    noisy: float = 0
    only_candidate: float = 0
    only_secondary: float = 0

    def within(self, rate: float) -> float:
        """Weigh "the candidate differs in less than `rate` beyond noise".

        A mean of two e-values: one holds every difference of the candidate against it, the other
        what it shows in the pairs beyond noise. Both null hypotheses follow from "by `rate`".
        """
        on_all = within_tolerance(self.compared, self.differing, 0, rate)
        on_pairs = within_tolerance(self.sampled, self.only_candidate, self.only_secondary, rate)
        return _ON_ALL * on_all + (1 - _ON_ALL) * on_pairs

    def is_bounded(self, policy: Policy) -> bool:
        """Tell whether the candidate's excess is shown to be below the policy's limit."""
        return self.within(policy.max_excess_rate) * policy.alpha >= 1

    def changes_by_nature(self, alpha: float) -> bool:
        """Tell whether production differs from itself there in most answers, 1 - `alpha` sure."""
        if self.signature is None or self.signature.kind not in _CHANGES:
            return False
        if self.noisy <= _MOST * self.sampled:
            return False
        return above_tolerance(round(self.noisy), round(self.sampled), _MOST) * alpha >= 1

    def times(self, factor: float) -> "_Place":
        """The same shares of `factor` times the traffic."""
        return _Place(
            signature=self.signature,
            compared=self.compared * factor,
            differing=self.differing * factor,
            sampled=self.sampled * factor,
            noisy=self.noisy * factor,
            only_candidate=self.only_candidate * factor,
            only_secondary=self.only_secondary * factor,
        )


def worse_than_sampled_noise(
    seen: SignatureCounts, own: EndpointCounts, alone: int, noisy: int
) -> float:
    """Weigh "the candidate differs more often than production from itself": the mean of two.

    One reads the pairs alone, the other all answers. At the signature's place production differed
    in `noisy` pairs and in `alone` of these without the candidate, whatever rules cover.
    """
    differing = seen.only_candidate + seen.both + seen.unpaired
    compared = max(own.compared, differing)
    pairs = worse_than_noise(seen.only_candidate, alone)
    return (pairs + worse_than_sample(differing, compared, min(noisy, own.paired), own.paired)) / 2


def decide(
    own: EndpointCounts, seen: Iterable[tuple[Signature, SignatureCounts]], policy: Policy
) -> tuple[Decision, str]:
    """Decide an endpoint without findings: PASS or INCONCLUSIVE, and why."""
    ordered = sorted(seen, key=lambda pair: pair[0])
    bounded, open_ = _split(_places(own, ordered), policy)
    evidence, margin = min(bounded, key=lambda each: each[0])
    if own.compared >= policy.min_exchanges and evidence * policy.alpha >= 1:
        return Decision.PASS, _enough(own, margin, open_, policy)
    return Decision.INCONCLUSIVE, _needs(own, margin, policy)


def left_open(counts: ReleaseCounts, policy: Policy) -> str:
    """Say what a PASS does not bound by `max_excess_rate`; empty if there is nothing."""
    by_endpoint: dict[Endpoint, list[tuple[Signature, SignatureCounts]]] = {}
    for signature, seen in counts.signatures.items():
        if not signature.excused_by and not policy.ignores(signature.endpoint):
            by_endpoint.setdefault(signature.endpoint, []).append((signature, seen))
    open_ = [
        place
        for endpoint, own in counts.endpoints.items()
        if source_at(own, noise_source(counts)) is NoiseSource.SELF
        for place in _split(_places(own, by_endpoint.get(endpoint, ())), policy.at(endpoint))[1]
    ]
    if not open_:
        return ""
    return (
        f"Not bounded so: {count(len(open_), 'place')} where production itself changes in most "
        "answers, so that a change says nothing. The candidate shows no excess there; the pairs "
        f"({_fewest(open_)} a place, or more) leave up to {_most_open(open_, policy)} open."
    )


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


def _places(
    own: EndpointCounts, seen: Iterable[tuple[Signature, SignatureCounts]]
) -> Sequence[_Place]:
    found = [_Place(signature=None, compared=own.compared, sampled=own.paired)]
    for signature, counts in seen:
        differing = counts.only_candidate + counts.both + counts.unpaired
        noisy = counts.only_secondary + counts.both
        apart = counts.only_candidate + counts.only_secondary
        found.append(
            _Place(
                signature=signature,
                compared=max(own.compared, differing),
                differing=differing,
                sampled=max(own.paired, noisy, apart),
                noisy=noisy,
                only_candidate=counts.only_candidate,
                only_secondary=counts.only_secondary,
            )
        )
    return found


def _split(
    places: Iterable[_Place], policy: Policy
) -> tuple[Sequence[tuple[float, _Place]], Sequence[_Place]]:
    """Part those that have to be bounded, with the evidence for it, from those that are left open.

    Open are those that are not bounded and need not be, as a change there says nothing.
    """
    to_bound, open_ = [], []
    for place in places:
        evidence = place.within(policy.max_excess_rate)
        if evidence * policy.alpha < 1 and place.changes_by_nature(policy.alpha):
            open_.append(place)
        else:
            to_bound.append((evidence, place))
    return to_bound, open_


def _enough(own: EndpointCounts, margin: _Place, open_: Sequence[_Place], policy: Policy) -> str:
    said = (
        f"shows no more than noise in {count(own.compared, 'comparison')} "
        f"(production was asked again in {own.paired:,}): whatever differs does so in less than "
        f"{percent(_bound(margin, policy.alpha))} beyond it"
    )
    if not open_:
        return said
    return (
        f"{said}, or {_most_open(open_, policy)} in {count(len(open_), 'place')} where production "
        "itself changes in most answers"
    )


def _needs(own: EndpointCounts, margin: _Place, policy: Policy) -> str:
    so_far = f"has {count(own.compared, 'comparison')}, production asked again in {own.paired:,}"
    if margin.signature is not None:
        so_far += (
            f", where `{name(margin.signature.location)}` ({margin.signature.kind}) differs in "
            f"{margin.differing:,.0f} answers, in production's own in {margin.noisy:,.0f} of "
            f"{margin.sampled:,.0f}"
        )
    factor = _times_needed(margin, policy)
    if factor is None:
        return (
            f"{so_far}: it may differ in up to {percent(_bound(margin, policy.alpha))} beyond "
            f"noise, more than {percent(policy.max_excess_rate)}, and at this rate more traffic "
            "will not settle it"
        )
    more = round((factor - 1) * own.compared)
    return f"needs about {about(max(more, policy.min_exchanges - own.compared)):,} more: {so_far}"


def _times_needed(place: _Place, policy: Policy) -> float | None:
    """How many times the traffic so far would do, if shares stay; None if that is out of reach."""

    def enough(factor: float) -> bool:
        more = place.times(factor)
        return more.changes_by_nature(policy.alpha) or more.is_bounded(policy)

    low, high = 1.0, 1.0
    while not enough(high):
        low, high = high, high * 2
        if high > _MOST_TIMES:
            return None
    return high if high == low else _least(enough, low, high)


def _bound(place: _Place, alpha: float) -> float:
    """The lowest rate that `within` has ruled out, in [0, 1]; 1 where nothing is known."""
    return _least(lambda rate: place.within(rate) * alpha >= 1, 0.0, 1.0)


def _most_open(places: Sequence[_Place], policy: Policy) -> str:
    bounds = (
        excess_upper_bound(
            round(place.sampled),
            round(place.only_candidate),
            round(place.only_secondary),
            policy.alpha,
        )
        for place in places
    )
    return percent(max(bounds))


def _least(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The least number up to `high` for which it holds, by bisection; from then on it must."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _fewest(places: Sequence[_Place]) -> str:
    return count(round(min(place.sampled for place in places)), "pair")
