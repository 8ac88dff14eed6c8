"""Pictures as numbers: where bars and intervals stand on a line of 1,000 units."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from shadow.model import EndpointLatency, Estimate, TargetLatency
from shadow.report.latency import interval, short

WIDTH = 1_000.0
"""Length of each line, in units."""

_LEAST_WIDTH = 4.0
_MILLISECOND = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """From where to where, in units, and what it is a bar of."""

    start: float
    width: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile in words, and its interval and value in units."""

    name: str
    said: str
    interval: Bar
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPicture:
    """How long a target took."""

    target: str
    answers: str
    quantiles: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyPicture:
    """The targets of an endpoint on one logarithmic scale of times, `least` to `most`."""

    targets: tuple[TargetPicture, ...]
    least: str
    most: str
    slowdown: str
    """The candidate's time by the secondary's in words; empty where the two make no pairs."""


def share_bar(part: int, whole: int) -> Bar:
    """Draw a share; one that is not nothing can be seen."""
    width = WIDTH * min(part / whole, 1.0) if whole else 0.0
    return Bar(start=0.0, width=_units(max(width, _LEAST_WIDTH) if part else 0.0))


def stacked(parts: Iterable[tuple[str, int]]) -> tuple[Bar, ...]:
    """Draw numbers behind one another, all of them together as long as the line."""
    given = [(name, max(many, 0)) for name, many in parts]
    whole = sum(many for _, many in given) or 1
    bars: list[Bar] = []
    start = 0.0
    for name, many in given:
        width = WIDTH * many / whole
        bars.append(Bar(start=_units(start), width=_units(width), name=name))
        start += width
    return tuple(bars)


def latency_picture(latency: EndpointLatency) -> LatencyPicture:
    """Draw the times of an endpoint's targets."""
    timed = [
        (name, target)
        for name, target in (
            ("candidate", latency.candidate),
            ("secondary", latency.secondary),
            ("primary", latency.primary),
        )
        if target is not None
    ]
    scale = _Scale.of(estimate for _, target in timed for _, estimate in _quantiles(target))
    return LatencyPicture(
        targets=tuple(
            TargetPicture(
                target=name,
                answers=f"{target.answers:,}",
                quantiles=tuple(
                    Quantile(
                        name=quantile,
                        said=interval(estimate, unit=_MILLISECOND),
                        interval=scale.interval(estimate),
                        at=scale.at(estimate.value),
                    )
                    for quantile, estimate in _quantiles(target)
                ),
            )
            for name, target in timed
        ),
        least=f"{short(scale.least / _MILLISECOND)} ms",
        most=f"{short(scale.most / _MILLISECOND)} ms",
        slowdown=_slowdown(latency),
    )


def _slowdown(latency: EndpointLatency) -> str:
    if latency.slowdown is None:
        return ""
    times = interval(latency.slowdown, unit=1)
    slower = f"slower in {latency.slower:,} of {latency.pairs:,} pairs"
    return f"{times} times as long as the secondary; {slower}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Times from `least` to `most` seconds on a logarithmic line."""

    least: float
    most: float

    @classmethod
    def of(cls, estimates: Iterable[Estimate]) -> "_Scale":
        ends = [end for each in estimates for end in (each.low, each.value, each.high) if end]
        least, most = (min(ends), max(ends)) if ends else (0.001, 0.001)
        return cls(least=least / 1.1, most=most * 1.1)

    def at(self, seconds: float) -> float:
        if seconds <= self.least:
            return 0.0
        share = math.log(seconds / self.least) / math.log(self.most / self.least)
        return _units(WIDTH * min(share, 1.0))

    def interval(self, estimate: Estimate) -> Bar:
        start = self.at(estimate.low)
        end = WIDTH if estimate.high is None else self.at(estimate.high)
        return Bar(start=start, width=_units(max(end - start, _LEAST_WIDTH)))


def _quantiles(target: TargetLatency) -> tuple[tuple[str, Estimate], ...]:
    return (("p50", target.p50), ("p90", target.p90), ("p99", target.p99))


def _units(value: float) -> float:
    return round(value, 1)
