"""How long answers took, as the rows of a table."""

from collections.abc import Iterable

from shadow.model import EndpointLatency, EndpointSummary, Estimate, TargetLatency
from shadow.report.escape import code

HEADER = ("Endpoint", "Target", "Answers", "p50 ms", "p90 ms", "p99 ms", "Slowdown", "Slower pairs")
"""What the columns hold; `Slowdown` is a median, with its interval like all of them."""


def latency_rows(summaries: Iterable[EndpointSummary]) -> list[tuple[str, ...]]:
    """Return a row for each endpoint and target that was timed, the slowest candidate first."""
    timed = slowest_first(summaries)
    return [row for summary, latency in timed for row in _rows(str(summary.endpoint), latency)]


def slowest_first(
    summaries: Iterable[EndpointSummary],
) -> list[tuple[EndpointSummary, EndpointLatency]]:
    """Return the endpoints that were timed, those whose candidate is slowest for certain first."""
    timed = [(each, each.latency) for each in summaries if each.latency is not None]
    return sorted(timed, key=lambda pair: (-_slowdown_for_certain(pair[1]), pair[0].endpoint))


def _slowdown_for_certain(latency: EndpointLatency) -> float:
    return latency.slowdown.low if latency.slowdown else 0.0


def _rows(endpoint: str, latency: EndpointLatency) -> Iterable[tuple[str, ...]]:
    compared = ("", "")
    if latency.slowdown:
        slower = f"{latency.slower:,} of {latency.pairs:,}"
        compared = (interval(latency.slowdown, unit=1), slower)
    for name, target, ending in (
        ("candidate", latency.candidate, compared),
        ("secondary", latency.secondary, ("", "")),
        ("primary", latency.primary, ("", "")),
    ):
        if target is not None:
            yield (code(endpoint), name, f"{target.answers:,}", *_quantiles(target), *ending)


def _quantiles(target: TargetLatency) -> Iterable[str]:
    return (interval(each, unit=0.001) for each in (target.p50, target.p90, target.p99))


def interval(estimate: Estimate, unit: float) -> str:
    """Write a value and its interval in units: `12.3 (11.0 to 13.4)`."""
    high = "?" if estimate.high is None else short(estimate.high / unit)
    return f"{short(estimate.value / unit)} ({short(estimate.low / unit)} to {high})"


def short(value: float) -> str:
    """Write a number with three digits that count, or without a fraction."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
