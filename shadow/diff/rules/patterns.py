"""What a rule's `location` covers, matched against the locations of differences.

`status` · `reply` · `body` · `header:NAME` (`*` and `?` stand for any characters; a cookie is
`header:set-cookie[NAME]`) · an RFC 9535 JSONPath of names, `*`, positions, slices and `..`.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import jsonpath_rfc9535

from shadow.diff.rules.globs import matches_glob

_MAX_CHARS = 1_000
_LOCATIONS_READ = 1_000
_PLAIN = frozenset({"status", "reply", "body"})
_HEADER = re.compile(
    r"header:(?P<name>[^\[\s]+)(?:\[(?P<cookie>.*)\](?:\.(?P<attribute>[^\]]*))?)?", re.DOTALL
)
_QUOTED = r"\['((?:[^'\\]|\\.)*)'\]"
_CHOICE = r"'((?:[^'\\]|\\.)*)'|(\*)|(\d{1,9})(?!\d|:)|(\d{0,9}):(\d{0,9}):?(\d{0,9})"
_CHOICES = re.compile(_CHOICE)
_SEGMENT = re.compile(rf"(\.\.)?\[((?:{_CHOICE})(?:, (?:{_CHOICE}))*)\]")
_TEMPLATE_STEP = re.compile(rf"(\.\{{key\}})|(\[\*\])|{_QUOTED}|\.([^.\[]+)")
_QUOTED_NAME = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_KEY_STEP = re.compile(_QUOTED_NAME + r"|\.\{key\}(?=[.\[]|$)")
# The parser knows no letters beyond U+10FF in names without quotes, which RFC 9535 has.
_WIDE_NAME = re.compile(_QUOTED_NAME + r"""|\.(\.?)(?!\d)([a-zA-Z0-9_]*[^\W\x00-\x7f]\w*)""")
_HINT = "use status, reply, body, header:NAME or a JSONPath such as $.items[*].price"


class _Unnamed(Enum):
    """A step of which only the sort is known."""

    ELEMENT = "[*]"
    KEY = "{key}"


type _Step = str | int | _Unnamed


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a difference is: its location template, and its pointer where it is in a document."""

    location: str
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selector:
    """One step of a path: any of some names and ranges of positions. A descendant is at any depth.

    `names` None selects every name, as `*` does.
    """

    names: frozenset[str] | None
    positions: tuple[slice, ...]
    is_descendant: bool

    @property
    def name(self) -> str | None:
        """The one name that it selects, if that is all."""
        if self.is_descendant or self.positions or self.names is None or len(self.names) != 1:
            return None
        return next(iter(self.names))

    def selects(self, step: _Step) -> bool:
        if isinstance(step, int):
            return any(_is_in(step, positions) for positions in self.positions)
        return self.names is None or step in self.names

    def may_select(self, step: _Step) -> bool:
        """The same where of some steps only the sort is known."""
        if step is _Unnamed.ELEMENT:
            return bool(self.positions)
        if step is _Unnamed.KEY:
            return self.names is None or bool(self.names)
        return self.selects(step)

    def must_select(self, step: _Step) -> bool:
        """Whether it selects whatever such a step may be."""
        if step is _Unnamed.ELEMENT:
            return any(map(_is_whole, self.positions))
        if step is _Unnamed.KEY:
            return self.names is None
        return self.selects(step)


def _is_whole(positions: slice) -> bool:
    """Whether a slice has every position of a list."""
    return not positions.start and positions.stop is None and positions.step in {None, 1}


def _is_in(position: int, positions: slice) -> bool:
    """Whether a slice of a list that is long enough has this position."""
    start, step = positions.start or 0, positions.step or 1
    is_before_end = positions.stop is None or position < positions.stop
    return start <= position and is_before_end and (position - start) % step == 0


