"""Protobuf messages, alone and in the frames of gRPC, gRPC-web and Connect."""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterator
from functools import partial

from shadow.diff.decode import Undecodable, undo_codings
from shadow.diff.limits import LimitReachedError
from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.protobuf_schema import ProtobufSchema
from shadow.diff.readers.protobuf_wire import Budget, read_by_wire_type, varint

__all__ = ["ProtobufSchema", "read_grpc", "read_protobuf"]

_MOST_FRAMES = 200_000
_MOST_BYTES = 16 * 1024 * 1024
_COMPRESSED, _END, _TRAILERS = 1, 2, 128
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


def read_protobuf(
    content: Content, schema: ProtobufSchema | None = None, message: str | None = None
) -> Json:
    """A message by the names of its fields, where the schema knows it, else by their numbers.

    Without a `message` it is the one that the content type names. A stream of messages, which the
    content type calls `delimited`, is a list. Raises UnreadableError, TooLargeToReadError.
    """
    named = message or content.parameters.get("proto") or content.parameters.get("messagetype")
    budget = Budget()
    read = _reader(schema, named, budget)
    if content.parameters.get("encoding") == "delimited":
        return [read(one) for one in _delimited(content.body, budget)]
    return read(content.body)


def read_grpc(
    content: Content,
    schema: ProtobufSchema | None = None,
    message: str | None = None,
    grpc_encoding: str | None = None,
) -> Json:
    """The messages of a stream of frames; what ends it is `{"@trailers"}` or `{"@end"}`.

    Compressed frames are read as `grpc_encoding` says, else as they look. Raises UnreadableError,
    TooLargeToReadError.
    """
    is_json = content.media_type.endswith("+json")
    read = parse_json if is_json else _reader(schema, message, Budget())
    return [
        _frame(flags, payload, read)
        for flags, payload in _decompressed(_frames(_unwrapped(content)), grpc_encoding)
    ]


def _reader(
    schema: ProtobufSchema | None, message: str | None, budget: Budget
) -> Callable[[bytes], Json]:
    if schema is not None and message is not None and schema.knows(message):
        return partial(schema.read, message, budget=budget)
    return partial(read_by_wire_type, budget=budget)


def _delimited(body: bytes, budget: Budget) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        budget.spend()
        size, at = varint(body, at)
        if size > len(body) - at:
            raise UnreadableError("a protobuf message is cut short")
        yield body[at : at + size]
        at += size


def _unwrapped(content: Content) -> bytes:
    """The frames, out of the base64 that gRPC-web has for browsers: pieces, each with its end."""
    if not content.media_type.startswith("application/grpc-web-text"):
        return content.body
    pieces = _BASE64.findall(content.body)
    if sum(map(len, pieces)) != len(content.body):
        raise UnreadableError("gRPC-web that is no base64")
    try:
        return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except binascii.Error:
        raise UnreadableError("gRPC-web that is no base64") from None


def _frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST_FRAMES):
        if at == len(body):
            return
        if len(body) - at < 5:
            raise UnreadableError("a gRPC frame is cut short")
        flags, size = struct.unpack_from(">BI", body, at)
        at += 5
        if size > len(body) - at:
            raise UnreadableError("a gRPC frame is cut short")
        yield flags, body[at : at + size]
        at += size
    raise TooLargeToReadError(f"more than {_MOST_FRAMES:,} gRPC frames")


def _decompressed(
    frames: Iterator[tuple[int, bytes]], named: str | None
) -> Iterator[tuple[int, bytes]]:
    """The frames as they were before they were compressed; all together have one limit."""
    room = _MOST_BYTES
    for flags, payload in frames:
        if flags & _COMPRESSED:
            message = _inflated(payload, named, room)
            room -= len(message)
            yield flags & ~_COMPRESSED, message
        else:
            yield flags, payload


def _inflated(payload: bytes, named: str | None, room: int) -> bytes:
    looks = "gzip" if payload.startswith(_GZIP) else "zstd" if payload.startswith(_ZSTD) else None
    coding = named if named and named != "identity" else looks or "deflate"
    try:
        message = undo_codings(payload, (coding,), room)
    except LimitReachedError as limit:
        raise TooLargeToReadError(f"a gRPC frame of {limit}") from None
    if isinstance(message, Undecodable):
        raise UnreadableError(f"a gRPC frame: {message.reason}")
    return message


def _frame(sort: int, payload: bytes, read: Callable[[bytes], Json]) -> Json:
    if sort == 0:
        return read(payload)
    if sort == _TRAILERS:
        return {"@trailers": _headers(payload)}
    if sort == _END:
        return {"@end": parse_json(payload)}
    raise UnreadableError("no gRPC frame")


def _headers(block: bytes) -> Json:
    headers: dict[str, list[Json]] = {}
    for line in block.decode("latin-1").split("\r\n"):
        if line:
            name, colon, value = line.partition(":")
            if not colon:
                raise UnreadableError("a trailer without a value")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return dict(headers)
