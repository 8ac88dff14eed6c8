"""Two documents parsed as a pair: list elements that both write alike are parsed once.

Most of what two servers send is the same records. They then are the same objects on both sides,
which costs half the parsing, and nobody has to look at them again.

It loses nothing. JSON's grammar is unambiguous, so a text `[e1,e2]` in which each e is by itself
the text of a value is the list of just these values; that is checked for every element, and for
what stands around the list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self, cast

import orjson

from shadow.diff.parse import Json, as_it_stands, looks_marked, parse_json, parse_utf8, require_room
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError

_FEWEST_BYTES = 2_048
_FEWEST_ELEMENTS = 8
_MAX_DEPTH = 3
_LIST_OF_OBJECTS = b"[{"
_MAX_ENDS = 8
"""So many ends of objects are tried as the end of a list."""

type _Path = tuple[str, ...]


def parse_pair(primary: bytes, candidate: bytes) -> tuple[Json, Json]:
    """Parse two documents that are likely to be alike.

    Raises UnreadableError and TooLargeToReadError as `parse_json` does for either.
    """
    head = head_of_shared(primary, candidate)
    if head is None or looks_marked(primary):
        return parse_json(primary), parse_json(candidate)
    require_room(primary)
    require_room(candidate)
    try:
        value: Json = orjson.loads(primary)
    except orjson.JSONDecodeError:
        return parse_json(primary), parse_json(candidate)
    document = _Document.of(value, primary, head)
    if document is None:
        return as_it_stands(value, primary), parse_json(candidate)
    beside = document.parse_beside(candidate)
    return value, parse_json(candidate) if beside is None else beside[0]


def head_of_shared(primary: bytes, candidate: bytes) -> bytes | None:
    """How the elements of a long list begin, if some of them seem to stand in both texts."""
    if min(len(primary), len(candidate)) < _FEWEST_BYTES:
        return None
    start = primary.find(_LIST_OF_OBJECTS)
    colon = primary.find(b":", start)
    if start < 0 or colon < 0:
        return None
    head = primary[start + 1 : colon + 1]
    between = b"," + head
    if _holds_element(primary, candidate, between, 1):
        return head
    return head if _holds_element(primary, candidate, between, 2) else None


def _holds_element(primary: bytes, candidate: bytes, between: bytes, third: int) -> bool:
    """Whether an element that stands about there in the primary's text is in the candidate's."""
    at = primary.find(between, len(primary) * third // 3)
    end = primary.find(between, at + 1)
    return 0 <= at < end and primary[at:end] in candidate


@dataclass(slots=True)
class _Document:
    """A document that is written as orjson writes it, with a long list of objects in it."""

    value: Json
    path: _Path
    """The names on the way to the list."""
    elements: list[Json]
    texts: list[bytes]
    before: bytes
    """The text up to and with the list's bracket."""
    after: bytes
    head: bytes
    """How the elements begin: with their first name."""

    @classmethod
    def of(cls, value: Json, text: bytes, head: bytes) -> Self | None:
        """See a parsed text so; None where it is something else or may have lost anything."""
        path = next(_paths_to_lists(value), None)
        if path is None:
            return None
        elements = cast("list[Json]", _at(value, path))
        try:
            texts = [orjson.dumps(element) for element in elements]
            before, after = _around(value, path)
        except orjson.JSONEncodeError:
            return None
        if b"".join((before, b",".join(texts), after)) != text:
            return None
        return cls(value, path, elements, texts, before, after, head)

    def parse_beside(self, text: bytes) -> tuple[Json] | None:
        """Parse another document that has such a list at the same place.

        The value, alone in a tuple; None where it is better parsed as a whole.
        """
        pieces = text.split(b"," + self.head)
        begin = pieces[0].find(b"[" + self.head) + 1
        if not begin or len(pieces) < _FEWEST_ELEMENTS:
            return None
        before = text[:begin]
        pieces[0] = pieces[0][begin + len(self.head) :]
        end = self._end_of_list(self.head + pieces[-1])
        if end is None:
            return None
        last, after = end
        texts = [self.head + piece for piece in pieces[:-1]]
        texts.append(last)
        elements = self._parse_elements(texts)
        return None if elements is None else self._with_around(elements, before, after)

    def _end_of_list(self, rest: bytes) -> tuple[bytes, bytes] | None:
        """The last element, and the text from the list's end on."""
        if rest.endswith(self.after):
            return rest[: len(rest) - len(self.after)], self.after
        end = 0
        for _ in range(_MAX_ENDS):
            end = rest.find(b"}]", end) + 1
            if not end:
                return None
            if _is_json(rest[:end]):
                return rest[:end], rest[end:]
        return None

    def _parse_elements(self, texts: Sequence[bytes]) -> list[Json] | None:
        known: dict[bytes, Json | None] = dict(zip(self.texts, self.elements, strict=True))
        found = list(map(known.get, texts))
        new = [at for at, element in enumerate(found) if element is None]
        if len(new) * 2 > len(texts):
            return None
        try:
            for at in new:
                found[at] = parse_utf8(texts[at])
        except (UnreadableError, TooLargeToReadError):
            return None
        return found

    def _with_around(self, elements: list[Json], before: bytes, after: bytes) -> tuple[Json] | None:
        """Put the elements where the list stands, if it stands where this document has it."""
        if (before, after) == (self.before, self.after):
            return (_replaced(self.value, self.path, elements),)
        if (len(before) + len(after)) * 2 > len(self.before) + len(self.after) + _FEWEST_BYTES:
            return None
        try:
            empty = parse_utf8(before + after)
            filled = parse_utf8(before[:-1] + b"0" + after[1:])
        except (UnreadableError, TooLargeToReadError):
            return None
        if _at(empty, self.path) != [] or _at(filled, self.path) != 0:
            return None
        return (_replaced(empty, self.path, elements),)


def _paths_to_lists(value: Json, path: _Path = ()) -> Iterator[_Path]:
    if isinstance(value, list):
        if len(value) >= _FEWEST_ELEMENTS and isinstance(value[0], dict):
            yield path
    elif isinstance(value, dict) and len(path) < _MAX_DEPTH:
        for name, inner in value.items():
            yield from _paths_to_lists(inner, (*path, name))


def _at(value: Json, path: _Path) -> Json:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def _around(value: Json, path: _Path) -> tuple[bytes, bytes]:
    """What orjson writes before and behind the elements of a list."""
    if not path:
        return b"[", b"]"
    name, *below = path
    members = cast("dict[str, Json]", value)
    items = list(members.items())
    at = list(members).index(name)
    earlier, later = _members(items[:at]), _members(items[at + 1 :])
    before, after = _around(members[name], tuple(below))
    comma = b"," if earlier else b""
    return (
        b"".join((b"{", earlier, comma, orjson.dumps(name), b":", before)),
        b"".join((after, b"," if later else b"", later, b"}")),
    )


def _members(items: list[tuple[str, Json]]) -> bytes:
    return orjson.dumps(dict(items))[1:-1]


def _replaced(value: Json, path: _Path, elements: list[Json]) -> Json:
    """The value with the list at this path in place of its own, itself unchanged."""
    if not path:
        return elements
    members = cast("dict[str, Json]", value)
    return members | {path[0]: _replaced(members[path[0]], path[1:], elements)}


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
