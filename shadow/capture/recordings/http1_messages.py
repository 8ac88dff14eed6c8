"""HTTP/1.1 messages that lie in a file, whole (RFC 9112).

What could be read in two ways is refused: in a recording nobody can say which one was meant.
"""

import re
from dataclasses import dataclass

from shadow.capture.recordings.addresses import Address, address_of, as_sent, method_of
from shadow.capture.recordings.entry import EntryError, LeftOut
from shadow.model import Headers, Request, Response

_MOST_HEADERS = 512
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_STATUS_LINE = re.compile(rb"HTTP/\d\.\d ([1-5]\d\d)(?: .*)?", re.DOTALL)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")
_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class _Head:
    first: bytes
    headers: Headers
    rest: bytes


def request_in(data: bytes) -> Request | LeftOut:
    """A request. Raises `EntryError` for what is none, or is not all there."""
    head = _head(data)
    words = head.first.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/"):
        raise EntryError("the request's first line is none")
    method = method_of(words[0].decode("latin-1"))
    target = words[1].decode("latin-1")
    headers = head.headers
    if "://" in target.partition("?")[0]:
        address = address_of(target)
        if isinstance(address, LeftOut):
            return address
        target, headers = address.target, _with_host(headers, address)
    elif not target.isascii():
        target = as_sent(words[1].decode("utf-8", "surrogateescape"))
    body = _body(head, ends_with_data=False)
    return Request(method=method, target=target, headers=headers, body=body)


def response_in(data: bytes, method: str, seconds: float) -> Response:
    """The answer to a request. Raises `EntryError` for what is none, or is not all there."""
    while True:
        head = _head(data)
        found = _STATUS_LINE.fullmatch(head.first)
        if found is None:
            raise EntryError("the answer's first line is none")
        status = int(found[1])
        if not 100 <= status < 200 or status == 101:
            break
        data = head.rest
    has_body = method != "HEAD" and status not in _NO_BODY and status >= 200
    body = _body(head, ends_with_data=True) if has_body else b""
    return Response(status=status, headers=head.headers, body=body, seconds=seconds)


def _head(data: bytes) -> _Head:
    found = _END_OF_HEAD.search(data)
    if found is None:
        raise EntryError("a head does not end")
    first, *lines = data[: found.start()].split(b"\n")
    if len(lines) > _MOST_HEADERS:
        raise EntryError(f"more than {_MOST_HEADERS} headers")
    headers = tuple(_field(line.removesuffix(b"\r")) for line in lines)
    return _Head(first.removesuffix(b"\r"), headers, data[found.end() :])


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name) or b"\r" in value or b"\0" in value:
        raise EntryError("a header is none")
    return name, value.strip(b" \t")


def _body(head: _Head, *, ends_with_data: bool) -> bytes:
    codings = [v for n, v in head.headers if n.lower() == b"transfer-encoding"]
    lengths = {v for n, v in head.headers if n.lower() == b"content-length"}
    if codings:
        if lengths or len(codings) > 1 or codings[0].lower() != b"chunked":
            raise EntryError("where a body ends can be read in two ways")
        return _unchunked(head.rest)
    if lengths:
        return _measured(head.rest, lengths)
    if ends_with_data:
        return head.rest
    if head.rest.strip():
        raise EntryError("more bytes follow than a request without a length can have")
    return b""


def _measured(rest: bytes, lengths: set[bytes]) -> bytes:
    said = lengths.pop()
    if lengths or not said.isdigit() or len(said) > 12:
        raise EntryError("where a body ends can be read in two ways")
    length = int(said)
    if len(rest) < length:
        raise EntryError("a body is cut short")
    if rest[length:].strip():
        raise EntryError("more bytes follow than a body has")
    return rest[:length]


def _unchunked(rest: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        found = _CHUNK_SIZE.match(rest, at)
        if found is None:
            raise EntryError("a body is cut short, or its chunks are none")
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        part = rest[found.end() : found.end() + size]
        if len(part) < size:
            raise EntryError("a body is cut short")
        parts.append(part)
        at = found.end() + size
        at += 2 if rest[at : at + 2] == b"\r\n" else 1


def _with_host(headers: Headers, address: Address) -> Headers:
    others = tuple(h for h in headers if h[0].lower() != b"host")
    return ((b"host", address.authority.encode("latin-1", "replace")), *others)
