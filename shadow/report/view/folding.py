"""Rows in segments: what differs with a little around it, and what is equal folded away."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shadow.report.view.rows import Row

CONTEXT = 2
"""So many equal rows are shown around one that differs."""

MAX_OPEN = 120
"""So many rows are shown unfolded; the rest is left out."""

MAX_FOLDED = 200
"""So many rows are folded away to be opened; of more, only their number is told."""

_LEAST_FOLDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Rows that are shown or `is_folded` together; of `lines` lines, `rows` may hold none."""

    rows: tuple[Row, ...]
    lines: int
    is_folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Two answers beside each other; `left_out` rows did not fit."""

    segments: tuple[Segment, ...]
    left_out: int = 0


def folded(rows: Iterable[Row]) -> SideBySide:
    """Fold what is equal, and leave out what is too much."""
    every = tuple(rows)
    room_open, room_folded = MAX_OPEN, MAX_FOLDED
    segments: list[Segment] = []
    left_out = 0
    for run, is_folded in _runs(every):
        if is_folded:
            kept = run if len(run) <= room_folded else ()
            room_folded -= len(kept)
        else:
            kept = run[:room_open]
            room_open -= len(kept)
            left_out += len(run) - len(kept)
        if kept or is_folded:
            segments.append(Segment(rows=tuple(kept), lines=len(run), is_folded=is_folded))
    return SideBySide(segments=tuple(segments), left_out=left_out)


def _runs(rows: Sequence[Row]) -> Iterator[tuple[Sequence[Row], bool]]:
    """Cut rows into runs that are shown and runs that are folded, in turn."""
    is_near = _near(rows)
    start = 0
    for position in range(1, len(rows) + 1):
        if position == len(rows) or is_near[position] != is_near[start]:
            yield rows[start:position], not is_near[start]
            start = position


def _near(rows: Sequence[Row]) -> list[bool]:
    """Whether a row is shown: the first one, one that differs, one near it, one between two."""
    near = [False] * len(rows)
    for position, each in enumerate(rows):
        if each.mark is not None or each.is_kept or position == 0:
            first, last = max(0, position - CONTEXT), position + CONTEXT + 1
            near[first:last] = [True] * len(near[first:last])
    for start, end in _gaps(near):
        if end - start < _LEAST_FOLDED:
            near[start:end] = [True] * (end - start)
    return near


def _gaps(near: Sequence[bool]) -> list[tuple[int, int]]:
    edges = [
        position
        for position in range(len(near) + 1)
        if (position < len(near) and not near[position])
        is not (position > 0 and not near[position - 1])
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
