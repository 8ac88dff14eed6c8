"""The segments of a path, each as it is written in a template. Each path by itself.

Versions are no identifiers where they stand: `/api/2` and `/api/3` are two.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from shadow.diff.endpoints.kinds import type_of

MAX_SEGMENTS = 32
MORE = "…"
"""What follows the first segments of a path that has too many."""

_MAX_CHARS = 64
_REMEMBERED = 16_384
_RESERVED = re.compile(r"[/{}%?#;\s]")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"[\w.~+=-]+", re.ASCII)
_RELEASE = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+")
_API_VERSION = re.compile(r"[0-9]|[0-9]{4}-[0-9]{2}|" + _RELEASE.pattern)
_VERSIONS_BELOW = {"": _RELEASE, "api": _API_VERSION, "rest": _API_VERSION}
"""What is a version of an API below these words; below none, which is the start of a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a path, as it is and as it is written in a template."""

    word: str
    template: str

    @property
    def is_typed(self) -> bool:
        """Whether it stands for many."""
        return self.word != self.template


def segments_of(target: str) -> tuple[Segment, ...]:
    """The segments of a request target's path: the first MAX_SEGMENTS, and `…` for the rest."""
    parts = _path(target).split("/")[1:]
    segments = _read(parts[:MAX_SEGMENTS])
    return (*segments, _REST) if len(parts) > MAX_SEGMENTS else segments


def read_segment(text: str) -> Segment:
    """One segment by itself, percent-encoded or not."""
    return _read_part(text)


def is_typed(segment: str) -> bool:
    """Whether a segment of a template stands for many."""
    return "{" in segment


_REST = Segment(word=MORE, template=MORE)


def _read(parts: list[str]) -> tuple[Segment, ...]:
    above = ""
    segments = []
    for part in parts:
        segment = _read_part(part)
        version = _VERSIONS_BELOW.get(above)
        if version and version.fullmatch(segment.word):
            segment = Segment(word=segment.word, template=segment.word)
        segments.append(segment)
        above = segment.word or "/"
    return tuple(segments)


def _path(target: str) -> str:
    """The path of a request target: without query, and without scheme and authority."""
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/") and "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path if path.startswith("/") else "/*"


@lru_cache(maxsize=_REMEMBERED)
def _read_part(part: str) -> Segment:
    """Decode one segment; path parameters (`;jsessionid=…`) are no part of the template."""
    if _PLAIN.fullmatch(part):
        return Segment(word=part, template=type_of(part) or _unusual(part) or part)
    content = unquote_to_bytes(_bytes(part.partition(";")[0]))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Segment(word=quote(content), template="{text}")
    word = quote(text, safe="") if _RESERVED.search(text) else text
    return Segment(word=word, template=type_of(text) or _unusual(text) or word)


def _bytes(part: str) -> bytes:
    """Targets are bytes read as Latin-1; one that has other characters was read as UTF-8."""
    try:
        return part.encode("latin-1")
    except UnicodeEncodeError:
        return part.encode("utf-8", "replace")


def _unusual(text: str) -> str | None:
    """The form of what is too long or not printable."""
    if len(text) > _MAX_CHARS:
        return "{token}" if _TOKEN.fullmatch(text) else "{text}"
    return None if text.isprintable() else "{text}"
