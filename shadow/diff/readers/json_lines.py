"""Several JSON documents in one body: one a line, or as a sequence (RFC 7464)."""

from collections.abc import Sequence

from shadow.diff.parse import MAX_VALUES, Json, parse_json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_MOST_DOCUMENTS = 500_000
_BOM = b"\xef\xbb\xbf"
_SEPARATOR = b"\x1e"
_SPACE = b" \t\r\n"
_DELIMITED = (b"}", b"]", b'"')


def read_json_lines(content: Content) -> Json:
    """The list of documents, one a line, in UTF-8; empty lines are none.

    Raises UnreadableError with the number of a line that is not JSON, TooLargeToReadError for too
    many documents or values.
    """
    return _documents(_split(content.body.removeprefix(_BOM), b"\n"), "line")


def read_json_sequence(content: Content) -> Json:
    """The list of documents, each of which begins with a record separator.

    Raises UnreadableError with the number of a text that is not JSON or may be cut short: a number
    is whole only where white space follows. TooLargeToReadError as for lines.
    """
    before, *texts = _split(content.body, _SEPARATOR)
    if before.strip(_SPACE):
        raise UnreadableError("text before the first record separator")
    for number, text in enumerate(texts, 1):
        if text and not text.endswith((*_DELIMITED, b" ", b"\t", b"\r", b"\n")):
            raise UnreadableError(f"text {number} is cut short")
    return _documents(texts, "text")


def _split(body: bytes, separator: bytes) -> list[bytes]:
    if body.count(separator) > _MOST_DOCUMENTS:
        raise TooLargeToReadError(f"more than {_MOST_DOCUMENTS:,} documents")
    if body.count(b",") > MAX_VALUES:
        raise TooLargeToReadError(f"more than {MAX_VALUES:,} values")
    return body.split(separator)


def _documents(texts: Sequence[bytes], what: str) -> Json:
    return [
        _document(text, f"{what} {number}")
        for number, text in enumerate(texts, 1)
        if text.strip(_SPACE)
    ]


def _document(text: bytes, where: str) -> Json:
    # The parser of whole bodies takes other encodings, which a part of a body cannot have.
    if b"\0" in text or text.startswith(_BOM):
        raise UnreadableError(f"{where} is not JSON")
    try:
        return parse_json(text)
    except UnreadableError:
        raise UnreadableError(f"{where} is not JSON") from None
