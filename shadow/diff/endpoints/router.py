"""What was asked: a request's method and the template of its path.

Configured templates come first. Else each segment that looks like an identifier becomes its type
(`/orders/{int}`), and words stay (`/users/me`). No request is remembered: one path, one template.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from shadow.diff.identifiers import identifier_kind
from shadow.model import Endpoint, Request

NOT_FOUND = "(not found)"
"""The template of paths that the primary does not know: there is no end to them."""

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
_OTHER_METHOD = "OTHER"
_MAX_SEGMENTS = 32
_MAX_SEGMENT_CHARS = 64
_HTTP_NOT_FOUND = 404
_EXTENSION = re.compile(r"(?P<stem>.+)(?P<extension>\.[a-z][a-z0-9]{0,7})")
_RESERVED = re.compile(r"[/{}%?#;\s]")
_PARAMETER = re.compile(r"\{[^{}/]+\}")
_TOKEN = re.compile(r"[\w.~+=-]+", re.ASCII)


class EndpointRouter:
    """Names the endpoint of a request.

    `templates` are `/items/{id}` or `GET /items/{id}`; where several fit, the one with more words
    wins. Raises ValueError for one that is no template.
    """

    def __init__(self, templates: tuple[str, ...] = ()) -> None:
        self._configured = sorted(map(_read_template, templates), key=lambda t: t.rank)

    def route(self, request: Request, status: int) -> Endpoint:
        """The endpoint of a request to which the primary answered with `status`."""
        method = request.method if request.method in _METHODS else _OTHER_METHOD
        raw = _path(request.target).encode("latin-1", "replace").split(b"/")[1:]
        segments = [_read_segment(part) for part in raw[:_MAX_SEGMENTS]]
        if len(raw) > _MAX_SEGMENTS:
            return Endpoint(method=method, template=f"{_join(segments)}/…")
        for configured in self._configured:
            if configured.matches(method, segments):
                return Endpoint(method=method, template=configured.template)
        if status == _HTTP_NOT_FOUND and not any(segment.is_typed for segment in segments):
            return Endpoint(method=method, template=NOT_FOUND)
        return Endpoint(method=method, template=_join(segments))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """A part of a path, as it is and as it is written in a template."""

    word: str
    template: str

    @property
    def is_typed(self) -> bool:
        return self.word != self.template


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configured:
    """A configured template; a word None is a parameter."""

    method: str | None
    template: str
    words: tuple[str | None, ...]

    @property
    def rank(self) -> tuple[tuple[bool, ...], bool]:
        """Sorts words before parameters, and templates with a method before those without."""
        return tuple(word is None for word in self.words), self.method is None

    def matches(self, method: str, segments: list[_Segment]) -> bool:
        return (
            self.method in {None, method}
            and len(self.words) == len(segments)
            and all(
                bool(segment.word) if word is None else word == segment.word
                for word, segment in zip(self.words, segments, strict=True)
            )
        )


def _read_template(text: str) -> _Configured:
    method, _, path = text.strip().rpartition(" ")
    if not path.startswith("/") or (method and method not in _METHODS):
        message = f"{text!r} is no endpoint: write it as /items/{{id}} or GET /items/{{id}}"
        raise ValueError(message)
    words = tuple(
        None if _PARAMETER.fullmatch(part) else _read_segment(part.encode()).word
        for part in path.split("/")[1:]
    )
    return _Configured(method=method or None, template=path, words=words)


def _path(target: str) -> str:
    """The path of a request target: without query, and without scheme and authority."""
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/") and "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path if path.startswith("/") else "/*"


def _read_segment(raw: bytes) -> _Segment:
    """Decode one segment; path parameters (`;jsessionid=…`) are no part of the template."""
    content = unquote_to_bytes(raw.partition(b";")[0])
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _Segment(word=quote(content), template="{text}")
    word = quote(text, safe="") if _RESERVED.search(text) else text
    return _Segment(word=word, template=_type_of(text) or word)


def _type_of(text: str) -> str | None:
    """The typed form of a segment, None for a word."""
    kind = identifier_kind(text)
    if kind is not None:
        return f"{{{kind}}}"
    file = _EXTENSION.fullmatch(text)
    stem = identifier_kind(file["stem"]) if file else None
    if file and stem:
        return f"{{{stem}}}{file['extension']}"
    if len(text) > _MAX_SEGMENT_CHARS:
        return "{token}" if _TOKEN.fullmatch(text) else "{text}"
    return None if text.isprintable() else "{text}"


def _join(segments: list[_Segment]) -> str:
    return "".join(f"/{segment.template}" for segment in segments)
