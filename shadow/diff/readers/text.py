"""Plain text, line by line."""

import hashlib
from itertools import groupby

from shadow.diff.parse import Json
from shadow.diff.readers.charset import decode_text, guess_text
from shadow.diff.readers.content import Content, UnreadableError

_MOST_LINES = 200_000
_MOST_RUNS = 16


def read_text(content: Content) -> Json:
    """Several lines as `{"lines": […], "line_ends": "LF"}`, a single line as one text.

    A last line that ends has an empty line behind it. `line_ends` is `LF`, `CRLF`, or how many
    lines end how: `2 LF, 1 CRLF`; a CR alone ends no line. Where no charset is declared and the
    body is not UTF-8, `charset` says which was guessed. What is behind 200,000 lines is one line.
    Raises UnreadableError for what is no text.
    """
    text = decode_text(content)
    if text is not None:
        return text if text.find("\n", 0, -1) < 0 else _lines(text)
    guessed = guess_text(content)
    if guessed is None:
        raise UnreadableError("no text")
    return {**_lines(guessed.text), "charset": f"{guessed.charset} by a guess"}


def _lines(text: str) -> dict[str, Json]:
    *ended, last = text.split("\n", _MOST_LINES)
    if "\r\n" not in text:
        return {"lines": [*ended, last], "line_ends": "LF"}
    cut: list[Json] = [line.removesuffix("\r") for line in ended]
    return {"lines": [*cut, last], "line_ends": _line_ends(ended)}


def _line_ends(ended: list[str]) -> str:
    """How lines end: equal texts mean equal ends of the same lines."""
    crlf = [line.endswith("\r") for line in ended]
    if all(crlf):
        return "CRLF"
    runs = [
        f"{sum(1 for _ in run):,} {'CRLF' if is_crlf else 'LF'}" for is_crlf, run in groupby(crlf)
    ]
    if len(runs) <= _MOST_RUNS:
        return ", ".join(runs)
    digest = hashlib.sha256(bytes(crlf)).hexdigest()
    return f"{crlf.count(False):,} LF, {crlf.count(True):,} CRLF, sha256:{digest}"
