"""Content codings undone, within bounds: a bomb costs no more than `max_bytes`."""

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]
import zstandard

from shadow.diff.limits import LimitReachedError
from shadow.model import Headers, Response

type Decoder = Callable[[bytes, int], bytes]
"""Gives at most one byte more than it is allowed to; raises ValueError for what is malformed."""

_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15
_MAX_CODINGS = 8
_MAX_MEMBERS = 100
"""Members of a gzip body, frames of a zstd one: each costs a copy of what follows it."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A body whose content coding cannot be undone, and why."""

    reason: str


def decode_body(response: Response, max_bytes: int) -> bytes | Undecodable:
    """The body as it was before its content codings.

    Raises LimitReachedError when it is longer than `max_bytes`.
    """
    content = response.body
    codings = content_codings(response.headers)
    if len(codings) > _MAX_CODINGS:
        return Undecodable(f"more than {_MAX_CODINGS} content codings")
    for coding in reversed(codings):
        decoder = _DECODERS.get(coding)
        if decoder is None:
            return Undecodable(f"unknown content coding {coding[:40]!r}")
        try:
            content = decoder(content, max_bytes) if content else b""
        except (ValueError, zlib.error, brotli.error, zstandard.ZstdError):
            return Undecodable(f"truncated or malformed {coding}")
        if len(content) > max_bytes:
            raise LimitReachedError("body", f"more than {max_bytes:,} bytes when decoded")
    return content


def content_codings(headers: Headers) -> tuple[str, ...]:
    """The content codings in the order in which they were applied, `identity` left out."""
    values = b",".join(value for name, value in headers if name.lower() == b"content-encoding")
    names = (name.strip().lower() for name in values.decode("latin-1").split(","))
    return tuple(name for name in names if name not in {"", "identity"})


def _gunzip(content: bytes, max_bytes: int) -> bytes:
    """Undo gzip; a body may be several members, one after the other."""
    decoded = b""
    for _ in range(_MAX_MEMBERS):
        member, content = _inflate_member(content, _GZIP, max_bytes - len(decoded))
        decoded += member
        if not content or len(decoded) > max_bytes:
            return decoded
    raise ValueError


def _inflate(content: bytes, max_bytes: int) -> bytes:
    """Undo `deflate`, which is zlib by RFC 9110 and without its header by custom."""
    try:
        return _inflate_whole(content, _ZLIB, max_bytes)
    except zlib.error:
        return _inflate_whole(content, _RAW_DEFLATE, max_bytes)


def _inflate_whole(content: bytes, window: int, max_bytes: int) -> bytes:
    decoded, rest = _inflate_member(content, window, max_bytes)
    if rest and len(decoded) <= max_bytes:
        raise ValueError
    return decoded


def _inflate_member(content: bytes, window: int, max_bytes: int) -> tuple[bytes, bytes]:
    inflater = zlib.decompressobj(window)
    decoded = inflater.decompress(content, max_bytes + 1)
    if not inflater.eof and len(decoded) <= max_bytes:
        raise ValueError
    return decoded, inflater.unused_data


def _unbrotli(content: bytes, max_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    decoded: bytes = decompressor.process(content, output_buffer_limit=max_bytes + 1)
    while not decompressor.is_finished() and len(decoded) <= max_bytes:
        more = decompressor.process(b"", output_buffer_limit=max_bytes + 1 - len(decoded))
        if not more:
            raise ValueError
        decoded += more
    return decoded


def _unzstd(content: bytes, max_bytes: int) -> bytes:
    """Undo zstd; the reader keeps the bound, but does not tell a truncated frame from a whole."""
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(content), read_across_frames=True
    )
    decoded = reader.read(max_bytes + 1)
    if len(decoded) <= max_bytes:
        _check_whole_frames(content)
    return decoded


def _check_whole_frames(content: bytes) -> None:
    for _ in range(_MAX_MEMBERS):
        frame = zstandard.ZstdDecompressor().decompressobj()
        frame.decompress(content)
        if not frame.eof:
            break
        content = frame.unused_data
        if not content:
            return
    raise ValueError


_DECODERS: dict[str, Decoder] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
