"""Health over time, as numbers for machines and as words for people."""

from shadow.latency.sketch import HEALTH_SECONDS, middles
from shadow.model import Buckets, Health, HealthCounts
from shadow.report.json import Json

QUANTILES = {"p50": 0.5, "p90": 0.9}
"""What is read from the times of a period."""

_MILLISECOND = 0.001


def health_document(start: int, seconds: int, counts: HealthCounts) -> Json:
    """Show a period that begins at `start`; times are milliseconds, to within 10 %."""
    return {
        "start": start,
        "seconds": seconds,
        "asked": counts.asked,
        "failed": counts.failed,
        "compared": counts.compared,
        "differing": counts.differing,
        "candidate": {kind.value: counts.candidate.get(kind, 0) for kind in Health},
        "secondary": {kind.value: counts.secondary.get(kind, 0) for kind in Health},
        "latency": {
            "candidate": _times(counts.candidate_seconds),
            "secondary": _times(counts.secondary_seconds),
        },
    }


def quantiles_of(buckets: Buckets) -> tuple[float, ...] | None:
    """Read `QUANTILES` in seconds; None where nothing was timed."""
    return middles(HEALTH_SECONDS, buckets, tuple(QUANTILES.values())) if buckets else None


def _times(buckets: Buckets) -> Json:
    found = quantiles_of(buckets)
    if found is None:
        return None
    times = zip(QUANTILES, found, strict=True)
    return {
        "answers": sum(buckets.values()),
        **{name: float(f"{seconds / _MILLISECOND:.3g}") for name, seconds in times},
    }
