"""Strips: what happens over time, drawn as blocks and lines of steps, one strip above the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shadow.model import HealthSeries
from shadow.report.view.charts import WIDTH

HEIGHT = 60.0
"""How high each strip is, in units; it is `WIDTH` long."""

_LEAST_HEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rectangle in units; `name` says of what."""

    x: float
    y: float
    width: float
    height: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of steps, as the path of an SVG; `name` says of what."""

    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One thing over time; `most` is written at its upper edge."""

    title: str
    said: str
    most: str
    blocks: tuple[Block, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the periods of a series stand on the line."""

    first: int
    seconds: int
    slots: int

    @classmethod
    def of(cls, series: HealthSeries) -> "Places":
        """Take the whole line for a series that is not empty."""
        first, last = min(series.periods), max(series.periods)
        slots = (last - first) // series.seconds + 1
        return cls(first=first, seconds=series.seconds, slots=slots)

    def ends(self, start: int) -> tuple[float, float]:
        """Return from where to where, in units, the period stands that begins at `start`."""
        place = (start - self.first) // self.seconds
        return _units(WIDTH * place / self.slots), _units(WIDTH * (place + 1) / self.slots)


def stacked(ends: tuple[float, float], shares: Sequence[tuple[str, float]]) -> Iterator[Block]:
    """Put rectangles above one another; what is not nothing can be seen."""
    gap = (ends[1] - ends[0]) * 0.08
    bottom = HEIGHT
    for name, share in shares:
        if share > 0:
            height = min(max(HEIGHT * share, _LEAST_HEIGHT), bottom)
            bottom -= height
            yield Block(
                x=ends[0],
                y=_units(bottom),
                width=_units(ends[1] - ends[0] - gap),
                height=_units(height),
                name=name,
            )


def line_of(name: str, steps: Sequence[tuple[tuple[float, float], float]]) -> tuple[Line, ...]:
    """Draw a line of steps, `y` from 0 at the top to 1; it is broken where a period is left out."""
    if not steps:
        return ()
    path: list[str] = []
    reached: float | None = None
    for (begins, ends), share in steps:
        y = _units(min(max(share, 0.0), 1.0) * HEIGHT)
        path.append(f"V{y}" if reached == begins else f"M{begins} {y}")
        path.append(f"H{ends}")
        reached = ends
    return (Line(path="".join(path), name=name),)


def _units(value: float) -> float:
    return round(value, 1)
