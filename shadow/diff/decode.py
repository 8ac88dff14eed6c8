"""Content codings undone, within bounds: a bomb costs no more than what it may become."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import zstandard

from shadow.diff.limits import LimitReachedError
from shadow.model import Headers, Response

type Decoder = Callable[[bytes, int], bytes]
"""Stops soon after as many bytes as it is allowed; raises ValueError for what is malformed."""

MAX_RATIO = 1_000
"""So many times as long as it was sent may a body become, where it is longer than 1 MiB."""

_FREE_BYTES = 1024 * 1024
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15
_MAX_CODINGS = 8
_MAX_MEMBERS = 1_000
"""Members of a gzip body, frames of a zstd one: each costs a new decoder."""
_MAX_WINDOW = 8 * 1024 * 1024
"""RFC 9659 allows zstd no wider window for content."""
_DEFLATED_PIECE, _ZSTD_PIECE = 16_384, 1_024
"""What is undone at once: it can become a thousand or 32,000 times as much."""
_NO_CODINGS = frozenset({"", "identity", "aws-chunked"})
"""S3 names `aws-chunked` for objects that were sent so, and answers without chunks."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A body whose content coding cannot be undone, and why."""

    reason: str


def decode_body(
    response: Response, max_bytes: int, max_ratio: int = MAX_RATIO
) -> bytes | Undecodable:
    """The body as it was before its content codings.

    Raises LimitReachedError when it is longer than `max_bytes`, or than 1 MiB and `max_ratio` times
    as long as it was sent.
    """
    codings = content_codings(response.headers)
    return undo_codings(response.body, codings, max_bytes, max_ratio) if codings else response.body


def content_codings(headers: Headers) -> tuple[str, ...]:
    """The content codings in the order in which they were applied, `identity` left out."""
    values = [value for name, value in headers if name.lower() == b"content-encoding"]
    if not values:
        return ()
    names = (name.strip().lower() for name in b",".join(values).decode("latin-1").split(","))
    return tuple(name for name in names if name not in _NO_CODINGS)


def undo_codings(
    content: bytes, codings: Sequence[str], max_bytes: int, max_ratio: int = MAX_RATIO
) -> bytes | Undecodable:
    """The content as it was before the codings, the last of which is undone first.

    Raises LimitReachedError as `decode_body` does.
    """
    if len(codings) > _MAX_CODINGS:
        return Undecodable(f"more than {_MAX_CODINGS} content codings")
    allowed = min(max_bytes, max(_FREE_BYTES, max_ratio * len(content)))
    for coding in reversed(codings):
        decoder = _DECODERS.get(coding)
        if decoder is None:
            return Undecodable(f"unknown content coding {coding[:40]!r}")
        try:
            content = decoder(content, allowed) if content else b""
        except (ValueError, zlib.error, brotli.error, zstandard.ZstdError):
            return Undecodable(f"truncated or malformed {coding}")
        if len(content) > allowed:
            raise LimitReachedError("body", _too_much(allowed, max_bytes, max_ratio))
    return content


def _too_much(allowed: int, max_bytes: int, max_ratio: int) -> str:
    if allowed == max_bytes:
        return f"more than {max_bytes:,} bytes when decoded"
    return f"more than {max_ratio:,} times as long when decoded"


class _Member(Protocol):
    """A decoder of one gzip member or one zstd frame."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _undo_members(
    content: bytes, allowed: int, piece: int, most: int, start: Callable[[], _Member]
) -> bytes:
    """Undo members that stand one after the other, piece by piece, so that each is read once."""
    decoded: list[bytes] = []
    size = at = 0
    members, member = 1, start()
    while at < len(content) and size <= allowed:
        if member.eof:
            members, member = members + 1, start()
        if members > most:
            raise ValueError
        given = content[at : at + piece]
        decoded.append(member.decompress(given))
        size += len(decoded[-1])
        at += len(given) - len(member.unused_data)
    if size <= allowed and not member.eof:
        raise ValueError
    return b"".join(decoded)


def _gunzip(content: bytes, allowed: int) -> bytes:
    """Undo gzip; a body may be several members, one after the other."""
    return _undo_members(
        content, allowed, _DEFLATED_PIECE, _MAX_MEMBERS, lambda: zlib.decompressobj(_GZIP)
    )


def _inflate(content: bytes, allowed: int) -> bytes:
    """Undo `deflate`, which is zlib by RFC 9110 and without its header by custom."""
    try:
        return _inflate_from(_ZLIB, content, allowed)
    except zlib.error:
        return _inflate_from(_RAW_DEFLATE, content, allowed)


def _inflate_from(window: int, content: bytes, allowed: int) -> bytes:
    return _undo_members(content, allowed, _DEFLATED_PIECE, 1, lambda: zlib.decompressobj(window))


def _unbrotli(content: bytes, allowed: int) -> bytes:
    decompressor = brotli.Decompressor()
    decoded: list[bytes] = [decompressor.process(content, output_buffer_limit=allowed + 1)]
    size = len(decoded[0])
    while not decompressor.is_finished() and size <= allowed:
        more = decompressor.process(b"", output_buffer_limit=allowed + 1 - size)
        if not more:
            raise ValueError
        decoded.append(more)
        size += len(more)
    return b"".join(decoded)


def _unzstd(content: bytes, allowed: int) -> bytes:
    """Undo zstd; a body may be several frames, one after the other."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    return _undo_members(content, allowed, _ZSTD_PIECE, _MAX_MEMBERS, decompressor.decompressobj)


_DECODERS: dict[str, Decoder] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
