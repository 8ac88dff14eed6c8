"""Operations that the path does not name: of GraphQL, JSON-RPC, AWS, SOAP, and configured ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qsl

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.rules.globs import matches_glob
from shadow.diff.rules.patterns import PathPattern, parse_location
from shadow.model import Request

_LARGEST_BODY = 256 * 1024
_LONGEST_QUERY = 20_000
_MOST_TOKENS = 2_000
_MOST_FIELDS = 100
_MOST_NAMED = 3
_SOAP_ACTION = re.compile(r'action="?([^";]+)')


class Source(StrEnum):
    """Where the name of an operation stands."""

    HEADER = "header"
    FORM = "form"
    QUERY = "query"
    JSON = "json"
    GRAPHQL = "graphql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discriminator:
    """What names the operation of requests that match a glob over `METHOD /path`.

    `name` is a header's, a field's or a parameter's name, or a JSONPath of names.
    """

    match: str
    source: Source
    name: str = ""

    @classmethod
    def of(cls, match: str, by: str) -> Self:
        """Read `header:x-amz-target`, `form:Action`, `query:op`, `json:$.method` or `graphql`.

        Raises ValueError that says what is possible for anything else.
        """
        source, _, name = by.partition(":")
        known = source in set(Source) and bool(name) == (source != Source.GRAPHQL)
        if not known or (source == Source.JSON and _steps(name) is None):
            message = (
                f"{by!r} names no operation: write header:NAME, form:NAME, query:NAME, "
                "json:$.name or graphql"
            )
            raise ValueError(message)
        return cls(match=match, source=Source(source), name=name)


def operation_of(request: Request, discriminators: tuple[Discriminator, ...]) -> str | None:
    """The name of the operation; None where the path says all. Never raises."""
    seen = _Seen(request)
    asked = f"{request.method} {seen.path}"
    for discriminator in discriminators:
        if matches_glob(asked, discriminator.match):
            return _by(discriminator, seen)
    return next(_found(seen), None)


class _Seen:
    """A request, read as far as it is asked for."""

    def __init__(self, request: Request) -> None:
        self.path, _, self._query = request.target.partition("?")
        self._request = request
        self.media_type = self.header("content-type").partition(";")[0].strip().lower()
        self.body = request.body if len(request.body) <= _LARGEST_BODY else b""

    def header(self, name: str) -> str:
        wanted = name.lower().encode("latin-1", "replace")
        values = (value for key, value in self._request.headers if key.lower() == wanted)
        return next(values, b"").decode("latin-1").strip()

    def query(self, name: str) -> str:
        return _field(self._query, name)

    def form(self, name: str) -> str:
        if self.media_type != "application/x-www-form-urlencoded":
            return ""
        return _field(self.body.decode("latin-1"), name)

    def json(self) -> Json:
        if self.body.lstrip()[:1] not in {b"{", b"["}:
            return None
        try:
            return parse_json(self.body)
        except (UnreadableError, TooLargeToReadError):
            return None


def _by(discriminator: Discriminator, seen: _Seen) -> str | None:
    match discriminator.source:
        case Source.HEADER:
            return seen.header(discriminator.name) or None
        case Source.FORM:
            return seen.form(discriminator.name) or None
        case Source.QUERY:
            return seen.query(discriminator.name) or None
        case Source.JSON:
            return _at(seen.json(), _steps(discriminator.name) or ())
        case Source.GRAPHQL:
            return _graphql(seen)


def _found(seen: _Seen) -> Iterator[str]:
    """What names itself."""
    if target := seen.header("x-amz-target"):
        yield target
    if action := seen.header("soapaction").strip('"'):
        yield action.rpartition("/")[2] or action
    if seen.media_type == "application/soap+xml" and (
        said := _SOAP_ACTION.search(seen.header("content-type"))
    ):
        yield said[1].rpartition("/")[2] or said[1]
    for field in (seen.form, seen.query):
        if (action := field("Action")) and field("Version"):
            yield action
    if _looks_like_graphql(seen) and (name := _graphql(seen)):
        yield name
    if b'"jsonrpc"' in seen.body and (name := _json_rpc(seen.json())):
        yield name


def _looks_like_graphql(seen: _Seen) -> bool:
    return seen.path.rstrip("/").endswith("graphql") or seen.media_type == "application/graphql"


def _json_rpc(document: Json) -> str | None:
    if isinstance(document, list):
        names = [name for call in document[:_MOST_FIELDS] if (name := _json_rpc(call))]
        return _listed(names)
    if isinstance(document, dict) and "jsonrpc" in document:
        method = document.get("method")
        return method if isinstance(method, str) and method else None
    return None


def _graphql(seen: _Seen) -> str | None:
    if seen.media_type == "application/graphql":
        return _operation(seen.body.decode("utf-8", "replace"), None)
    document = seen.json()
    if document is None:
        asked = ("query", "operationName")
        return _of_document({name: seen.query(name) for name in asked})
    if isinstance(document, list):
        return _listed([name for each in document[:_MOST_FIELDS] if (name := _of_document(each))])
    return _of_document(document)


def _of_document(document: Json) -> str | None:
    if not isinstance(document, dict):
        return None
    name, query = document.get("operationName"), document.get("query")
    name = name if isinstance(name, str) and name else None
    if isinstance(query, str) and query:
        return _operation(query, name)
    return name


@lru_cache(maxsize=1_024)
def _operation(query: str, name: str | None) -> str | None:
    """The kind and name of the operation; an anonymous one has its fields for a name."""
    if len(query) > _LONGEST_QUERY:
        return name
    try:
        document = parse(query, no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError):
        return name
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    named = [o for o in operations if o.name is not None and o.name.value == name]
    chosen = next(iter(named or operations), None)
    if chosen is None:
        return name
    if chosen.name is not None:
        return f"{chosen.operation.value} {chosen.name.value}"
    fields = [f.name.value for f in chosen.selection_set.selections if isinstance(f, FieldNode)]
    listed = _listed(fields)
    return None if listed is None else f"{chosen.operation.value} {listed}"


def _listed(names: list[str]) -> str | None:
    """Several names as one, the same whatever their order."""
    distinct = sorted(set(names))
    more = "+more" if len(distinct) > _MOST_NAMED else ""
    return "+".join(distinct[:_MOST_NAMED]) + more if distinct else None


def _field(text: str, name: str) -> str:
    if text.count("&") > _MOST_FIELDS:
        return ""
    pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1")
    return next((value for key, value in pairs if key == name), "")


def _steps(path: str) -> tuple[str, ...] | None:
    """The names of a JSONPath; None for one that has anything else."""
    try:
        pattern = parse_location(path)
    except ValueError:
        return None
    return pattern.names if isinstance(pattern, PathPattern) else None


def _at(value: Json, steps: tuple[str, ...]) -> str | None:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None
