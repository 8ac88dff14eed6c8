"""Several JSON documents in one body: one a line, or as a sequence (RFC 7464)."""

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_MOST_DOCUMENTS = 500_000
_SEPARATOR = b"\x1e"


def read_json_lines(content: Content) -> Json:
    """The list of documents; empty lines are none. Raises UnreadableError, with the line."""
    return _documents(content.body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), "line")


def read_json_sequence(content: Content) -> Json:
    """The list of documents, each of which begins with a record separator."""
    before, *texts = content.body.split(_SEPARATOR)
    if before.strip():
        raise UnreadableError("text before the first record separator")
    return _documents(texts, "text")


def _documents(texts: list[bytes], what: str) -> Json:
    if len(texts) > _MOST_DOCUMENTS:
        raise TooLargeToReadError(f"more than {_MOST_DOCUMENTS:,} documents")
    documents = []
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            documents.append(parse_json(text))
        except UnreadableError:
            message = f"{what} {number} is not JSON"
            raise UnreadableError(message) from None
    return documents
