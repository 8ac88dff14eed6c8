"""What counts show at each place of an endpoint, where noise is known from a share of exchanges."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shadow.model import DifferenceKind, EndpointCounts, Signature, SignatureCounts
from shadow.verdict.evidence import above_tolerance, excess_upper_bound, within_tolerance
from shadow.verdict.policy import Policy

_ON_ALL = 0.9
"""The part of the money that is bet on all comparisons, whatever noise is; the rest is on pairs.
Most signatures never differ, and for these the pairs say little."""

_MOST = 0.5

_CHANGES = frozenset({DifferenceKind.VALUE, DifferenceKind.HEADER, DifferenceKind.ORDER})
"""Another value of the same type and form, or another order; what is worse is of another kind."""

_BISECTIONS = 30
_MOST_TIMES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
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

    def times(self, factor: float) -> "Place":
        """The same shares of `factor` times the traffic."""
        return Place(
            signature=self.signature,
            compared=self.compared * factor,
            differing=self.differing * factor,
            sampled=self.sampled * factor,
            noisy=self.noisy * factor,
            only_candidate=self.only_candidate * factor,
            only_secondary=self.only_secondary * factor,
        )


def places_of(
    own: EndpointCounts, seen: Iterable[tuple[Signature, SignatureCounts]]
) -> Sequence[Place]:
    """All places of an endpoint, the first for what never differed."""
    found = [Place(signature=None, compared=own.compared, sampled=own.paired)]
    for signature, counts in seen:
        differing = counts.only_candidate + counts.both + counts.unpaired
        noisy = counts.only_secondary + counts.both
        apart = counts.only_candidate + counts.only_secondary
        found.append(
            Place(
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


def split(
    places: Iterable[Place], policy: Policy
) -> tuple[Sequence[tuple[float, Place]], Sequence[Place]]:
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


def bound(place: Place, alpha: float) -> float:
    """The lowest rate that `within` has ruled out, in [0, 1]; 1 where nothing is known."""
    return _least(lambda rate: place.within(rate) * alpha >= 1, 0.0, 1.0)


def most_open(places: Sequence[Place], alpha: float) -> float:
    """The highest bound that pairs alone put on the excess rate at these places."""
    return max(
        excess_upper_bound(
            round(place.sampled),
            round(place.only_candidate),
            round(place.only_secondary),
            alpha,
        )
        for place in places
    )


def times_needed(place: Place, policy: Policy) -> float | None:
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


def _least(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The least number up to `high` for which it holds, by bisection; from then on it must."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
