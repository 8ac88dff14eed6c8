"""Where a difference is: its location template, which is counted, and its exact pointer.

A template puts `[*]` for the position in a list and `{key}` for a name that is an identifier
among identifiers (`$.stock.{key}.count`), so that a thousand items make one signature. A name that
is no plain word is quoted as in RFC 9535: `$['odd name']`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from shadow.diff.identifiers import identifier_kind
from shadow.diff.parse import Json

MAX_STEPS = 64
"""A template is cut after so many steps; `..*` then stands for "somewhere below"."""
_MAX_NAME_CHARS = 64
_PLAIN = re.compile(r"[^\W\d]\w*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED = re.compile(r"[\x00-\x1f\x7f'\\]")


class Side(StrEnum):
    """Whose positions a pointer speaks of."""

    PRIMARY = "primary"
    CANDIDATE = "candidate"


class Positions(NamedTuple):
    """Where an element stands in the primary's list and in the candidate's."""

    primary: int
    candidate: int


class Place(NamedTuple):
    """A value's place in both documents: the place above it and the step from there.

    `among` is the object that holds the member, None for an element of a list; `depth` the number
    of steps from the root.
    """

    above: "Place | None"
    step: str | Positions
    among: Mapping[str, Json] | None
    depth: int


@dataclass(frozen=True, slots=True)
class Templates:
    """Writes the templates of one pair of documents; remembers which objects are maps."""

    _maps: dict[int, bool] = field(default_factory=dict)

    def write(self, place: Place | None) -> str:
        """The location template of a place."""
        steps = list(_from_root(place))
        text = "$" + "".join(map(self._step, steps[:MAX_STEPS]))
        return text if len(steps) <= MAX_STEPS else f"{text}..*"

    def _step(self, place: Place) -> str:
        if not isinstance(place.step, str):
            return "[*]"
        if not _is_nameable(place.step) or self._is_key(place.step, place.among or {}):
            return ".{key}"
        return f".{place.step}" if _PLAIN.fullmatch(place.step) else f"['{_quoted(place.step)}']"

    def _is_key(self, name: str, among: Mapping[str, Json]) -> bool:
        return identifier_kind(name) is not None and self._is_map(among)

    def _is_map(self, members: Mapping[str, Json]) -> bool:
        known = self._maps.get(id(members))
        if known is None:
            known = all(identifier_kind(name) is not None for name in members)
            self._maps[id(members)] = known
        return known


def pointer(place: Place | None, side: Side) -> str:
    """The RFC 6901 JSON Pointer of a place in one of the two documents."""
    return "".join(f"/{_pointer_step(above.step, side)}" for above in _from_root(place))


def _from_root(place: Place | None) -> Iterator[Place]:
    steps = []
    while place is not None:
        steps.append(place)
        place = place.above
    return reversed(steps)


def _is_nameable(name: str) -> bool:
    """Whether a path can name it: it is no text of its own, and has no half of a character."""
    return len(name) <= _MAX_NAME_CHARS and not _SURROGATE.search(name)


def _pointer_step(step: str | Positions, side: Side) -> str:
    if isinstance(step, str):
        storable = step.encode("utf-8", "backslashreplace").decode()
        return storable.replace("~", "~0").replace("/", "~1")
    return str(step.primary if side is Side.PRIMARY else step.candidate)


def _quoted(name: str) -> str:
    return _ESCAPED.sub(_escape, name)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{character}" if character in "'\\" else f"\\u{ord(character):04x}"
