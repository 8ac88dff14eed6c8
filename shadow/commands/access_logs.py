"""Logs of requests: each line a visit, in any of the forms that are usual."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rich.markup import escape

from shadow.diff.endpoints.infer import Visit
from shadow.errors import UsageError
from shadow.report.plain import visible
from shadow.terminal import Terminal

_MOST_LINES = 1_000_000
_MOST_CHARACTERS = 256 * 1024 * 1024
_LONGEST_LINE = 8_192
_LONGEST_END = 128
_MOST_COMPLAINTS = 20
_LONGEST_SHOWN = 100
_METHOD = re.compile(r"[A-Za-z][A-Za-z-]{0,31}")
_PROTOCOL = re.compile(r"HTTP/[0-9](?:\.[0-9])?", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,15}://", re.IGNORECASE)
_QUOTED = re.compile(r'"(?P<request>[^"]*)"(?P<rest>[^"]*)')


def visits_in(file: Path, err: Terminal) -> Iterator[Visit]:
    """The visits of a log; `-` is standard input. Lines that are none are told of and left out.

    Raises UsageError for a file that cannot be read.
    """
    complaints = characters = 0
    for number, text in enumerate(_lines(file), 1):
        characters += len(text)
        if number > _MOST_LINES or characters > _MOST_CHARACTERS:
            err.news(f"only the first {number - 1:,} lines are read")
            break
        if not text.strip() or text.startswith("#"):
            continue
        visit = visit_of(text)
        if visit is not None:
            yield visit
            continue
        complaints += 1
        if complaints <= _MOST_COMPLAINTS:
            shown = escape(visible(text, _LONGEST_SHOWN))
            err.news(f"line {number} is not METHOD path \\[status]: {shown}")
    if complaints > _MOST_COMPLAINTS:
        err.news(f"… and {complaints - _MOST_COMPLAINTS:,} more such lines")


def visit_of(text: str) -> Visit | None:
    """The visit that a line tells of, None for none.

    Lines are `METHOD path [HTTP/1.1] [status [shape]]`, the request in quotes or not; `GET` may be
    missing, and `-` stands for an unknown status. What follows is left out. A line that has a
    quoted request further on, as in the logs of web servers, has no shape.
    """
    quoted = _QUOTED.search(text)
    if quoted is None:
        return _visit(text.split(), has_shape=True)
    words = [*quoted["request"].split(), *quoted["rest"].split()]
    return _visit(words, has_shape=not text[: quoted.start()].strip())


def _visit(words: list[str], *, has_shape: bool) -> Visit | None:
    if words and _is_target(words[0], "GET"):
        words = ["GET", *words]
    if len(words) < 2 or not _METHOD.fullmatch(words[0]) or not _is_target(words[1], words[0]):
        return None
    rest = words[2:]
    if rest and _PROTOCOL.fullmatch(rest[0]):
        rest = rest[1:]
    status = rest[0] if rest else "-"
    if status != "-" and not (status.isdecimal() and status.isascii() and len(status) == 3):
        return None
    return Visit(
        method=words[0].upper(),
        path=words[1],
        status=None if status == "-" else int(status),
        shape=rest[1] if has_shape and len(rest) > 1 else "",
    )


def _is_target(word: str, method: str) -> bool:
    """Whether a word is a path, an address, or the `*` of a request for the server itself."""
    if word == "*":
        return method.upper() in {"OPTIONS", "M-SEARCH"}
    return word.startswith("/") or _ADDRESS.match(word) is not None


def _lines(file: Path) -> Iterator[str]:
    try:
        stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                whole = line if line.endswith(b"\n") else line + _end_of_line(stream)
                yield whole.decode("utf-8", "backslashreplace").strip("\r\n\ufeff")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _end_of_line(stream: BinaryIO) -> bytes:
    """The last words of a line that is too long, as the status is one of them."""
    end = b""
    for part in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        end = (end + part)[-_LONGEST_END:]
        if part.endswith(b"\n"):
            break
    _, space, words = end.partition(b" ")
    return space + words if space else b""
