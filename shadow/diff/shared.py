"""Two documents that have most elements of a long list in common: only the others are parsed.

Most of what two servers send is the same records, written alike. JSON's grammar is unambiguous, so
texts that are equal are equal values, and nobody has to look at them.
"""

import re
from dataclasses import dataclass
from typing import Self, cast

from shadow.diff.excuses import Node
from shadow.diff.limits import Findings
from shadow.diff.parse import Json, parse_utf8, require_room
from shadow.diff.raw import elements, members
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.tree import compare_around
from shadow.diff.unshared import Around, Left

_FEWEST_BYTES = 2_048
_MAX_DEPTH = 3
_BEGINNING = 64
"""Finding so many bytes is faster than finding more."""
_LIST_OF_OBJECTS = re.compile(rb"\[\s*(\{\s*\"[^\"]*\")")
_SPACE = b" \t\r\n"
_ERRORS = "errors"


def compare_shared(
    primary: bytes, candidate: bytes, findings: Findings, structure: Node | None = None
) -> bool:
    """Compare two JSON texts in which most elements of a long list are written alike.

    False, and nothing is found, where that is not so or it is not sure what belongs together.
    Raises LimitReachedError as the walk does.
    """
    if not _seem_to_share(primary, candidate):
        return False
    try:
        here = _Text.of(primary)
        around = here.beside(here.like_it(candidate))
    except (UnreadableError, TooLargeToReadError):
        return False
    return around is not None and compare_around(around, findings, structure)


def _seem_to_share(primary: bytes, candidate: bytes) -> bool:
    """Whether an element of a long list in the primary's text is in the candidate's."""
    if min(len(primary), len(candidate)) < _FEWEST_BYTES:
        return False
    first = _LIST_OF_OBJECTS.search(primary)
    if first is None:
        return False
    head = first[1]
    return _has_element(primary, candidate, head, 1) or _has_element(primary, candidate, head, 2)


def _has_element(primary: bytes, candidate: bytes, head: bytes, third: int) -> bool:
    """Whether an element that stands about there in the primary's text is in the candidate's."""
    at = primary.find(head, len(primary) * third // 3)
    end = primary.find(head, at + 1)
    return 0 <= at < end and primary[at:end] in candidate


@dataclass(frozen=True, slots=True)
class _Text:
    """A JSON text with a long list in it."""

    path: tuple[str, ...]
    """The names on the way to the list."""
    elements: list[bytes]
    before: bytes
    """The text up to the list."""
    after: bytes

    @classmethod
    def of(cls, text: bytes) -> Self:
        """See a text so: the longest member leads to the list.

        Raises UnreadableError and TooLargeToReadError.
        """
        _require_readable(text)
        path: tuple[str, ...] = ()
        part = text.strip(_SPACE)
        while part.startswith(b"{") and len(path) < _MAX_DEPTH:
            inside = members(part)
            name = max(inside, key=lambda name: len(inside[name]), default="")
            path, part = (*path, name), inside.get(name, b"")
        found = elements(part)
        at = _position(part, text)
        return cls(path, found, text[:at], text[at + len(part) :])

    def like_it(self, text: bytes) -> Self:
        """See another text so, which is likely to be the same around the list."""
        before, after = self.before, self.after
        if not (text.startswith(before) and text.endswith(after)):
            return self.of(text)
        _require_readable(text)
        found = elements(text[len(before) : len(text) - len(after)])
        return type(self)(self.path, found, before, after)

    def beside(self, other: Self) -> Around | None:
        """Both documents but for what they share; None where that is little, or not sure.

        Raises UnreadableError and TooLargeToReadError.
        """
        places = dict(zip(other.elements, range(len(other.elements)), strict=True))
        partners = list(map(places.get, self.elements))
        repeats = len(places) < len(other.elements) or len({*self.elements}) < len(partners)
        if self.path != other.path or repeats or partners.count(None) * 2 > len(partners):
            return None
        taken = {*partners}
        here = [at for at, partner in enumerate(partners) if partner is None]
        there = [at for at in range(len(places)) if at not in taken]
        primary = self._document()
        is_same = (self.before, self.after) == (other.before, other.after)
        candidate = primary if is_same else other._document()
        if primary is None or candidate is None:
            return None
        values = _values([self.elements[i] for i in here] + [other.elements[j] for j in there])
        return Around(
            path=self.path,
            primary=primary,
            candidate=candidate,
            left=Left(
                partners=partners,
                primary=dict(zip(here, values[: len(here)], strict=True)),
                candidate=dict(zip(there, values[len(here) :], strict=True)),
            ),
            texts=(self.elements, other.elements),
        )

    def _document(self) -> Json:
        """The document with the empty list; None where that stands elsewhere."""
        document = parse_utf8(b"%b[]%b" % (self.before, self.after))
        at = document
        for name in self.path:
            at = at.get(name) if isinstance(at, dict) else None
        is_graphql = isinstance(document, dict) and _ERRORS in document
        return document if at == [] and not is_graphql else None


def _position(part: bytes, text: bytes) -> int:
    """Where a long part of a text stands in it, first."""
    at = text.find(part[:_BEGINNING])
    return at if text.startswith(part, at) else text.find(part)


def _values(texts: list[bytes]) -> list[Json]:
    return cast("list[Json]", parse_utf8(b"[%b]" % b",".join(texts)))


def _require_readable(text: bytes) -> None:
    """Raise UnreadableError for what is not UTF-8, TooLargeToReadError for too many values."""
    require_room(text)
    if text.isascii():
        return
    try:
        text.decode()
    except UnicodeDecodeError:
        raise UnreadableError("not UTF-8") from None
