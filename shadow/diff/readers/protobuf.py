"""Protobuf by wire type, alone and in the frames of gRPC."""

import struct
import zlib
from collections.abc import Iterator

from shadow.diff.parse import Json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_DEEPEST = 32
_MOST_FIELDS = 200_000
_MOST_BYTES = 16 * 1024 * 1024
_LONGEST_VARINT = 10
_COMPRESSED, _TRAILERS = 1, 128


def read_protobuf(content: Content) -> Json:
    """The fields of a message by their numbers: `{"field1": [values…]}`.

    A field with a length is a message if it can be one, else a text, else bytes in hex. Raises
    UnreadableError for what is no message.
    """
    return _message(content.body, _DEEPEST, [0])


def read_grpc(content: Content) -> Json:
    """The messages of a stream of frames, and the trailers of gRPC-web."""
    frames: list[Json] = []
    for flags, payload in _frames(content.body):
        if flags & _TRAILERS:
            lines: list[Json] = [*sorted(payload.decode("latin-1").split("\r\n"))]
            frames.append({"trailers": lines})
        else:
            message = _inflated(payload) if flags & _COMPRESSED else payload
            frames.append(read_protobuf(Content(body=message)))
    return frames


def _frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        if len(body) - at < 5:
            raise UnreadableError("a gRPC frame is cut short")
        flags, size = struct.unpack_from(">BI", body, at)
        at += 5
        if size > len(body) - at:
            raise UnreadableError("a gRPC frame is cut short")
        yield flags, body[at : at + size]
        at += size


def _inflated(payload: bytes) -> bytes:
    inflater = zlib.decompressobj(47)
    try:
        message = inflater.decompress(payload, _MOST_BYTES + 1)
    except zlib.error:
        raise UnreadableError("a gRPC frame that is not gzip") from None
    if len(message) > _MOST_BYTES:
        raise TooLargeToReadError("a gRPC frame of more than 16 MiB")
    if not inflater.eof:
        raise UnreadableError("a gRPC frame is cut short")
    return message


def _message(body: bytes, depth: int, count: list[int]) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    at = 0
    while at < len(body):
        count[0] += 1
        if count[0] > _MOST_FIELDS:
            raise TooLargeToReadError(f"more than {_MOST_FIELDS:,} fields")
        key, at = _varint(body, at)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise UnreadableError("no protobuf message")
        value, at = _value(body, at, wire_type, depth, count)
        values = fields.setdefault(f"field{number}", [])
        if isinstance(values, list):
            values.append(value)
    return fields


def _value(body: bytes, at: int, wire_type: int, depth: int, count: list[int]) -> tuple[Json, int]:
    if wire_type == 0:
        return _varint(body, at)
    if wire_type == 2:
        size, at = _varint(body, at)
        _require(size <= len(body) - at)
        return _delimited(body[at : at + size], depth, count), at + size
    width = {1: 8, 5: 4}.get(wire_type)
    if width is None:
        raise UnreadableError("no protobuf message")
    _require(width <= len(body) - at)
    return {f"fixed{width * 8}": body[at : at + width].hex()}, at + width


def _delimited(content: bytes, depth: int, count: list[int]) -> Json:
    if not content:
        return ""
    text = _printable(content)
    if text is not None:
        return text
    if depth:
        try:
            return _message(content, depth - 1, count)
        except UnreadableError:
            pass
    return {"bytes": content.hex()}


def _printable(content: bytes) -> str | None:
    """The content as text, where it is one that people may read."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(_LONGEST_VARINT):
        _require(at < len(body))
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at
    raise UnreadableError("no protobuf message")


def _require(is_there: bool) -> None:  # noqa: FBT001 - a condition
    if not is_there:
        raise UnreadableError("a protobuf message is cut short")
