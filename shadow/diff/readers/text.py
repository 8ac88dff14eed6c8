"""Plain text, line by line."""

from shadow.diff.parse import Json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, UnreadableError

_MOST_LINES = 200_000


def read_text(content: Content) -> Json:
    """Several lines as `{"lines": […], "line_ends": "LF"}`, anything shorter as one text.

    `line_ends` is LF, CRLF or mixed; mixed ones stay on their lines. Text that ends with the end of
    a line has an empty line more.
    """
    text = decode_text(content)
    if text is None:
        raise UnreadableError("no text")
    lines = text.split("\n", _MOST_LINES)
    if len(lines) < 2:
        return text
    crlf = sum(line.endswith("\r") for line in lines[:-1])
    ends = "LF" if not crlf else "CRLF" if crlf == len(lines) - 1 else "mixed"
    if ends == "CRLF":
        lines = [line[:-1] for line in lines[:-1]] + lines[-1:]
    return {"lines": list(lines), "line_ends": ends}
