"""Multipart bodies, by RFC 2046."""

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Mapping

from shadow.diff.parse import Json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.part_head import PartHead

_MOST_PARTS = 1_000
_LONGEST_BOUNDARY = 200
_END_OF_HEAD = re.compile(rb"\A\r?\n|\r?\n\r?\n")
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?(?:\n|\Z))")
_BLANK = b" \t"


def read_multipart(
    content: Content, read_part: Callable[[Content], Mapping[str, Json]]
) -> list[Json]:
    """The parts in their order: `{"name", "filename", "disposition", "type", "headers", …}`.

    What a part has not is left out; `read_part` says the rest, what the part's body is read as and
    what it is. Text before the first part and behind the last means nothing. Raises
    UnreadableError where the boundary is missing or does not fit, where parts stand behind the
    end, and for a part that is not in the encoding that it claims; TooLargeToReadError for too
    many parts.
    """
    boundary = content.parameters.get("boundary", "").strip('"')
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        raise UnreadableError("multipart without a boundary")
    mark = b"--" + boundary.encode("latin-1", "replace")
    return [_read(part, read_part) for part in _parts(content.body, mark)]


def _parts(body: bytes, mark: bytes) -> list[bytes]:
    line_end = _line_end(body, mark)
    delimiter = line_end + mark
    pieces = (line_end + body).split(delimiter, _MOST_PARTS + 2)
    if len(pieces) > _MOST_PARTS + 1:
        raise TooLargeToReadError(f"more than {_MOST_PARTS:,} parts")
    parts: list[bytes] = []
    for number, piece in enumerate(pieces[1:], 2):
        first, end, rest = piece.partition(line_end)
        if first.startswith(b"--") and not first[2:].strip(_BLANK):
            if number < len(pieces):
                raise UnreadableError("parts behind the end of the multipart body")
            return parts
        if not first.strip(_BLANK) and end:
            parts.append(rest)
        elif parts:
            # A longer boundary, which belongs to a multipart body inside this part.
            parts[-1] += delimiter + piece
        else:
            raise UnreadableError("the boundary does not fit")
    raise UnreadableError("the end of the multipart body is missing")


def _line_end(body: bytes, mark: bytes) -> bytes:
    """How the lines of the boundary end: lines of a part may end otherwise."""
    start = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    line, end, _ = body[start : start + len(mark) + _LONGEST_BOUNDARY].partition(b"\n")
    if not end:
        line = body[:start].removesuffix(b"\n")
    return b"\r\n" if line.endswith(b"\r") else b"\n"


def _read(part: bytes, read_part: Callable[[Content], Mapping[str, Json]]) -> Json:
    blank = _END_OF_HEAD.search(part)
    if blank is None:
        raise UnreadableError("a part without an end of its headers")
    head = PartHead.of(part[: blank.start()])
    body = _undone(part[blank.end() :], head.encoding)
    inner = Content(body=body, media_type=head.media_type, parameters=head.type_parameters)
    return {**head.told(), **read_part(inner)}


def _undone(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("a part that is no base64") from None
    if encoding != "quoted-printable":
        return body
    if _NO_ESCAPE.search(body):
        raise UnreadableError("a part that is not quoted-printable")
    return quopri.decodestring(body)
