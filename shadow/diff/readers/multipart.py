"""Multipart bodies, by RFC 2046."""

import base64
import binascii
import quopri
from collections.abc import Callable, Mapping
from email.message import Message

from shadow.diff.parse import Json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_MOST_PARTS = 1_000
_LONGEST_BOUNDARY = 200


def read_multipart(content: Content, read_part: Callable[[Content], Json]) -> Json:
    """The parts in their order: `{"name", "filename", "type", "headers", "body"}`.

    What a part has not is left out. `read_part` reads the bodies. Raises UnreadableError where the
    boundary is missing or does not fit, TooLargeToReadError for too many parts.
    """
    boundary = content.parameters.get("boundary", "").strip('"')
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        raise UnreadableError("multipart without a boundary")
    return [_read(part, read_part) for part in _parts(content.body, boundary.encode("latin-1"))]


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    line_end = b"\r\n" if b"\r\n" in body else b"\n"
    delimiter = line_end + b"--" + boundary
    pieces = (line_end + body).split(delimiter, _MOST_PARTS + 2)
    if len(pieces) > _MOST_PARTS + 1:
        raise TooLargeToReadError(f"more than {_MOST_PARTS:,} parts")
    parts: list[bytes] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return parts
        first, end, rest = piece.partition(line_end)
        if first.strip(b" \t") or not end:
            # A longer boundary, which belongs to a multipart body inside this part.
            if not parts:
                raise UnreadableError("the boundary does not fit")
            parts[-1] += delimiter + piece
        else:
            parts.append(rest)
    raise UnreadableError("the end of the multipart body is missing")


def _read(part: bytes, read_part: Callable[[Content], Json]) -> Json:
    head, body = _split(part)
    message = Message()
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            message[name.strip().lower()] = value.strip()
    parameters = {
        name.lower(): value
        for name, value in (message.get_params() or [])[1:]
        if isinstance(value, str)
    }
    media_type = message.get("content-type", "").partition(";")[0].strip().lower()
    encoding = message.get("content-transfer-encoding", "").lower()
    read: dict[str, Json] = _named(message)
    if media_type:
        read["type"] = media_type
    inner = Content(body=_undone(body, encoding), media_type=media_type, parameters=parameters)
    return {**read, "headers": _others(message), "body": read_part(inner)}


def _split(part: bytes) -> tuple[bytes, bytes]:
    for blank in (b"\r\n", b"\n"):
        if part.startswith(blank):
            return b"", part[len(blank) :]
        head, found, body = part.partition(blank * 2)
        if found:
            return head, body
    raise UnreadableError("a part without an end of its headers")


def _named(message: Message) -> dict[str, Json]:
    named = {
        name: message.get_param(name, header="content-disposition") for name in ("name", "filename")
    }
    return {name: str(value) for name, value in named.items() if value is not None}


def _others(message: Mapping[str, str] | Message) -> dict[str, Json]:
    told = {"content-type", "content-disposition", "content-transfer-encoding", "content-length"}
    return {name: value for name, value in message.items() if name not in told}


def _undone(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("a part that is no base64") from None
    return quopri.decodestring(body) if encoding == "quoted-printable" else body
