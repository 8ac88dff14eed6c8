"""How far apart values lie: numbers by what they count, moments in seconds, texts by their form."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from operator import sub
from typing import NamedTuple, cast

from shadow.diff.parse import Json
from shadow.diff.rules.actions import number_of
from shadow.diff.rules.moments import moment_of
from shadow.diff.shape import shape_of

_MAY_BE_EPOCHS = 10**9
_PLAIN = frozenset({int, float})
_LONGEST_MOMENT = 40
_WRITTEN = frozenset({"word", "text", "code", "path"})
"""Forms of what people write; which of them a text has, tells nothing."""


class Measure(StrEnum):
    """What a distance counts."""

    NUMBER = "number"
    SECONDS = "seconds"


class Reach(NamedTuple):
    """The largest of some distances, none of them 0, and which pair of values it is between."""

    measure: Measure
    distance: float
    at: int


def reaches(primary: Sequence[Json], other: Sequence[Json]) -> tuple[Reach, ...]:
    """The largest distance between values that stand in the same positions, for each measure.

    A moment is a date or time in text, or an epoch from 2001 to 2099; then the measure is seconds.
    What has no distance, such as two words, is passed over.
    """
    if len(primary) == 1:
        found = _apart(primary[0], other[0])
        return () if found is None else (Reach(*found, 0),)
    find = _between_dates if primary and type(primary[0]) is str else _between_plain_numbers
    at_a_stroke = find(primary, other)
    if at_a_stroke is not None:
        return at_a_stroke
    farthest: dict[Measure, Reach] = {}
    for at, (here, there) in enumerate(zip(primary, other, strict=True)):
        found = _apart(here, there)
        if found is None:
            continue
        measure, distance = found
        if measure not in farthest or distance > farthest[measure].distance:
            farthest[measure] = Reach(measure, distance, at)
    return tuple(farthest.values())


def forms(primary: Sequence[Json], other: Sequence[Json]) -> Iterator[tuple[int, str, str]]:
    """Positions in which two texts differ, and their forms; what people write is one form."""
    for at, (here, there) in enumerate(zip(primary, other, strict=True)):
        if isinstance(here, str) and isinstance(there, str) and here != there:
            yield at, _form(here), _form(there)


def _form(text: str) -> str:
    form = shape_of(text)
    return "text" if form in _WRITTEN else form


def _between_plain_numbers(
    primary: Sequence[Json], other: Sequence[Json]
) -> tuple[Reach, ...] | None:
    """The same at a stroke, where all are numbers too small to be moments."""
    if not {*map(type, primary), *map(type, other)} <= _PLAIN:
        return None
    here, there = cast("Sequence[float]", primary), cast("Sequence[float]", other)
    if max(map(abs, (*here, *there)), default=0) >= _MAY_BE_EPOCHS:
        return None
    distances = list(map(abs, map(sub, here, there)))
    farthest = max(distances, default=0)
    if not farthest:
        return ()
    return (Reach(Measure.NUMBER, float(farthest), distances.index(farthest)),)


def _between_dates(primary: Sequence[Json], other: Sequence[Json]) -> tuple[Reach, ...] | None:
    """The same at a stroke, where all are dates with or without a time, as ISO 8601 has them."""
    if not (primary and _looks_dated(primary[0]) and _looks_dated(other[0])):
        return None
    here, there = cast("Sequence[str]", primary), cast("Sequence[str]", other)
    try:
        moments = map(datetime.fromisoformat, here), map(datetime.fromisoformat, there)
        distances = list(map(abs, map(sub, *moments)))
    except (TypeError, ValueError, OverflowError):
        return None
    farthest = max(distances)
    if not farthest:
        return ()
    return (Reach(Measure.SECONDS, farthest.total_seconds(), distances.index(farthest)),)


def _looks_dated(value: Json) -> bool:
    return isinstance(value, str) and value[4:5] == "-" and len(value) <= _LONGEST_MOMENT


def _apart(primary: Json, other: Json) -> tuple[Measure, float] | None:
    # A Decimal may have a million digits, and the distance is a float anyway.
    primary = float(primary) if isinstance(primary, Decimal) else primary
    other = float(other) if isinstance(other, Decimal) else other
    if primary == other:
        return None
    seconds = _seconds_apart(primary, other)
    if seconds is not None:
        return (Measure.SECONDS, seconds) if seconds else None
    here, there = _number(primary), _number(other)
    if here is None or there is None or here == there:
        return None
    return Measure.NUMBER, _float(here, there)


def _seconds_apart(primary: Json, other: Json) -> float | None:
    """How far two moments are apart; None where they are none, or of unlike clocks."""
    if not (_may_be_moment(primary) and _may_be_moment(other)):
        return None
    if _looks_dated(primary) and _looks_dated(other):
        here, there = cast("str", primary), cast("str", other)
        try:
            apart = datetime.fromisoformat(here) - datetime.fromisoformat(there)
            return abs(apart.total_seconds())
        except (TypeError, ValueError, OverflowError):
            pass
    then, later = moment_of(primary), moment_of(other)
    if then is None or later is None or then.is_local != later.is_local:
        return None
    return _float(then.seconds, later.seconds)


def _may_be_moment(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_MOMENT and (":" in value or "T" in value or value[4:5] == "-")
    return isinstance(value, int | float) and value >= _MAY_BE_EPOCHS


def _number(value: Json) -> Fraction | int | float | None:
    """A number, or a text that is one; exact where a float may not be."""
    if type(value) is int or (type(value) is float and value - value == 0):
        return value
    return number_of(value)


def _float(primary: Fraction | float, other: Fraction | float) -> float:
    try:
        return abs(float(cast("Fraction", primary - other)))
    except OverflowError:
        return math.inf
