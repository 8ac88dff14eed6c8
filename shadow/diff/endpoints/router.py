"""What was asked: a request's method and the template of its path.

Where the path is not the operation, a name in brackets follows it (see `operations`). Configured
templates come first. Else each segment that looks like an identifier becomes its type
(`/orders/{int}`), and words stay (`/users/me`). No request is remembered: one path, one template.
"""

import re
from collections.abc import Iterable, Sequence

from shadow.diff.endpoints.operations import Discriminator, operation_of
from shadow.diff.endpoints.routes import METHODS, Route, Routes
from shadow.diff.endpoints.segments import MAX_SEGMENTS, Segment, segments_of
from shadow.diff.identifiers import identifier_kind
from shadow.model import Endpoint, Request

NOT_FOUND = "(not found)"
"""The template of paths that the primary does not know: there is no end to them."""

_OTHER_METHOD = "OTHER"
_MAX_SEGMENT_CHARS = 64
_HTTP_NOT_FOUND = 404
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
        self._routes = Routes(map(Route.read, templates))
        self._discriminators = discriminators

    def route(self, request: Request, status: int) -> Endpoint:
        """The endpoint of a request to which the primary answered with `status`."""
        endpoint = self._route(request, status)
        name = operation_of(request, self._discriminators)
        if name is None:
            return endpoint
        return Endpoint(method=endpoint.method, template=f"{endpoint.template} [{_named(name)}]")

    def _route(self, request: Request, status: int) -> Endpoint:
        method = request.method if request.method in METHODS else _OTHER_METHOD
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
        """The endpoint that a configured template gives, if one fits; that of GET for HEAD too."""
        method = request.method if request.method in METHODS else _OTHER_METHOD
        segments = segments_of(request.target)
        return self._fitting(method, segments) if len(segments) <= MAX_SEGMENTS else None

    def _fitting(self, method: str, segments: Sequence[Segment]) -> Endpoint | None:
        template = self._routes.fitting(method, segments)
        if template is None and method == "HEAD":
            template = self._routes.fitting("GET", segments)
        return None if template is None else Endpoint(method=method, template=template)


def _named(operation: str) -> str:
    """An operation as it is counted: short, printable, and no identifier."""
    if len(operation) > _MAX_SEGMENT_CHARS or not _OPERATION.fullmatch(operation):
        return "{text}"
    kind = identifier_kind(operation)
    return operation if kind is None else f"{{{kind}}}"


def _join(segments: Iterable[Segment]) -> str:
    return "".join(f"/{segment.template}" for segment in segments)