type _Selects = Callable[[_Selector, _Step], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPattern:
    """`status`, `reply` or `body`; all of a JSON document is below `body`."""

    location: str

    def covers(self, spot: Spot) -> bool:
        """Whether the place is here or below."""
        return self.is_at(spot) or (self.location == "body" and spot.location.startswith("$"))

    def is_at(self, spot: Spot) -> bool:
        """Whether the place is exactly here."""
        return spot.location == self.location

    def may_cover(self, location: str) -> bool:
        """Whether any place of this location template may be here or below."""
        return self.covers(Spot(location))

    def may_be_at(self, location: str) -> bool:
        """Whether any place of this location template may be exactly here."""
        return self.is_at(Spot(location))

    def must_cover(self, location: str) -> bool:
        """Whether every place of this location template is here or below."""
        return self.covers(Spot(location))

    def must_be_at(self, location: str) -> bool:
        """Whether every place of this location template is exactly here."""
        return self.is_at(Spot(location))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPattern:
    """Header fields by name, cookies by theirs, attributes of cookies; each may be a glob."""

    name: str
    cookie: str | None
    attribute: str | None

    def covers(self, spot: Spot) -> bool:
        """Whether the place is such a field, cookie or attribute."""
        field = _HEADER.fullmatch(spot.location)
        return field is not None and all(
            wanted is None or (field[part] is not None and matches_glob(field[part], wanted))
            for part, wanted in self._parts()
        )

    def is_at(self, spot: Spot) -> bool:
        """The same, but not a cookie for a field nor an attribute for a cookie."""
        field = _HEADER.fullmatch(spot.location)
        return (
            field is not None
            and self.covers(spot)
            and all((field[part] is None) == (wanted is None) for part, wanted in self._parts())
        )

    def may_cover(self, location: str) -> bool:
        """Whether any place of this location template may be such a field or part of one."""
        return self.covers(Spot(location))

    def may_be_at(self, location: str) -> bool:
        """Whether any place of this location template may be exactly such a field or part."""
        return self.is_at(Spot(location))

    def must_cover(self, location: str) -> bool:
        """Whether every place of this location template is such a field or part of one."""
        return self.covers(Spot(location))

    def must_be_at(self, location: str) -> bool:
        """Whether every place of this location template is exactly such a field or part."""
        return self.is_at(Spot(location))

    def _parts(self) -> tuple[tuple[str, str | None], ...]:
        return ("name", self.name), ("cookie", self.cookie), ("attribute", self.attribute)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPattern:
    """Places in JSON documents."""

    selectors: tuple[_Selector, ...]

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names on the way, for a path of single names; None for any other."""
        names = [selector.name for selector in self.selectors]
        known = tuple(name for name in names if name is not None)
        return known if known and len(known) == len(names) else None

    @property
    def has_positions(self) -> bool:
        """Whether it is about some positions of a list, and not about all."""
        return any(
            selector.positions and not any(map(_is_whole, selector.positions))
            for selector in self.selectors
        )

    def covers(self, spot: Spot) -> bool:
        """Whether the place is such a one or below it."""
        return any(len(self.selectors) in reached for reached in self._reached(spot))

    def is_at(self, spot: Spot) -> bool:
        """Whether the place is exactly such a one."""
        *_, reached = [frozenset[int](), *self._reached(spot)]
        return len(self.selectors) in reached

    def may_cover(self, location: str) -> bool:
        """Whether any place of this location template may be such a one or below it."""
        return location.startswith("$") and any(
            len(self.selectors) in reached
            for reached in self._reached(Spot(location), _Selector.may_select)
        )

    def may_be_at(self, location: str) -> bool:
        """Whether any place of this location template may be exactly such a one."""
        *_, reached = [frozenset[int](), *self._reached(Spot(location), _Selector.may_select)]
        return len(self.selectors) in reached

    def must_cover(self, location: str) -> bool:
        """Whether every place of this location template is such a one or below it."""
        return any(
            len(self.selectors) in reached
            for reached in self._reached(Spot(location), _Selector.must_select)
        )

    def must_be_at(self, location: str) -> bool:
        """Whether every place of this location template is exactly such a one."""
        *_, reached = [frozenset[int](), *self._reached(Spot(location), _Selector.must_select)]
        return len(self.selectors) in reached

    def after(self, used: frozenset[int], step: str | int) -> frozenset[int]:
        """How many selectors may have been used up one step further on; none leads nowhere."""
        return frozenset(self._next(used, step, _Selector.selects))

    def _reached(
        self, spot: Spot, selects: _Selects = _Selector.selects
    ) -> Iterator[frozenset[int]]:
        """After each step of the location: how many selectors may have been used up."""
        if not spot.location.startswith("$"):
            return
        reached = frozenset({0})
        yield reached
        for step in _steps(spot):
            reached = frozenset(self._next(reached, step, selects))
            yield reached
            if not reached:
                return

    def _next(self, reached: frozenset[int], step: _Step, selects: _Selects) -> Iterator[int]:
        for used in reached:
            if used == len(self.selectors):
                continue
            selector = self.selectors[used]
            if selects(selector, step):
                yield used + 1
            if selector.is_descendant:
                yield used


type LocationPattern = PlainPattern | HeaderPattern | PathPattern


def parse_location(text: str) -> LocationPattern:
    """Read a rule's location. Raises ValueError that says what is wrong and what is possible."""
    if len(text) > _MAX_CHARS:
        message = f"a location has at most {_MAX_CHARS:,} characters"
        raise ValueError(message)
    if text in _PLAIN:
        return PlainPattern(location=text)
    if text.startswith("header:"):
        return _parse_header(text)
    if text.startswith("$"):
        return PathPattern(selectors=tuple(_parse_path(text)))
    message = f"{text!r} is no location: {_HINT}"
    raise ValueError(message)


def _parse_header(text: str) -> HeaderPattern:
    field = _HEADER.fullmatch(text)
    if field is None:
        message = f"{text!r} names no header: write header:etag, header:x-* or header:set-cookie[*]"
        raise ValueError(message)
    return HeaderPattern(
        name=field["name"].lower(), cookie=field["cookie"], attribute=field["attribute"]
    )


def _parse_path(text: str) -> Iterator[_Selector]:
    """Read a JSONPath by its normalised form, in which each selector is in brackets."""
    try:
        path = _WIDE_NAME.sub(_in_quotes, _KEY_STEP.sub(lambda match: match[1] or ".*", text))
        normalised = str(jsonpath_rfc9535.parse(path))
    except jsonpath_rfc9535.JSONPathError as error:
        reason = str(error.args[0]) if error.args else "not a JSONPath"
        message = f"{text!r} is no JSONPath: {reason}"
        raise ValueError(message) from error
    at = 1
    while at < len(normalised):
        match = _SEGMENT.match(normalised, at)
        if match is None:
            message = (
                f"{text!r} says more than where: only names, *, positions and slices from 0 on, "
                "lists of them, and .. can be used in a rule, no filters (?), nothing from the end"
            )
            raise ValueError(message)
        yield _selector(match[2], is_descendant=match[1] is not None)
        at = match.end()


def _in_quotes(match: re.Match[str]) -> str:
    quoted, second_dot, name = match.groups()
    return str(quoted) if quoted is not None else f"{'..' if second_dot else ''}['{name}']"


def _selector(choices: str, *, is_descendant: bool) -> _Selector:
    names: set[str] = set()
    positions: list[slice] = []
    is_any = False
    for match in _CHOICES.finditer(choices):
        quoted, wildcard, index, start, stop, step = match.groups()
        if quoted is not None:
            names.add(_unquoted(quoted))
        elif wildcard:
            is_any = True
            positions.append(slice(None))
        elif index:
            positions.append(slice(int(index), int(index) + 1))
        elif step != "0":
            positions.append(slice(int(start or 0), int(stop) if stop else None, int(step or 1)))
    return _Selector(
        names=None if is_any else frozenset(names),
        positions=tuple(positions),
        is_descendant=is_descendant,
    )


def _steps(spot: Spot) -> Sequence[_Step]:
    """The steps of a location template, with the names and positions that the pointer knows."""
    steps = _template_steps(spot.location)
    exact = spot.pointer.split("/")[1:]
    if len(exact) != len(steps):
        return steps
    return [_exact_step(step, part) for step, part in zip(steps, exact, strict=True)]


@lru_cache(maxsize=_LOCATIONS_READ)
def _template_steps(location: str) -> tuple[_Step, ...]:
    return tuple(_template_step(match) for match in _TEMPLATE_STEP.finditer(location, 1))


def _template_step(match: re.Match[str]) -> _Step:
    key, element, quoted, name = match.groups()
    if key:
        return _Unnamed.KEY
    if element:
        return _Unnamed.ELEMENT
    return str(name) if quoted is None else _unquoted(quoted)


def _exact_step(step: _Step, part: str) -> _Step:
    if step is _Unnamed.ELEMENT:
        return int(part) if part.isdecimal() else step
    return part.replace("~1", "/").replace("~0", "~") if step is _Unnamed.KEY else step


def _unquoted(text: str) -> str:
    escaped = text.replace("\\'", "'").replace('"', '\\"')
    return str(json.loads(f'"{escaped}"'))
