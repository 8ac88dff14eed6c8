"""What bytes are that nobody reads: by their first few."""

import hashlib
import struct
from collections.abc import Callable

from shadow.diff.parse import Json

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\xff\x0a", "jxl"),
    (b"\x00\x00\x00\x0cJXL ", "jxl"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"BZh", "bzip2"),
    (b"\x00asm", "wasm"),
    (b"\x7fELF", "elf"),
    (b"wOFF", "woff"),
    (b"wOF2", "woff2"),
    (b"OTTO", "otf"),
    (b"\x00\x01\x00\x00\x00", "ttf"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
    (b"fLaC", "flac"),
    (b"FLV\x01", "flv"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"Obj\x01", "avro"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"mif1": "heic", b"M4A ": "m4a"}
_TAR_AT = 257
_MOST_SEGMENTS = 100
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

type _Size = tuple[int, int]


def describe_binary(body: bytes) -> dict[str, Json]:
    """`{"type", "bytes", "sha256"}`: the sort of file, its length, 12 hex digits of its digest.

    Of PNG, GIF, JPEG and WebP also `width` and `height`, in pixels, where they can be told.
    """
    sort = sniffed_type(body)
    told: dict[str, Json] = {
        "type": sort,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest()[:12],
    }
    size = _size(sort, body)
    return told if size is None else {**told, "width": size[0], "height": size[1]}


def sniffed_type(body: bytes) -> str:
    """The sort of file, `bytes` where it is not known."""
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    if body[:4] == b"RIFF":
        return _RIFF.get(body[8:12], "bytes")
    if body[4:8] == b"ftyp":
        return _BRANDS.get(body[8:12], "mp4")
    return "tar" if body[_TAR_AT : _TAR_AT + 5] == b"ustar" else "bytes"


def _size(sort: str, body: bytes) -> _Size | None:
    reader = _SIZES.get(sort)
    try:
        return None if reader is None else reader(body)
    except (struct.error, IndexError):
        return None


def _png_size(body: bytes) -> _Size | None:
    return struct.unpack_from(">II", body, 16) if body[12:16] == b"IHDR" else None


def _gif_size(body: bytes) -> _Size:
    return struct.unpack_from("<HH", body, 6)


def _jpeg_size(body: bytes) -> _Size | None:
    """Go from segment to segment, as far as the one that begins a frame."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        mark, kind, length = struct.unpack_from(">BBH", body, at)
        if mark != 0xFF:
            return None
        if kind in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        at += 2 + length
    return None


def _webp_size(body: bytes) -> _Size | None:
    chunk = body[12:16]
    if chunk == b"VP8X" and len(body) >= 30:
        wide, high = body[24:27], body[27:30]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


_SIZES: dict[str, Callable[[bytes], _Size | None]] = {
    "png": _png_size,
    "gif": _gif_size,
    "jpeg": _jpeg_size,
    "webp": _webp_size,
}
