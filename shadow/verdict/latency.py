"""Is the candidate slower than is tolerated? Judged from pairs of times, asked at one moment.

For each exchange to which both candidate and secondary were asked at the same moment, the sketch of
slowdowns knows the candidate's time by the secondary's. Under the null hypothesis the candidate
takes more than `max_slowdown` times as long in at most half of the exchanges, whatever came before
them; so "slower" is a coin like "the candidate alone differs", and `worse_than_noise` weighs it.
The median slowdown is what is tested: load, network and the request itself act on both at once and
cancel, and no distribution of times is supposed. What one target alone has for a while (a cold
start, a pause) is not chance by this hypothesis; so an endpoint is judged from `min_exchanges`
pairs on.
"""

from collections.abc import Iterable
from dataclasses import replace

from shadow.latency.sketch import SECONDS, SLOWDOWNS, count_above, count_below, quantiles
from shadow.model import (
    Buckets,
    DifferenceKind,
    Endpoint,
    EndpointLatency,
    EndpointSummary,
    Finding,
    LatencyCounts,
    ReleaseCounts,
    Signature,
    TargetLatency,
)
from shadow.verdict.evidence import worse_than_noise
from shadow.verdict.policy import Policy

LOCATION = "latency"
"""Where a finding of kind `slow` is."""

_SHARES = (0.5, 0.9, 0.99)


def weigh_latency(counts: ReleaseCounts, policy: Policy) -> tuple[Finding, ...]:
    """Weigh "slower than tolerated" for each endpoint with `min_exchanges` pairs of times.

    Endpoints that the policy ignores are left out. Empty where no secondary was timed.
    """
    return tuple(
        _finding(endpoint, own.slowdown, policy.at(endpoint))
        for endpoint, own in counts.latency.items()
        if not policy.ignores(endpoint)
        and own.slowdown
        and sum(own.slowdown.values()) >= policy.at(endpoint).min_exchanges
    )


def with_latency(
    summaries: Iterable[EndpointSummary], counts: ReleaseCounts, policy: Policy
) -> tuple[EndpointSummary, ...]:
    """Add to each endpoint's summary how long its answers took, where any were timed."""
    return tuple(
        replace(
            summary, latency=_latency(counts.latency[summary.endpoint], policy.at(summary.endpoint))
        )
        if summary.endpoint in counts.latency
        else summary
        for summary in summaries
    )


def latency_note(counts: ReleaseCounts) -> str:
    """Say so where times are shown but cannot be judged; empty elsewhere."""
    timed = counts.latency.values()
    if not any(own.candidate for own in timed) or any(own.slowdown for own in timed):
        return ""
    return "Latency is shown, not judged: no secondary was asked at the same moment."


def _finding(endpoint: Endpoint, slowdown: Buckets, policy: Policy) -> Finding:
    pairs = sum(slowdown.values())
    slower = count_above(SLOWDOWNS, slowdown, policy.max_slowdown)
    return Finding(
        signature=Signature(endpoint=endpoint, location=LOCATION, kind=DifferenceKind.SLOW),
        compared=pairs,
        differing=slower,
        noise=count_below(SLOWDOWNS, slowdown, 1 / policy.max_slowdown),
        evidence=worse_than_noise(slower, pairs - slower),
        max_slowdown=policy.max_slowdown,
    )


def _latency(counts: LatencyCounts, policy: Policy) -> EndpointLatency:
    return EndpointLatency(
        primary=_target(counts.primary),
        candidate=_target(counts.candidate),
        secondary=_target(counts.secondary),
        slowdown=quantiles(SLOWDOWNS, counts.slowdown, (0.5,))[0] if counts.slowdown else None,
        pairs=sum(counts.slowdown.values()),
        slower=count_above(SLOWDOWNS, counts.slowdown, policy.max_slowdown),
    )


def _target(seconds: Buckets) -> TargetLatency | None:
    if not seconds:
        return None
    p50, p90, p99 = quantiles(SECONDS, seconds, _SHARES)
    return TargetLatency(answers=sum(seconds.values()), p50=p50, p90=p90, p99=p99)
