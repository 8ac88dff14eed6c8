"""Two texts side by side: rows of a line each, in which what differs is set off."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from shadow.report.plain import visible
from shadow.report.view.marks import Mark

MAX_BEFORE = 100
"""Most characters of a line before what differs in it; likewise behind it."""

MAX_DIFFERING = 300
"""Most characters of what differs in a line."""

_WORDS = re.compile(r"\s+|,+|[^\s,]+")
_INDENT = re.compile(r" *")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One side of a row: a line, with what differs in it in the middle; `indent` in characters."""

    before: str
    differing: str = ""
    behind: str = ""
    indent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of each side; None where a side has no such line. `mark` is None where they agree.

    `is_kept` says that it is not folded away, though nothing is marked in it.
    """

    primary: Cell | None
    candidate: Cell | None
    mark: Mark | None = None
    is_kept: bool = False

    @property
    def is_one_sided(self) -> bool:
        """Whether one side has no such line."""
        return self.primary is None or self.candidate is None


def row(primary: str | None, candidate: str | None, mark: Mark | None) -> Row:
    """Put two lines beside each other; with a mark, the words that differ are set off."""
    if mark is None:
        return Row(primary=_plain(primary), candidate=_plain(candidate))
    if primary is None or candidate is None:
        return Row(primary=_alone(primary), candidate=_alone(candidate), mark=mark)
    before, behind = _in_common(_words(primary), _words(candidate))
    return Row(
        primary=_around(primary, before, behind),
        candidate=_around(candidate, before, behind),
        mark=mark,
    )


def _plain(line: str | None) -> Cell | None:
    if line is None:
        return None
    indent = _indent(line)
    return Cell(before=visible(line[indent:], MAX_DIFFERING), indent=indent)


def _alone(line: str | None) -> Cell | None:
    return None if line is None else _around(line, _indent(line), 0)


def _around(line: str, before: int, behind: int) -> Cell:
    indent = min(_indent(line), before)
    end = len(line) - behind
    return Cell(
        before=_end_of(line[indent:before]),
        differing=visible(line[before:end], MAX_DIFFERING),
        behind=visible(line[end:], MAX_BEFORE),
        indent=indent,
    )


def _end_of(text: str) -> str:
    if len(text) <= MAX_BEFORE:
        return visible(text, MAX_BEFORE * 10)
    return "…" + visible(text[-MAX_BEFORE:], MAX_BEFORE * 10)


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


def _words(line: str) -> list[str]:
    return _WORDS.findall(line)


def _in_common(primary: Sequence[str], candidate: Sequence[str]) -> tuple[int, int]:
    """How many characters two lines have in common at their beginning, and at their end."""
    before = _same(primary, candidate)
    behind = _same(primary[before:][::-1], candidate[before:][::-1])
    ending = primary[len(primary) - behind :]
    return sum(map(len, primary[:before])), sum(map(len, ending))


def _same(primary: Sequence[str], candidate: Sequence[str]) -> int:
    pairs = zip(primary, candidate, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
