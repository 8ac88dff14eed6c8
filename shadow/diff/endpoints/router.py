"""What was asked: a request's method and the template of its path.

Where the path is not the operation, a name in brackets follows it (see `operations`). Configured
templates come first. Else each segment that looks like an identifier becomes its type
(`/orders/{int}`), and words stay (`/users/me`). No request is remembered: one path, one template.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shadow.diff.endpoints.operations import Discriminator, operation_of
from shadow.diff.endpoints.segments import MAX_SEGMENTS, Segment, read_segment, segments_of
from shadow.diff.identifiers import identifier_kind
from shadow.model import Endpoint, Request

NOT_FOUND = "(not found)"
"""The template of paths that the primary does not know: there is no end to them."""

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
_OTHER_METHOD = "OTHER"
_MAX_SEGMENT_CHARS = 64
_MAX_PARAMETERS = 3
_MAX_MATCHED = 256
_HTTP_NOT_FOUND = 404
_PARAMETER = re.compile(r"\{[^{}/]+\}")
_OPERATION = re.compile(r"[\w.:/#+ -]+")


class EndpointRouter:
    """Names the endpoint of a request.

    `templates` are `/items/{id}` or `GET /items/{id}`; where several fit, the one with more words
    wins. Raises ValueError for one that is no template.
    """

    def __init__(
        self,
        templates: tuple[str, ...] = (),
        discriminators: tuple[Discriminator, ...] = (),
    ) -> None:
        self._configured = sorted(map(_read_template, templates), key=lambda t: t.rank)
        self._discriminators = discriminators

    def route(self, request: Request, status: int) -> Endpoint:
        """The endpoint of a request to which the primary answered with `status`."""
        endpoint = self._route(request, status)
        name = operation_of(request, self._discriminators)
        if name is None:
            return endpoint
        return Endpoint(method=endpoint.method, template=f"{endpoint.template} [{_named(name)}]")

    def _route(self, request: Request, status: int) -> Endpoint:
        method = request.method if request.method in _METHODS else _OTHER_METHOD
        segments = segments_of(request.target)
        if len(segments) > MAX_SEGMENTS:
            return Endpoint(method=method, template=_join(segments))
        configured = self._fitting(method, segments)
        if configured is not None:
            return configured
        if status == _HTTP_NOT_FOUND and not any(segment.is_typed for segment in segments):
            return Endpoint(method=method, template=NOT_FOUND)
        return Endpoint(method=method, template=_join(segments))

    def configured(self, request: Request) -> Endpoint | None:
        """The endpoint that a configured template gives, if one fits."""
        method = request.method if request.method in _METHODS else _OTHER_METHOD
        return self._fitting(method, segments_of(request.target))

    def _fitting(self, method: str, segments: Sequence[Segment]) -> Endpoint | None:
        for configured in self._configured:
            if configured.matches(method, segments):
                return Endpoint(method=method, template=configured.template)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Configured:
    """A configured template; a word None is a parameter, a pattern has some inside."""

    method: str | None
    template: str
    words: tuple[str | re.Pattern[str] | None, ...]

    @property
    def rank(self) -> tuple[tuple[int, ...], bool]:
        """Sorts words before parameters, and templates with a method before those without."""
        ranks = tuple(0 if isinstance(w, str) else 2 if w is None else 1 for w in self.words)
        return ranks, self.method is None

    def matches(self, method: str, segments: Sequence[Segment]) -> bool:
        return (
            self.method in {None, method}
            and len(self.words) == len(segments)
            and all(map(_fits, self.words, segments))
        )


def _read_template(text: str) -> _Configured:
    method, _, path = text.strip().rpartition(" ")
    if not path.startswith("/") or (method and method not in _METHODS):
        message = f"{text!r} is no endpoint: write it as /items/{{id}} or GET /items/{{id}}"
        raise ValueError(message)
    words = tuple(_read_word(part) for part in path.split("/")[1:])
    return _Configured(method=method or None, template=path, words=words)


def _read_word(part: str) -> str | re.Pattern[str] | None:
    if _PARAMETER.fullmatch(part):
        return None
    literals = _PARAMETER.split(part)
    if len(literals) == 1:
        return read_segment(part.encode().decode("latin-1")).word
    if len(literals) > _MAX_PARAMETERS + 1:
        message = f"{part!r} has more than {_MAX_PARAMETERS} parameters in one segment"
        raise ValueError(message)
    return re.compile("([^/]+)".join(map(re.escape, literals)))


def _fits(word: str | re.Pattern[str] | None, segment: Segment) -> bool:
    if word is None:
        return bool(segment.word)
    if isinstance(word, str):
        return word == segment.word
    return len(segment.word) <= _MAX_MATCHED and word.fullmatch(segment.word) is not None


def _named(operation: str) -> str:
    """An operation as it is counted: short, printable, and no identifier."""
    if len(operation) > _MAX_SEGMENT_CHARS or not _OPERATION.fullmatch(operation):
        return "{text}"
    kind = identifier_kind(operation)
    return operation if kind is None else f"{{{kind}}}"


def _join(segments: Iterable[Segment]) -> str:
    return "".join(f"/{segment.template}" for segment in segments)
