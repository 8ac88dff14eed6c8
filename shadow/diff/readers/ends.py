"""Two streams of which what both begin and end with is read once: equal lines, events or frames."""

import struct
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from shadow.diff.parse import Json
from shadow.diff.readers.content import Content, UnreadableError
from shadow.diff.readers.events import is_event
from shadow.diff.readers.read import read_body
from shadow.diff.readers.sniff import BodyKind, claimed_kind

_FEWEST_BYTES = 16_384
_CHUNK_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"
_BASE64 = "application/grpc-web-text"
_FRAME_HEAD = 5


def read_without_ends(
    kind: BodyKind, primary: Content, candidate: Content
) -> tuple[Json, Json] | None:
    """What is read of both; what both begin or end with are the same elements, read once.

    None where both are to be read whole: other kinds, short bodies, and those that do not both
    claim to be of this kind, as what is not read might show that they are not. Raises
    UnreadableError and TooLargeToReadError as readers do.
    """
    cut_off = _CUTS.get(kind)
    is_short = min(len(primary.body), len(candidate.body)) < _FEWEST_BYTES
    if cut_off is None or is_short or primary.media_type != candidate.media_type:
        return None
    if claimed_kind(primary.media_type) is not kind or primary.media_type.startswith(_BASE64):
        return None
    ends = cut_off(primary.body, candidate.body)
    if ends is None or not ends.elements_before + ends.elements_behind:
        return None
    before = _read(kind, primary, primary.body[: ends.start])
    behind = _read(kind, primary, primary.body[len(primary.body) - ends.tail :])
    if (len(before), len(behind)) != (ends.elements_before, ends.elements_behind):
        return None
    middles = [c.body[ends.start : len(c.body) - ends.tail] for c in (primary, candidate)]
    if ends.start and any(middle.startswith(_BOM) for middle in middles):
        return None
    here, there = (_read(kind, primary, middle) for middle in middles)
    return before + here + behind, before + there + behind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """How many bytes at the start and at the end are equal elements, and how many these are."""

    start: int
    tail: int
    elements_before: int
    elements_behind: int


def _read(kind: BodyKind, content: Content, piece: bytes) -> list[Json]:
    """The elements in a piece of a body."""
    value = read_body(kind, replace(content, body=piece)) if piece else []
    if not isinstance(value, list):
        raise UnreadableError("no list of elements")
    return value


def _lines(primary: bytes, candidate: bytes) -> _Ends | None:
    return _separated(primary, candidate, b"\n", lambda line: bool(line.strip(b" \t\r")))


def _events(primary: bytes, candidate: bytes) -> _Ends | None:
    crlf = primary.count(b"\r\n")
    if not primary.count(b"\r") == crlf in {0, primary.count(b"\n")}:
        return None
    return _separated(primary, candidate, b"\r\n\r\n" if crlf else b"\n\n", is_event)


def _separated(
    primary: bytes, candidate: bytes, separator: bytes, is_element: Callable[[bytes], bool]
) -> _Ends:
    start = primary.rfind(separator, 0, _equal_start(primary, candidate))
    start = 0 if start < 0 else start + len(separator)
    behind = primary.find(separator, len(primary) - _equal_end(primary, candidate, start))
    tail = 0 if behind < 0 else len(primary) - behind - len(separator)
    before, after = primary[:start], primary[len(primary) - tail :]
    return _Ends(
        start=start,
        tail=tail,
        elements_before=sum(map(is_element, before.split(separator))),
        elements_behind=sum(map(is_element, after.split(separator))),
    )


def _frames(primary: bytes, candidate: bytes) -> _Ends | None:
    here, there = _frame_starts(primary), _frame_starts(candidate)
    if here is None or there is None:
        return None
    before = bisect_right(here, _equal_start(primary, candidate)) - 1
    equal_end = _equal_end(primary, candidate, here[before])
    behind = 0
    for one, other in zip(reversed(here[:-1]), reversed(there[:-1]), strict=False):
        tail = len(primary) - one
        if tail > equal_end or tail != len(candidate) - other:
            break
        behind += 1
    return _Ends(
        start=here[before],
        tail=len(primary) - here[len(here) - 1 - behind],
        elements_before=before,
        elements_behind=behind,
    )


def _frame_starts(body: bytes) -> list[int] | None:
    """Where each frame begins, and where the last one ends; None where that is not the end."""
    starts = [0]
    while starts[-1] + _FRAME_HEAD <= len(body):
        (size,) = struct.unpack_from(">I", body, starts[-1] + 1)
        starts.append(starts[-1] + _FRAME_HEAD + size)
    return starts if starts[-1] == len(body) else None


def _equal_start(primary: bytes, candidate: bytes) -> int:
    """How many bytes both begin with."""
    shorter = min(len(primary), len(candidate))
    at, step = 0, _CHUNK_BYTES
    while step and at < shorter:
        if primary[at : at + step] == candidate[at : at + step] and at + step <= shorter:
            at += step
        else:
            step //= 2
    return at


def _equal_end(primary: bytes, candidate: bytes, start: int) -> int:
    """How many bytes both end with, leaving alone so many at the start."""
    shorter = min(len(primary), len(candidate)) - start
    at, step = 0, _CHUNK_BYTES
    while step and at < shorter:
        here, there = len(primary) - at, len(candidate) - at
        if at + step <= shorter and primary[here - step : here] == candidate[there - step : there]:
            at += step
        else:
            step //= 2
    return at


_CUTS: dict[BodyKind, Callable[[bytes, bytes], _Ends | None]] = {
    BodyKind.JSON_LINES: _lines,
    BodyKind.EVENTS: _events,
    BodyKind.GRPC: _frames,
}
