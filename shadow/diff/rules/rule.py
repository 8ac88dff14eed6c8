"""Rules as they are written down: where, what is excused there, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import re2  # type: ignore[import-untyped]

_LONGEST_PATTERN = 1_000
_MOST_MEMORY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ignore:
    """Any difference there and below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unordered:
    """Another order of the elements of exactly that list.

    `key` are the names that tell which elements belong together.
    """

    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AsSet:
    """Another order of exactly that list, and elements that stand there more often or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Numbers that are near the primary's, or times that are.

    `relative` is a share of the primary's value. Within any one of what is given is near enough.
    """

    absolute: Fraction | None = None
    relative: Fraction | None = None
    milliseconds: Fraction | None = None


@dataclass(frozen=True, slots=True)
class SameShape:
    """Another value of the same form: another UUID, another time, another number."""


@dataclass(frozen=True, slots=True)
class SameInstant:
    """The same moment, written in another way."""


@dataclass(frozen=True, slots=True)
class NullIsMissing:
    """Null on one side, no such member on the other."""


@dataclass(frozen=True, slots=True)
class EmptyIsNull:
    """Null, an empty text, an empty list and an empty object are one."""


@dataclass(frozen=True, slots=True)
class AddedOk:
    """What the candidate has in addition, there and below."""


@dataclass(frozen=True, slots=True)
class CaseInsensitive:
    """Texts that differ in upper and lower case only."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Two values that both match a regular expression of RE2 from end to end.

    Raises ValueError, that says what is wrong, for one that RE2 does not take.
    """

    pattern: str

    def __post_init__(self) -> None:
        compiled(self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """A text that holds something else, which is compared instead.

    `encodings` are `base64`, `gzip` and `json`, from the outside in; none finds them out.
    """

    encodings: tuple[str, ...] = ()


type Action = (
    Ignore
    | Unordered
    | AsSet
    | Tolerance
    | SameShape
    | SameInstant
    | NullIsMissing
    | EmptyIsNull
    | AddedOk
    | CaseInsensitive
    | Pattern
    | Decode
)

PLAIN_ACTIONS: dict[str, Action] = {
    "ignore": Ignore(),
    "set": AsSet(),
    "same_shape": SameShape(),
    "same_instant": SameInstant(),
    "null_is_missing": NullIsMissing(),
    "empty_is_null": EmptyIsNull(),
    "added_ok": AddedOk(),
    "case_insensitive": CaseInsensitive(),
}
"""Actions that take no parameters, by the names that rule files use."""

_NAMES: dict[type[Action], str] = {
    Unordered: "unordered",
    Tolerance: "tolerance",
    Pattern: "pattern",
    Decode: "decode",
    **{type(action): name for name, action in PLAIN_ACTIONS.items()},
}
ACTION_NAMES = frozenset(_NAMES.values())
"""What rule files call the actions."""

_ANYWHERE = frozenset({Ignore, Pattern})
_IN_HEADERS = _ANYWHERE | {
    *(Unordered, Tolerance, SameShape, SameInstant, AddedOk, CaseInsensitive),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An excuse; `endpoint` is a glob over `METHOD /template`.

    `expires` is the last day on which it holds.
    """

    name: str
    action: Action
    location: str
    reason: str
    endpoint: str = "*"
    owner: str = ""
    expires: date | None = None

    @property
    def action_name(self) -> str:
        """The action as rule files call it."""
        return _NAMES[type(self.action)]

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and self.expires < today

    def why_never(self) -> str | None:
        """Why it can never excuse anything, None when it can."""
        return next(self._obstacles(), None)

    def _obstacles(self) -> Iterator[str]:
        action = type(self.action)
        if self.location == "status" and action not in _ANYWHERE:
            yield f"{self.action_name} says nothing of a status; use ignore or pattern"
        if self.location == "reply" and action is not Ignore:
            yield "a reply that failed can only be excused by ignore"
        if self.location.startswith("header:") and action not in _IN_HEADERS:
            yield f"{self.action_name} speaks of JSON values, and a header is a text"
        if self.location == "body" and action not in {*_ANYWHERE, SameShape, AddedOk}:
            yield f"{self.action_name} needs a place in the body: use a path such as $.items"


def compiled(pattern: str) -> Any:
    """A regular expression that no text can make slow. Raises ValueError for what is none."""
    if len(pattern) > _LONGEST_PATTERN:
        message = f"a pattern has at most {_LONGEST_PATTERN:,} characters"
        raise ValueError(message)
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "cannot be read"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        message = f"is no regular expression of RE2: {text}"
        raise ValueError(message) from None
