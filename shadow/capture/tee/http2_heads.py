"""What the fields of a header block say, as a request's or an answer's head.

A head is malformed (RFC 9113, section 8.1.1) where readers may differ in what it says: then None is
returned, and its exchange is left out. Framing does not depend on it, so others go on.
"""

import re
from typing import NamedTuple

from shadow.capture.tee.heads import MOST_HEADERS
from shadow.model import Headers

_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_TARGET = re.compile(rb"[^\x00-\x20\x7f]+")
_AUTHORITY = re.compile(rb"[^\x00-\x20\x7f@/]+")
_VALUE = re.compile(rb"[^\x00\r\n]*")
_STATUS = re.compile(rb"[1-9][0-9][0-9]")
_LENGTH = re.compile(rb"[0-9]{1,15}")

_OF_REQUESTS = frozenset({b":method", b":scheme", b":authority", b":path", b":protocol"})
_OF_ANSWERS = frozenset({b":status"})
_OF_CONNECTIONS = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
_EVENT_STREAM = b"text/event-stream"


class StreamRequest(NamedTuple):
    """A request without its body, its host in front of the headers.

    `length` is what it says of its body, if it does. `tunnels` says that it asks for another
    protocol (RFC 8441).
    """

    method: str
    target: str
    headers: Headers
    length: int | None
    tunnels: bool


class StreamResponse(NamedTuple):
    """An answer without its body; `events` says that it is an event stream."""

    status: int
    headers: Headers
    length: int | None
    events: bool


def read_request(fields: Headers) -> StreamRequest | None:
    """Read a request's head; None for one that is malformed."""
    said = _said(fields, _OF_REQUESTS)
    if said is None:
        return None
    pseudo, headers, length = said
    method, path = pseudo.get(b":method", b""), pseudo.get(b":path")
    tunnels = b":protocol" in pseudo
    if not _METHOD.fullmatch(method) or (tunnels and method != b"CONNECT"):
        return None
    if method == b"CONNECT" and not tunnels:
        target = pseudo.get(b":authority") if path is None else None
    else:
        target = path if b":scheme" in pseudo else None
    if target is None or not _TARGET.fullmatch(target):
        return None
    with_host = _with_host(pseudo.get(b":authority"), headers)
    if with_host is None:
        return None
    return StreamRequest(
        method=method.decode("latin-1"),
        target=target.decode("latin-1"),
        headers=tuple(_with_one_cookie(with_host)),
        length=length,
        tunnels=tunnels,
    )


def read_response(fields: Headers) -> StreamResponse | None:
    """Read an answer's head; None for one that is malformed."""
    said = _said(fields, _OF_ANSWERS)
    if said is None:
        return None
    pseudo, headers, length = said
    status = pseudo.get(b":status", b"")
    if not _STATUS.fullmatch(status):
        return None
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    return StreamResponse(
        status=int(status),
        headers=tuple(headers),
        length=length,
        events=kind.lower().startswith(_EVENT_STREAM),
    )


def are_trailers(fields: Headers) -> bool:
    """Whether these may stand behind a body."""
    return _said(fields, frozenset()) is not None


type _Fields = list[tuple[bytes, bytes]]
type _Said = tuple[dict[bytes, bytes], _Fields, int | None]


def _said(fields: Headers, allowed: frozenset[bytes]) -> _Said | None:
    """What begins with a colon, the headers, and the length among them; None if malformed."""
    pseudo: dict[bytes, bytes] = {}
    headers: _Fields = []
    length: int | None = None
    for name, value in fields:
        if name.startswith(b":"):
            if headers or name in pseudo or name not in allowed:
                return None
            pseudo[name] = value
            continue
        if not _is_header(name, value):
            return None
        headers.append((name, value.strip(b" \t")))
        if name == b"content-length":
            if length is not None or not _LENGTH.fullmatch(headers[-1][1]):
                return None
            length = int(value)
    return (pseudo, headers, length) if len(headers) <= MOST_HEADERS else None


def _is_header(name: bytes, value: bytes) -> bool:
    if name in _OF_CONNECTIONS or (name == b"te" and value.strip().lower() != b"trailers"):
        return False
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def _with_host(authority: bytes | None, headers: _Fields) -> _Fields | None:
    """The headers with a host in front, or None where two are named."""
    if authority and not _AUTHORITY.fullmatch(authority):
        return None
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts:
        return [(b"host", authority), *headers] if authority else headers
    return headers if len(hosts) == 1 and authority in (None, b"", hosts[0]) else None


def _with_one_cookie(headers: _Fields) -> _Fields:
    """Put a `Cookie` together that was sent in pieces, as HTTP/1 knows only whole ones.

    RFC 9113, section 8.2.3.
    """
    pieces = [value for name, value in headers if name == b"cookie"]
    if len(pieces) < 2:
        return headers
    first = next(at for at, (name, _) in enumerate(headers) if name == b"cookie")
    kept = [(name, value) for name, value in headers if name != b"cookie"]
    kept.insert(first, (b"cookie", b"; ".join(pieces)))
    return kept
