"""What is left of a value where a rule says that it may differ: which values may be one another.

It tells which elements of two lists belong together, and never that they are equal: those that do
are compared all the same. So what is only near to another (numbers, times, shapes) is all one.
"""

from shadow.diff.parse import Json
from shadow.diff.rules.actions import is_empty, matches, number_of
from shadow.diff.rules.moments import moment_of
from shadow.diff.rules.rule import (
    Action,
    CaseInsensitive,
    EmptyIsNull,
    Ignore,
    NullIsMissing,
    Pattern,
    SameInstant,
    SameShape,
    Tolerance,
)

FOLDING = (
    *(CaseInsensitive, EmptyIsNull, Ignore, NullIsMissing),
    *(Pattern, SameInstant, SameShape, Tolerance),
)


def folded(action: Action, value: Json) -> str | None:
    """A text that is the same for all values that may be this one; None where it is itself."""
    text: str | None = None
    match action:
        case Ignore():
            text = "ignored"
        case EmptyIsNull() if is_empty(value):
            text = "empty"
        case CaseInsensitive() if isinstance(value, str):
            text = f"text {value.casefold()}"
        case SameInstant() if (moment := moment_of(value)) is not None:
            text = f"moment {moment.seconds} {moment.is_local}"
        case Pattern(pattern) if matches(pattern, value):
            text = f"pattern {pattern}"
        case SameShape() if value is not None and not isinstance(value, bool | list | dict):
            text = f"shape of {'text' if isinstance(value, str) else 'number'}"
        case Tolerance() if number_of(value) is not None or moment_of(value) is not None:
            text = "near"
    return text


def is_dropped(action: Action, value: Json) -> bool:
    """Whether it makes no difference that a member is there."""
    return isinstance(action, Ignore) or (isinstance(action, NullIsMissing) and value is None)
