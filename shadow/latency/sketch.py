"""Sketches: many values in few counters, which add up in any order.

A positive value is counted in the bucket of a logarithmic scale that it falls into, so quantiles
read from the counts have a bounded relative error whatever the values are. Two sketches are merged
by adding their counts, and nothing is lost by it. Source: Masson, Rim, Lee, "DDSketch: a fast and
fully-mergeable quantile sketch with relative-error guarantees" (2019); unlike there, the scale is
bounded by clamping at both ends, not by collapsing buckets, so that every worker has the same one.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from shadow.model import Buckets, Estimate

_DOUBT = 0.025
"""Chance that an interval lies beyond the true quantile, on either side: 95 % confidence."""
_STANDARD_DEVIATIONS = 1.959964
_EXACT_UP_TO = 1_000
_NEGLIGIBLE_BELOW = 8
"""So many standard deviations below its mean, a binomial variable has less than 1e-11."""

_EDGE = 1e-9
"""Rounding of logarithms, in buckets: a limit that is a bucket's edge is read as that edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Bucket i holds the values in (`growth`^(i+`shift`-1), `growth`^(i+`shift`)].

    Buckets go from `least` to `most`; these two also hold all that is below and above.
    """

    growth: float
    least: int
    most: int
    shift: float = 0.0

    def bucket(self, value: float) -> int:
        """Return the bucket of a value; what is not more than 0 is in the least."""
        if not value > 0:
            return self.least
        if math.isinf(value):
            return self.most
        place = math.ceil(self.place(value) - _EDGE)
        return min(max(place, self.least), self.most)

    def place(self, value: float) -> float:
        """Return where a value lies in units of buckets: whole at the upper edge of a bucket."""
        return math.log(value) / math.log(self.growth) - self.shift

    def low(self, bucket: int) -> float:
        """No value in the bucket is lower than this."""
        return 0.0 if bucket <= self.least else self.growth ** (bucket + self.shift - 1)

    def high(self, bucket: int) -> float | None:
        """No value in the bucket is higher than this; None where there is no such limit."""
        return None if bucket >= self.most else self.growth ** (bucket + self.shift)

    def middle(self, bucket: int) -> float:
        """Whatever is in the bucket differs from this by (growth-1)/(growth+1) of it at most."""
        return float(2 * self.growth ** (bucket + self.shift) / (self.growth + 1))


SECONDS = Scale(growth=1.05 / 0.95, least=-115, most=115)
"""From 0.01 ms to 27 hours, to within 5 %."""

SLOWDOWNS = Scale(growth=1.25 ** (1 / 4.5), least=-144, most=144, shift=0.5)
"""From 1/1200 to 1200, to within 2.5 %; 1 is the middle of a bucket, 1.25 the edge of one."""

HEALTH_SECONDS = Scale(growth=1.1 / 0.9, least=-58, most=58)
"""From 0.01 ms to 31 hours, to within 10 %: for sketches of which there are many."""


def middles(scale: Scale, buckets: Buckets, shares: Sequence[float]) -> tuple[float, ...]:
    """Read quantiles as `quantiles` does, without their intervals."""
    order, running = _running(buckets)
    return tuple(scale.middle(_at_share(order, running, share)) for share in shares)


def quantiles(scale: Scale, buckets: Buckets, shares: Sequence[float]) -> tuple[Estimate, ...]:
    """Read a quantile for each of `shares` (0.5 is the median) from a sketch that is not empty.

    The intervals are those of order statistics, so nothing is supposed of how values are
    distributed, but that they are independent: the l-th and u-th least value, where a binomial
    variable of the sketch's count and that share is below l, and at least u, with probability
    0.025 each (David, Nagaraja, "Order Statistics" (2003), 7.1). They go to the outer edges of
    their buckets. With few values `low` may be 0 and `high` None.
    """
    order, running = _running(buckets)
    total = running[-1]

    def at(rank: int) -> int:
        return order[bisect_left(running, rank)]

    def estimate(share: float) -> Estimate:
        first, last = _ranks(total, share)
        return Estimate(
            low=scale.low(at(first)) if first else 0.0,
            value=scale.middle(_at_share(order, running, share)),
            high=scale.high(at(last)) if last <= total else None,
        )

    return tuple(estimate(share) for share in shares)


def _running(buckets: Buckets) -> tuple[list[int], list[int]]:
    """Buckets in order, and how many values are in each and those before it."""
    order = sorted(buckets)
    return order, list(accumulate(buckets[bucket] for bucket in order))


def _at_share(order: Sequence[int], running: Sequence[int], share: float) -> int:
    rank = max(math.ceil(running[-1] * share - _EDGE), 1)
    return order[bisect_left(running, rank)]


def count_above(scale: Scale, buckets: Buckets, limit: float) -> int:
    """Count the values that are above `limit` for certain: those in buckets all above it."""
    edge = scale.place(limit)
    return sum(n for bucket, n in buckets.items() if bucket - 1 >= edge - _EDGE)


def count_below(scale: Scale, buckets: Buckets, limit: float) -> int:
    """Count the values that are at most `limit` for certain: those in buckets all up to it."""
    edge = scale.place(limit)
    return sum(n for bucket, n in buckets.items() if bucket <= edge + _EDGE)


@lru_cache(maxsize=4_096)
def _ranks(total: int, share: float) -> tuple[int, int]:
    """Ranks, from 1, of the values that bound a quantile; 0 and `total` + 1 bound nothing."""
    return _most_below(total, share) + 1, total - _most_below(total, 1 - share)


def _most_below(trials: int, rate: float) -> int:
    """Return the largest k with P(Binomial(`trials`, `rate`) <= k) <= `_DOUBT`, -1 for none."""
    mean = trials * rate
    deviation = math.sqrt(mean * (1 - rate))
    if trials > _EXACT_UP_TO:
        # The normal approximation, less what skewness and whole numbers can make of it.
        return max(math.floor(mean - _STANDARD_DEVIATIONS * deviation - 1.5), -1)
    k = max(math.floor(mean - _NEGLIGIBLE_BELOW * deviation), 0)
    chance = math.exp(
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(rate)
        + (trials - k) * math.log1p(-rate)
    )
    below = chance
    while below <= _DOUBT:
        chance *= (trials - k) / (k + 1) * rate / (1 - rate)
        k += 1
        below += chance
    return k - 1
