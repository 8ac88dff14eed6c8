"""Whether an action excuses that two values differ; pure, and exact to the last digit."""

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import assert_never

from shadow.diff.canonical import exact_text
from shadow.diff.parse import Json
from shadow.diff.rules.moments import moment_of
from shadow.diff.rules.rule import (
    Action,
    AddedOk,
    AsSet,
    CaseInsensitive,
    Decode,
    EmptyIsNull,
    Ignore,
    NullIsMissing,
    Pattern,
    SameInstant,
    SameShape,
    Tolerance,
    Unordered,
    compiled,
)
from shadow.diff.rules.values import ABSENT, Absent
from shadow.model import DifferenceKind

type Value = Json | Absent

_NUMBER = re.compile(r"[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MOST_POWER = 5_000
_LONGEST_MATCHED = 65_536
_PATTERNS_KEPT = 1_000
_OTHER_TYPES = frozenset({DifferenceKind.TYPE, DifferenceKind.NULL})
_SAME_ELEMENTS = frozenset({DifferenceKind.ORDER})
_SAME_FORM = frozenset({DifferenceKind.VALUE, DifferenceKind.HEADER, DifferenceKind.OUTSIDE})


def excuses(action: Action, kind: DifferenceKind, primary: Value, candidate: Value) -> bool:
    """Tell whether an action at a place excuses a difference there.

    What `set` and `decode` excuse is decided where lists and texts are compared.
    """
    match action:
        case AddedOk():
            return kind is DifferenceKind.EXTRA
        case Unordered() | AsSet() | SameShape():
            return kind in (_SAME_FORM if isinstance(action, SameShape) else _SAME_ELEMENTS)
        case Ignore() | Decode():
            return isinstance(action, Ignore)
        case NullIsMissing():
            one_is_absent = primary is ABSENT or candidate is ABSENT
            return one_is_absent and (primary is None or candidate is None)
    may_change_type = isinstance(action, EmptyIsNull | SameInstant)
    if Absent in {type(primary), type(candidate)} or (kind in _OTHER_TYPES and not may_change_type):
        return False
    return _are_one(action, primary, candidate)


def _are_one(
    action: Tolerance | SameInstant | EmptyIsNull | CaseInsensitive | Pattern,
    primary: Value,
    candidate: Value,
) -> bool:
    match action:
        case Tolerance():
            return _are_near(action, primary, candidate)
        case SameInstant():
            here, there = moment_of(primary), moment_of(candidate)
            return here is not None and here == there
        case EmptyIsNull():
            return is_empty(primary) and is_empty(candidate)
        case CaseInsensitive():
            return (
                isinstance(primary, str)
                and isinstance(candidate, str)
                and primary.casefold() == candidate.casefold()
            )
        case Pattern(pattern):
            return all(matches(pattern, value) for value in (primary, candidate))
        case _:
            assert_never(action)


def _are_near(tolerance: Tolerance, primary: Value, candidate: Value) -> bool:
    here, there = number_of(primary), number_of(candidate)
    if here is not None and there is not None:
        apart = abs(here - there)
        if tolerance.absolute is not None and apart <= tolerance.absolute:
            return True
        if tolerance.relative is not None and apart <= tolerance.relative * abs(here):
            return True
    if tolerance.milliseconds is None:
        return False
    then, later = moment_of(primary), moment_of(candidate)
    return (
        then is not None
        and later is not None
        and then.is_local == later.is_local
        and abs(then.seconds - later.seconds) * 1_000 <= tolerance.milliseconds
    )


def number_of(value: Value) -> Fraction | None:
    """The exact value of a number, or of a text that is one; None for anything else."""
    match value:
        case bool() | None | Absent():
            return None
        case int():
            return Fraction(value)
        case float():
            return Fraction(repr(value)) if value - value == 0 else None
        case Decimal():
            return _of_decimal(value)
        case str() if _NUMBER.fullmatch(value):
            return Fraction(value)
        case _:
            return None


def _of_decimal(value: Decimal) -> Fraction | None:
    """A Decimal's exact value, if its digits can be written out in reason."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_POWER:
        return None
    return Fraction(value)


def is_empty(value: Value) -> bool:
    """Whether it is null, or a text, list or object with nothing in it."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def matches(pattern: str, value: Value) -> bool:
    """Whether a scalar, as it is written, matches a regular expression from end to end."""
    if isinstance(value, list | dict | Absent):
        return False
    text = value if isinstance(value, str) else exact_text(value)
    if len(text) > _LONGEST_MATCHED:
        return False
    try:
        return bool(_fullmatch(pattern)(text))
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=_PATTERNS_KEPT)
def _fullmatch(pattern: str) -> Callable[[str], object]:
    matcher: Callable[[str], object] = compiled(pattern).fullmatch
    return matcher
