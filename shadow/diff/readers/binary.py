"""What bytes are that nobody reads: by their first few."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\x00asm", "wasm"),
    (b"wOFF", "woff"),
    (b"wOF2", "woff2"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
)


def sniffed_type(body: bytes) -> str:
    """The sort of file, `bytes` where it is not known."""
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    if body[:4] == b"RIFF" and body[8:12] in {b"WEBP", b"WAVE", b"AVI "}:
        return body[8:12].decode().strip().lower()
    if body[4:8] == b"ftyp":
        return "avif" if body[8:12] in {b"avif", b"avis"} else "mp4"
    return "bytes"
