"""How an endpoint's times are distributed, as bars on a logarithmic line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shadow.latency.sketch import SECONDS
from shadow.model import Buckets, LatencyCounts
from shadow.report.latency import short

WIDTH, HEIGHT = 1_000.0, 100.0
_BARS = 48
_TARGETS = ("candidate", "secondary", "primary")
_MILLISECOND = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A bar: from where, how wide and how high, in units of `WIDTH` and `HEIGHT`."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The times of one target; its highest bar is as high as the picture."""

    target: str
    answers: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The targets of an endpoint on one scale, `least` to `most`."""

    distributions: tuple[Distribution, ...]
    least: str
    most: str


def histogram_of(times: LatencyCounts) -> Histogram | None:
    """Draw the sketches of an endpoint; None where nothing was timed."""
    timed: Mapping[str, Buckets] = {
        name: buckets for name in _TARGETS if (buckets := getattr(times, name))
    }
    if not timed:
        return None
    first = min(min(buckets) for buckets in timed.values())
    last = max(max(buckets) for buckets in timed.values())
    step = -(-(last - first + 1) // _BARS)
    bars = -(-(last - first + 1) // step)
    return Histogram(
        distributions=tuple(
            Distribution(
                target=name,
                answers=f"{sum(buckets.values()):,}",
                columns=tuple(_columns(buckets, first, step, bars)),
            )
            for name, buckets in timed.items()
        ),
        least=f"{short(SECONDS.low(first) / _MILLISECOND)} ms",
        most=_most(last),
    )


def _columns(buckets: Buckets, first: int, step: int, bars: int) -> Iterator[Column]:
    heights = [0] * bars
    for bucket, many in buckets.items():
        heights[(bucket - first) // step] += many
    highest = max(heights)
    width = WIDTH / bars
    for position, many in enumerate(heights):
        if many:
            height = max(round(HEIGHT * many / highest, 1), 1.0)
            yield Column(
                x=round(position * width, 1),
                y=round(HEIGHT - height, 1),
                width=round(width * 0.92, 1),
                height=height,
            )


def _most(bucket: int) -> str:
    high = SECONDS.high(bucket)
    return "more" if high is None else f"{short(high / _MILLISECOND)} ms"
