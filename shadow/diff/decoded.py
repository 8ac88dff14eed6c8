"""Fields that hold something else: in base64, compressed by gzip, or a document as JSON text."""

import base64
import zlib
from collections.abc import Callable

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError

_MAX_BYTES = 4 * 1024 * 1024
_GZIP = 31
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_LAYERS = 4
_SHORTEST_GUESSED = 8


def decode_pair(
    encodings: tuple[str, ...], primary: Json, candidate: Json
) -> tuple[Json, Json] | None:
    """What two texts hold; None when one of them does not hold what it should.

    `encodings` are undone from the outside in; where there are none, they are found out.
    """
    here, there = _decoded(encodings, primary), _decoded(encodings, candidate)
    return None if here is None or there is None else (here.value, there.value)


class _Held:
    def __init__(self, value: Json) -> None:
        self.value = value


def _decoded(encodings: tuple[str, ...], value: Json) -> _Held | None:
    if not isinstance(value, str):
        return None
    content = value.encode("utf-8", "surrogatepass")
    try:
        return _undone(encodings, content) if encodings else _found_out(content)
    except (ValueError, zlib.error, UnreadableError, TooLargeToReadError):
        return None


def _undone(encodings: tuple[str, ...], content: bytes) -> _Held:
    for encoding in encodings:
        if encoding == "json":
            return _Held(parse_json(content))
        content = _UNPACK[encoding](content)
    return _Held(_text(content))


def _found_out(content: bytes) -> _Held | None:
    """Undo what it is, layer by layer; None when it is nothing but a text."""
    for layer in range(_MOST_LAYERS):
        if content.lstrip()[:1] in {b"{", b"["}:
            return _Held(parse_json(content))
        if content.startswith(_GZIP_MAGIC):
            content = _gunzip(content)
            continue
        inner = _guessed_base64(content)
        if inner is None:
            return _Held(_text(content)) if layer else None
        content = inner
    return None


def _guessed_base64(content: bytes) -> bytes | None:
    """What is in base64, if it surely is: words and numbers are made of its letters too."""
    try:
        decoded = _unbase64(content)
    except ValueError:
        return None
    if decoded.startswith(_GZIP_MAGIC) or decoded.lstrip()[:1] in {b"{", b"["}:
        return decoded
    is_spelt_out = len(content) >= _SHORTEST_GUESSED and base64.b64encode(decoded) == content
    return decoded if is_spelt_out and _is_readable(decoded) else None


def _is_readable(content: bytes) -> bool:
    try:
        return content.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _unbase64(content: bytes) -> bytes:
    """Undo base64, of the usual alphabet or the one for URLs, padded or not."""
    compact = b"".join(content.split()).translate(bytes.maketrans(b"-_", b"+/"))
    padded = compact.rstrip(b"=") + b"=" * (-len(compact.rstrip(b"=")) % 4)
    return base64.b64decode(padded, validate=True)


def _gunzip(content: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    decoded = inflater.decompress(content, _MAX_BYTES + 1)
    if len(decoded) > _MAX_BYTES or not inflater.eof or inflater.unused_data:
        raise ValueError
    return decoded


def _text(content: bytes) -> Json:
    """The content as text; bytes that are none are no text, but an object that says so."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"bytes": content.hex()}


_UNPACK: dict[str, Callable[[bytes], bytes]] = {"base64": _unbase64, "gzip": _gunzip}
