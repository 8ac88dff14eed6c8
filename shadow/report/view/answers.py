"""The two answers of an example side by side: status, headers, body."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, zip_longest

from shadow.model import Failure, Headers, Reply, Response
from shadow.report.plain import answered, body_text
from shadow.report.view.json_reader import read_json
from shadow.report.view.json_rows import json_lines, json_rows
from shadow.report.view.marks import Mark, Marks
from shadow.report.view.rows import Row, row
from shadow.report.view.text_rows import text_rows

MAX_BODY_CHARS = 64_000
"""So much of each body is read."""

MAX_ROWS = 1_000
"""So many rows are made of two answers."""

_KEPT_ROWS = 12
_NOT_READ = "… more lines, not read"
_CUT_SHORT = "… the rest was not kept"
_CUT = re.compile(r"… \[cut, [0-9,]+ bytes in all, digest [^\]\s]*\]\Z")


def answer_rows(primary: Response, candidate: Reply, marks: Marks) -> Iterator[Row]:
    """Yield the rows of two answers, at most `MAX_ROWS` and one that says that there are more."""
    rows = _rows(primary, candidate, marks)
    yield from islice(rows, MAX_ROWS)
    if next(rows, None) is not None:
        yield replace(row(_NOT_READ, _NOT_READ, None), is_kept=True)


def _rows(primary: Response, candidate: Reply, marks: Marks) -> Iterator[Row]:
    if isinstance(candidate, Failure):
        mark = marks.envelope.get("reply", Mark.UNCOUNTED)
        yield row(answered(primary), f"{answered(candidate)}: {candidate.detail}", mark)
        yield from (row(line, None, None) for line in _lines(primary))
        return
    is_other_status = primary.status != candidate.status
    status = marks.envelope.get("status", Mark.UNCOUNTED) if is_other_status else None
    yield row(answered(primary), answered(candidate), status)
    yield from _header_rows(primary.headers, candidate.headers, marks.envelope)
    if is_other_status and not (marks.primary or marks.candidate):
        yield from _not_compared(primary, candidate)
    else:
        yield from _body_rows(body_text(primary.body), body_text(candidate.body), marks)


def _not_compared(primary: Response, candidate: Response) -> Iterator[Row]:
    """Bodies of which nothing was compared: a page and an error have no places in common."""
    pairs = zip_longest(_body_lines(primary), _body_lines(candidate))
    for position, (one, other) in enumerate(pairs):
        yield replace(row(one, other, None), is_kept=position < _KEPT_ROWS)


def _lines(response: Response) -> Iterator[str]:
    yield from (f"{name}: {value}" for (name, _), value in _named(response.headers).items())
    yield from _body_lines(response)


def _body_lines(response: Response) -> Iterator[str]:
    text, is_cut = _read(body_text(response.body))
    if text:
        yield ""
    document = read_json(text, is_cut=is_cut)
    yield from text.splitlines() if document is None else json_lines(document)


def _header_rows(primary: Headers, candidate: Headers, marks: Mapping[str, Mark]) -> Iterator[Row]:
    here, there = _named(primary), _named(candidate)
    for key in {**here, **there}:
        one, other = (
            None if value is None else f"{key[0]}: {value}"
            for value in (here.get(key), there.get(key))
        )
        differs = None if one == other else Mark.UNCOUNTED
        yield row(one, other, marks.get(f"header:{key[0]}", differs) if differs else None)


def _named(headers: Headers) -> dict[tuple[str, int], str]:
    """Headers by name, in lower case, and by how often that name came before."""
    seen: Counter[str] = Counter()
    found: dict[tuple[str, int], str] = {}
    for name, value in headers:
        key = name.decode("latin-1").lower()
        found[key, seen[key]] = value.decode("utf-8", "replace")
        seen[key] += 1
    return found


def _body_rows(primary: str, candidate: str, marks: Marks) -> Iterator[Row]:
    if primary or candidate:
        yield row("", "", None)
    (here, here_cut), (there, there_cut) = _read(primary), _read(candidate)
    one = read_json(here, is_cut=here_cut)
    other = read_json(there, is_cut=there_cut)
    if one is not None and other is not None:
        yield from json_rows(one, other, marks, is_cut=here_cut or there_cut)
    else:
        yield from text_rows(here, there, marks.body)
    if here_cut or there_cut:
        yield row(_CUT_SHORT if here_cut else None, _CUT_SHORT if there_cut else None, None)


def _read(body: str) -> tuple[str, bool]:
    """The text of a body, and whether that is a part only."""
    text = _CUT.sub("", body[:MAX_BODY_CHARS])
    return text, len(text) < len(body)
