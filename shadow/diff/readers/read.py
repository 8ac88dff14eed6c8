"""Every kind of body with the reader for it."""

import hashlib
from collections.abc import Callable, Mapping
from functools import partial

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.binary import sniffed_type
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.events import read_events
from shadow.diff.readers.forms import read_form
from shadow.diff.readers.html import read_html
from shadow.diff.readers.json_lines import read_json_lines, read_json_sequence
from shadow.diff.readers.multipart import read_multipart
from shadow.diff.readers.protobuf import read_grpc, read_protobuf
from shadow.diff.readers.sniff import BodyKind, kinds_to_try
from shadow.diff.readers.text import read_text
from shadow.diff.readers.xml import read_xml

_MOST_NESTED = 4
_LONGEST_HEX = 1_024


def read_body(kind: BodyKind, content: Content) -> Json:
    """Read a body as a kind, any but bytes. Raises UnreadableError, TooLargeToReadError."""
    return _read(kind, content, _MOST_NESTED)


def _read(kind: BodyKind, content: Content, nested: int) -> Json:
    if kind is BodyKind.JSON:
        return parse_json(content.body)
    if kind is BodyKind.MULTIPART:
        if not nested:
            raise TooLargeToReadError(f"multipart in multipart more than {_MOST_NESTED} deep")
        return read_multipart(content, partial(_read_part, nested - 1))
    return _READERS[kind](content)


def _read_part(nested: int, content: Content) -> dict[str, Json]:
    """A part's body with what it is read as: two kinds can make one value of different bodies."""
    for kind in kinds_to_try(content, content):
        if kind is BodyKind.BINARY:
            break
        try:
            return {"kind": kind.value, "body": _read(kind, content, nested)}
        except UnreadableError:
            continue
    return {"kind": BodyKind.BINARY.value, "body": _bytes(content.body)}


def _bytes(body: bytes) -> str:
    if len(body) <= _LONGEST_HEX:
        return body.hex()
    sort, digest = sniffed_type(body), hashlib.sha256(body).hexdigest()
    return f"{sort}, {len(body):,} bytes sha256:{digest}"


def _read_protobuf(content: Content) -> Json:
    known = content.known
    return read_protobuf(content, *(known.schema, known.name) if known else ())


def _read_grpc(content: Content) -> Json:
    known = content.known
    return read_grpc(content, *(known.schema, known.name) if known else ())


_READERS: Mapping[BodyKind, Callable[[Content], Json]] = {
    BodyKind.JSON_LINES: read_json_lines,
    BodyKind.JSON_SEQUENCE: read_json_sequence,
    BodyKind.XML: read_xml,
    BodyKind.HTML: read_html,
    BodyKind.FORM: read_form,
    BodyKind.EVENTS: read_events,
    BodyKind.PROTOBUF: _read_protobuf,
    BodyKind.GRPC: _read_grpc,
    BodyKind.TEXT: read_text,
}
