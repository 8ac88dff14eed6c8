"""As what two bodies are to be compared: by what they claim to be, else by what they look like."""

from enum import StrEnum
from functools import lru_cache

from shadow.diff.readers.content import Content


class BodyKind(StrEnum):
    """What bodies are read as."""

    JSON = "JSON"
    JSON_LINES = "JSON lines"
    JSON_SEQUENCE = "a JSON sequence"
    XML = "XML"
    HTML = "HTML"
    FORM = "a form"
    MULTIPART = "multipart"
    EVENTS = "events"
    PROTOBUF = "protobuf"
    GRPC = "gRPC"
    TEXT = "text"
    BINARY = "bytes"


_CLAIMS = {
    "application/x-ndjson": BodyKind.JSON_LINES,
    "application/ndjson": BodyKind.JSON_LINES,
    "application/jsonl": BodyKind.JSON_LINES,
    "application/x-jsonlines": BodyKind.JSON_LINES,
    "application/x-json-stream": BodyKind.JSON_LINES,
    "application/json-seq": BodyKind.JSON_SEQUENCE,
    "text/html": BodyKind.HTML,
    "application/x-www-form-urlencoded": BodyKind.FORM,
    "text/event-stream": BodyKind.EVENTS,
    "application/protobuf": BodyKind.PROTOBUF,
    "application/x-protobuf": BodyKind.PROTOBUF,
    "application/vnd.google.protobuf": BodyKind.PROTOBUF,
}
_SUFFIXES = (
    ("+json-seq", BodyKind.JSON_SEQUENCE),
    ("/json", BodyKind.JSON),
    ("+json", BodyKind.JSON),
    ("/xml", BodyKind.XML),
    ("+xml", BodyKind.XML),
    ("+proto", BodyKind.PROTOBUF),
)
_PREFIXES = (
    ("application/grpc", BodyKind.GRPC),
    ("multipart/", BodyKind.MULTIPART),
)
_LOOKED_AT = 1_024
_LAST = (BodyKind.TEXT, BodyKind.BINARY)


@lru_cache(maxsize=1_024)
def claimed_kind(media_type: str) -> BodyKind | None:
    """What a media type says; None for one that says nothing, such as text/plain."""
    if media_type in _CLAIMS:
        return _CLAIMS[media_type]
    if media_type.startswith("application/grpc-web-text"):
        return None
    for prefix, kind in _PREFIXES:
        if media_type.startswith(prefix):
            return kind
    return next((kind for suffix, kind in _SUFFIXES if media_type.endswith(suffix)), None)


def sniffed_kind(body: bytes) -> BodyKind | None:
    """What a body looks like at its beginning: JSON, HTML, XML, or None."""
    start = body[:_LOOKED_AT]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in start[:4]:
        start = start.replace(b"\0", b"").lstrip(b"\xff\xfe")
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start[:1] in {b"{", b"["}:
        return BodyKind.JSON
    if start[:1] != b"<":
        return None
    lower = start[:256].lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--")):
        return BodyKind.HTML
    return BodyKind.XML if lower.startswith(b"<?xml") or lower[1:2].isalpha() else None


def kinds_to_try(primary: Content, candidate: Content) -> tuple[BodyKind, ...]:
    """In which order bodies are tried to be read: claims first, then looks that both have."""
    claims = [
        kind
        for content in (primary, candidate)
        if (kind := claimed_kind(content.media_type)) is not None
    ]
    looks = sniffed_kind(primary.body)
    if looks is not None and looks == sniffed_kind(candidate.body):
        # A body that both servers mislabel in one way is what it looks like.
        mislabelled = looks is BodyKind.JSON and BodyKind.JSON not in claims
        claims = [looks, *claims] if mislabelled else [*claims, looks]
    return tuple(dict.fromkeys((*claims, *_LAST)))
