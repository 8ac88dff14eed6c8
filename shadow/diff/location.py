"""Where a difference is: its location template, which is counted, and its exact pointer.

A template puts `[*]` for the position in a list and `{key}` for a name that is an identifier
among identifiers (`$.stock.{key}.count`), so that a thousand items make one signature. A name that
is no plain word is quoted as in RFC 9535: `$['odd name']`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from shadow.diff.identifiers import identifier_kind
from shadow.diff.parse import Json

MAX_STEPS = 64
"""A template is cut after so many steps; `..*` then stands for "somewhere below"."""
_MAX_NAME_CHARS = 64
_PLAIN = re.compile(r"[^\W\d]\w*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED = re.compile(r"[\x00-\x1f\x7f'\\]")

type Step = str | int
type Place = tuple[Place, Step, Step] | None
"""A value's place in both documents: the place above it, and the step from there in each of them.

None is the root. A plain tuple, as one is made for every container that is entered.
"""


class Side(StrEnum):
    """Whose positions a pointer speaks of."""

    PRIMARY = "primary"
    CANDIDATE = "candidate"


class Location:
    """A location template under way: all places of one sort in a pair of documents share one.

    Stepping to a name that was met before is a look-up. `touched` is for the walk's rules: whether
    any of them may speak of this location, None until they were asked.
    """

    __slots__ = (
        *("_above", "_element", "_key", "_maps", "_members", "_step", "_text", "_words"),
        *("depth", "touched"),
    )

    def __init__(self, above: "Location | None" = None, step: str = "$") -> None:
        self.depth: int = 0 if above is None else above.depth + 1
        self.touched: bool | None = None
        self._above = above
        self._step = step
        self._text: str | None = None
        self._element: Location | None = None
        self._key: Location | None = None
        self._members: dict[str, Location] = {}
        self._words: dict[str, Location] = {}
        self._maps: dict[int, bool] = {} if above is None else above._maps

    def __str__(self) -> str:
        if self._text is None:
            self._text = f"{self._above or ''}{self._step}"
        return self._text

    def member(self, name: str, among: Mapping[str, Json]) -> "Location":
        """The location of the member `name` of the object `among`, which stands here."""
        found = self._members.get(name)
        return found if found is not None else self._new_member(name, among)

    def element(self) -> "Location":
        """The location of the elements of the list that stands here."""
        if self._element is None:
            self._element = self._below("[*]")
        return self._element

    def _new_member(self, name: str, among: Mapping[str, Json]) -> "Location":
        word = _word(name) if len(name) <= _MAX_NAME_CHARS else None
        if word is not None:
            found = self._members[name] = self._below(word)
            return found
        if not _is_nameable(name):
            return self._a_key()
        # The same name may be a key in one object and a word in the next: it is asked each time.
        return self._a_key() if self._is_map(among) else self._a_word(name)

    def _a_key(self) -> "Location":
        if self._key is None:
            self._key = self._below(".{key}")
        return self._key

    def _a_word(self, name: str) -> "Location":
        if name not in self._words:
            self._words[name] = self._below(_written(name))
        return self._words[name]

    def _below(self, step: str) -> "Location":
        if self.depth < MAX_STEPS:
            return Location(self, step)
        return Location(self, "..*") if self.depth == MAX_STEPS else self

    def _is_map(self, members: Mapping[str, Json]) -> bool:
        known = self._maps.get(id(members))
        if known is None:
            known = all(identifier_kind(name) is not None for name in members)
            self._maps[id(members)] = known
        return known


def pointer(place: Place, side: Side) -> str:
    """The RFC 6901 JSON Pointer of a place in one of the two documents."""
    steps = []
    while place is not None:
        place, here, there = place
        steps.append(here if side is Side.PRIMARY else there)
    return "".join(f"/{_pointer_step(step)}" for step in reversed(steps))


@lru_cache(maxsize=4_096)
def _word(name: str) -> str | None:
    """The step to a name that is no identifier; None for all others."""
    is_word = _is_nameable(name) and identifier_kind(name) is None
    return _written(name) if is_word else None


def _is_nameable(name: str) -> bool:
    """Whether a path can name it: it is no text of its own, and has no half of a character."""
    return len(name) <= _MAX_NAME_CHARS and not _SURROGATE.search(name)


def _pointer_step(step: Step) -> str:
    if isinstance(step, str):
        storable = step.encode("utf-8", "backslashreplace").decode()
        return storable.replace("~", "~0").replace("/", "~1")
    return str(step)


def _written(name: str) -> str:
    return f".{name}" if _PLAIN.fullmatch(name) else f"['{_ESCAPED.sub(_escape, name)}']"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return f"\\{character}" if character in "'\\" else f"\\u{ord(character):04x}"
