"""How long the periods are that health is counted in, so that there are never many.

What a release did in its first hours is counted by the minute, what it did later in longer and
longer periods: each length until a release is so old that as many of them as `PERIODS` would have
filled its age. The length follows from the age alone, so all workers count in the same periods
without a word between them, and nothing has to be merged afterwards. Each length is a multiple of
those before it, so shorter periods can always be read as longer ones.
"""

from collections import defaultdict

from shadow.model import HealthCounts, HealthSeries

PERIODS = 240
"""How many periods of the length that goes with its age a release has at most."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
LENGTHS = (
    *(_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 7 * _DAY),
)
"""In seconds. Those of a release of one year are 1,370 periods in all."""


def length_at(age_seconds: float) -> int:
    """Return how many seconds a period has in which a release of that age is counted."""
    fitting = (length for length in LENGTHS if age_seconds < length * PERIODS)
    return next(fitting, LENGTHS[-1])


def period_of(at: float, since: float) -> int:
    """Return where the period begins that `at` falls into, of a release that is there `since`.

    All are in epoch seconds. A clock that is behind cannot make periods before `since`.
    """
    at = max(at, since)
    length = length_at(at - since)
    return int(at // length) * length


def in_at_most(series: HealthSeries, most: int) -> HealthSeries:
    """Read a series in longer periods, so that from its first to its last there are few."""
    if not series.periods:
        return series
    first, last = min(series.periods), max(series.periods)
    many = (last - first) // series.seconds + 1
    length = series.seconds * -(-many // most)
    while last // length - first // length >= most:
        length += series.seconds
    merged: defaultdict[int, list[HealthCounts]] = defaultdict(list)
    for start, counts in sorted(series.periods.items()):
        merged[start // length * length].append(counts)
    return HealthSeries(
        seconds=length, periods={start: HealthCounts.sum(own) for start, own in merged.items()}
    )
