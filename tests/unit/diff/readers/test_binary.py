import hashlib
import struct

import pytest

from shadow.diff.readers.binary import describe_binary, sniffed_type

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + bytes(5)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480) + bytes(3)
JPEG = (
    b"\xff\xd8\xff\xe0"
    + struct.pack(">H", 16)
    + bytes(14)
    + b"\xff\xc2"
    + struct.pack(">HBHHB", 17, 8, 480, 640, 3)
)
WEBP = b"RIFF\x00\x00\x00\x00WEBP"
WEBP_LOSSY = WEBP + b"VP8 " + bytes(10) + struct.pack("<HH", 640, 480)
WEBP_LOSSLESS = WEBP + b"VP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14)
WEBP_EXTENDED = WEBP + b"VP8X" + bytes(8) + b"\x7f\x02\x00\xdf\x01\x00"
IMAGES = {
    "png": [PNG],
    "gif": [GIF],
    "jpeg": [JPEG],
    "webp": [WEBP_LOSSY, WEBP_LOSSLESS, WEBP_EXTENDED],
}


@pytest.mark.parametrize(("sort", "body"), [(s, b) for s, bodies in IMAGES.items() for b in bodies])
def test_an_image_has_its_size_in_pixels(sort, body):
    assert describe_binary(body) == {
        "type": sort,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest()[:12],
        "width": 640,
        "height": 480,
    }


@pytest.mark.parametrize("body", [b for bodies in IMAGES.values() for b in bodies])
def test_an_image_that_is_cut_short_is_described_without(body):
    for length in range(len(body) - 1):
        assert describe_binary(body[:length])["bytes"] == length


def test_a_jpeg_of_very_many_segments_has_no_size():
    body = b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1_000
    assert "width" not in describe_binary(body)


@pytest.mark.parametrize(
    ("body", "sort"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x00asm\x01", "wasm"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        (b"\x00\x00\x00\x20ftypavif", "avif"),
        (b"OggS\x00", "ogg"),
        (b"wOF2", "woff2"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
        (bytes(257) + b"ustar", "tar"),
        (b"", "bytes"),
        (b"RIFF", "bytes"),
        (b"\x01\x02\x03", "bytes"),
    ],
)
def test_files_are_known_by_their_first_bytes(body, sort):
    assert sniffed_type(body) == sort
