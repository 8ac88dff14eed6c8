"""As what two bodies are to be compared: by what they claim to be, else by what they look like."""

import re
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
    "application/x-json": BodyKind.JSON,
    "application/csp-report": BodyKind.JSON,
    "application/x-amz-json-1.0": BodyKind.JSON,
    "application/x-amz-json-1.1": BodyKind.JSON,
    "application/x-ndjson": BodyKind.JSON_LINES,
    "application/ndjson": BodyKind.JSON_LINES,
    "application/jsonl": BodyKind.JSON_LINES,
    "application/jsonlines": BodyKind.JSON_LINES,
    "application/x-jsonlines": BodyKind.JSON_LINES,
    "application/x-json-stream": BodyKind.JSON_LINES,
    "application/stream+json": BodyKind.JSON_LINES,
    "text/x-ndjson": BodyKind.JSON_LINES,
    "text/jsonl": BodyKind.JSON_LINES,
    "application/json-seq": BodyKind.JSON_SEQUENCE,
    "text/html": BodyKind.HTML,
    "application/x-www-form-urlencoded": BodyKind.FORM,
    "text/event-stream": BodyKind.EVENTS,
    "application/proto": BodyKind.PROTOBUF,
    "application/x-proto": BodyKind.PROTOBUF,
    "application/protobuf": BodyKind.PROTOBUF,
    "application/x-protobuf": BodyKind.PROTOBUF,
    "application/x-protobuffer": BodyKind.PROTOBUF,
    "application/x-google-protobuf": BodyKind.PROTOBUF,
    "application/vnd.google.protobuf": BodyKind.PROTOBUF,
}
_PREFIXES = (
    ("application/grpc", BodyKind.GRPC),
    ("application/connect+", BodyKind.GRPC),
    ("multipart/", BodyKind.MULTIPART),
)
_SUFFIXES = (
    ("+json-seq", BodyKind.JSON_SEQUENCE),
    ("/json", BodyKind.JSON),
    ("+json", BodyKind.JSON),
    ("/xml", BodyKind.XML),
    ("+xml", BodyKind.XML),
    ("+proto", BodyKind.PROTOBUF),
    ("+protobuf", BodyKind.PROTOBUF),
)
_LOOKED_AT = 1_024
_ROOT = re.compile(rb"<([a-z_][a-z0-9_.-]*)")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b")
_OF_HTML = frozenset(
    b"a abbr address article aside audio b blockquote br button canvas center code data datalist "
    b"dd details dialog div dl dt em embed fieldset figure font footer form frameset h1 h2 h3 h4 "
    b"h5 h6 header hr i iframe img input label li link main map mark menu meta nav noscript object "
    b"ol option output p picture pre script section select slot small source span strong style "
    b"summary svg table tbody td template textarea th thead time title tr u ul video".split()
)
"""Elements of which a piece of a page may be made; some of them are roots of XML too."""
_LENIENT = frozenset({BodyKind.HTML, BodyKind.FORM})
"""Their readers take anything, so what bodies look like is tried before."""
_LAST = (BodyKind.TEXT, BodyKind.BINARY)


@lru_cache(maxsize=1_024)
def claimed_kind(media_type: str) -> BodyKind | None:
    """What a media type says; None for one that says nothing, such as text/plain."""
    if media_type in _CLAIMS:
        return _CLAIMS[media_type]
    for prefix, kind in _PREFIXES:
        if media_type.startswith(prefix):
            return kind
    return next((kind for suffix, kind in _SUFFIXES if media_type.endswith(suffix)), None)


def sniffed_kind(body: bytes) -> BodyKind | None:
    """What a body looks like at its beginning: JSON, HTML, XML, or None."""
    if body[:1] in {b"{", b"["}:
        return BodyKind.JSON
    start = _start(body)
    if start[:1] in {b"{", b"["}:
        return BodyKind.JSON
    if not start.startswith(b"<"):
        return None
    if _PAGE.match(start) or (start.startswith(b"<?xml") and _PAGE.search(start)):
        return BodyKind.HTML
    return BodyKind.XML if _ROOT.match(start) or start.startswith((b"<?xml", b"<!doc")) else None


def kinds_to_try(primary: Content, candidate: Content) -> tuple[BodyKind, ...]:
    """In which order two bodies are to be tried to be read, ending in text and bytes.

    First what they claim, the primary's claim before the candidate's; then what both look like,
    which comes before a claim to be a page or a form: these are given to answers of any sort.
    """
    claims = claimed_kind(primary.media_type), claimed_kind(candidate.media_type)
    looks = sniffed_kind(primary.body)
    if looks is not None and looks is not sniffed_kind(candidate.body):
        looks = None
    if looks is BodyKind.XML and BodyKind.HTML in claims and _is_piece(primary.body):
        looks = None
    return _order(*claims, looks)


@lru_cache(maxsize=1_024)
def _order(
    primary: BodyKind | None, candidate: BodyKind | None, looks: BodyKind | None
) -> tuple[BodyKind, ...]:
    kinds = [kind for kind in (primary, candidate) if kind is not None]
    if looks is not None:
        lenient = (at for at, kind in enumerate(kinds) if kind in _LENIENT)
        kinds.insert(next(lenient, len(kinds)), looks)
    if BodyKind.JSON in kinds:
        # Documents one after the other are often called JSON.
        kinds.insert(kinds.index(BodyKind.JSON) + 1, BodyKind.JSON_LINES)
    return tuple(dict.fromkeys((*kinds, *_LAST)))


def _start(body: bytes) -> bytes:
    """The beginning in lower case, without what may stand before a root."""
    start = body[:_LOOKED_AT]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in start[:4]:
        start = start.lstrip(b"\xff\xfe\0").replace(b"\0", b"")
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    while start.startswith(b"<!--"):
        start = start.partition(b"-->")[2].lstrip()
    return start


def _is_piece(body: bytes) -> bool:
    """Whether this can be a piece of a page, for all that it looks like XML."""
    root = _ROOT.match(_start(body))
    return root is not None and (root[1] in _OF_HTML or b"-" in root[1])
