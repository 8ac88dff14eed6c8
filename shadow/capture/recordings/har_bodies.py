"""Bodies in HAR files: as text or base64, without their content codings, cut short or left out."""

import binascii
import codecs
import gzip
import re
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

from shadow.capture.recordings.entry import EntryError, header
from shadow.diff.decode import content_codings
from shadow.model import Headers

_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_GZIPPED = b"\x1f\x8b"
_MARK_BYTES = 3
"""A byte order mark, which browsers take off and count."""


def body_of(text: str, encoding: str, size: float, headers: Headers) -> bytes | None:
    """The body before content codings; None where it was cut short.

    `size` is what the file says of its length, negative for unknown. Raises `EntryError` for base64
    that is none.
    """
    body = _base64(text) if encoding.lower() == "base64" else text.encode(_charset(headers, text))
    return None if len(body) + _MARK_BYTES < size else body


def as_transferred(body: bytes, headers: Headers) -> tuple[bytes, Headers]:
    """The body in the codings that the headers name, as the answer came, and the headers.

    A coding that cannot be done again is taken out of the headers.
    """
    codings = content_codings(headers)
    if not codings or not body or body.startswith(_GZIPPED):
        return body, headers
    if not all(coding in _ENCODERS for coding in codings):
        return body, tuple(h for h in headers if h[0].lower() != b"content-encoding")
    for coding in codings:
        body = _ENCODERS[coding](body)
    return body, headers


def _base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        raise EntryError("a body is not base64, as is said of it") from None


def _charset(headers: Headers, text: str) -> str:
    """In what the text was, before whoever wrote the file read it."""
    found = _CHARSET.search(header(headers, b"content-type") or b"")
    if found is None:
        return "utf-8"
    name = found[1].decode("ascii")
    try:
        codecs.lookup(name)
        text.encode(name)
    except (LookupError, UnicodeError, ValueError):
        return "utf-8"
    return name


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 1, mtime=0)


def _brotli(body: bytes) -> bytes:
    done: bytes = brotli.compress(body, quality=1)
    return done


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(body)


def _deflate(body: bytes) -> bytes:
    return zlib.compress(body, 1)


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
