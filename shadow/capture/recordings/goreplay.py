"""GoReplay's files: payloads with a line in front, divided by a line of three monkeys.

A payload is `1 id nanoseconds` and a request, `2 id nanoseconds latency` and the answer that was
seen to it, or `3 …` and the answer of the server it was replayed to, which is none of ours. An
answer comes some while after its request (github.com/buger/goreplay, protocol.go).
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from shadow.capture.recordings.entry import (
    MOST_ENTRY_BYTES,
    Entry,
    EntryError,
    LeftOut,
    Recorded,
    RecordingError,
    duration,
    moment,
    unreadable,
)
from shadow.capture.recordings.http1_messages import request_in, response_in
from shadow.capture.recordings.json_stream import Readable
from shadow.model import Request, Response, Skip

SEPARATOR = "\n🐵🙈🙉\n".encode()

FIRST_LINE = re.compile(rb"([123]) ([0-9A-Za-z]{1,128}) (-?\d{1,19})(?: (-?\d{1,19}))?\r?\n")
_CHUNK_BYTES = 256 * 1024
_MOST_WAITING = 10_000
_MOST_WAITING_BYTES = 64 * 1024 * 1024
_NANOSECONDS = 1e9
_SWITCHING = 101


@dataclass(frozen=True, slots=True)
class _Asked:
    request: Request
    at: float


def goreplay_entries(stream: Readable, most_bytes: int = MOST_ENTRY_BYTES) -> Iterator[Entry]:
    """The requests of a GoReplay file with their answers, in the order in which these came.

    Requests whose answer is not there after 10,000 others, or 64 MiB of them, are without one.
    Raises `RecordingError`, behind all entries, where the file ends in the middle of a payload.
    """
    waiting = _Waiting()
    broken: RecordingError | None = None
    try:
        for payload in payloads(stream, most_bytes):
            yield from _of_payload(payload, waiting)
    except RecordingError as error:
        broken = error
    yield from waiting.all()
    if broken is not None:
        raise broken


def payloads(stream: Readable, most_bytes: int) -> Iterator[bytes | None]:
    """What is before a separator, None for what is of more bytes.

    Raises `RecordingError` where something else than line breaks is behind the last of them.
    """
    held, is_too_long, position = bytearray(), False, 0
    while chunk := stream.read(_CHUNK_BYTES):
        position += len(chunk)
        search_from = max(0, len(held) - len(SEPARATOR) + 1)
        held += chunk
        start = 0
        while (end := held.find(SEPARATOR, search_from)) >= 0:
            yield None if is_too_long or end - start > most_bytes else bytes(held[start:end])
            start = search_from = end + len(SEPARATOR)
            is_too_long = False
        del held[:start]
        if len(held) > most_bytes:
            del held[: len(held) - len(SEPARATOR) + 1]
            is_too_long = True
    # An editor may have taken the last line break away.
    last = bytes(held).rstrip().removesuffix(SEPARATOR.strip())
    if is_too_long or (last and len(last) == len(held.rstrip())):
        raise RecordingError("it ends in the middle of a payload", position)
    if last:
        yield last.removesuffix(b"\n")


def _of_payload(payload: bytes | None, waiting: "_Waiting") -> Iterator[Entry]:
    if payload is None:
        yield unreadable("longer than an entry may be")
        return
    try:
        yield from _entries(payload, waiting)
    except EntryError as error:
        yield unreadable(str(error))


def _entries(payload: bytes, waiting: "_Waiting") -> Iterator[Entry]:
    found = FIRST_LINE.match(payload.lstrip(b"\r\n"))
    if found is None:
        raise EntryError("a payload without the line in front of it")
    kind, name, moment, latency = found.groups()
    content = payload.lstrip(b"\r\n")[found.end() :]
    if kind == b"1":
        yield from _asked(name, content, int(moment) / _NANOSECONDS, waiting)
    elif kind == b"2" and (asked := waiting.pop(name)) is not None:
        yield _answered(asked, content, int(latency or 0) / _NANOSECONDS)


def _asked(name: bytes, content: bytes, at: float, waiting: "_Waiting") -> Iterator[Entry]:
    request = request_in(content)
    if isinstance(request, LeftOut):
        yield request
    elif request.method == "CONNECT":
        yield LeftOut(reason=Skip.NOT_HTTP, why="a tunnel")
    else:
        yield from waiting.add(name, _Asked(request, at))


def _answered(asked: _Asked, content: bytes, seconds: float) -> Entry:
    response: Response | None
    try:
        response = response_in(content, asked.request.method, duration(seconds))
    except EntryError:
        response = None
    if response is not None and response.status == _SWITCHING:
        return LeftOut(reason=Skip.UPGRADE, why="an upgrade")
    return Recorded(request=asked.request, response=response, at=moment(asked.at))


class _Waiting:
    """Requests whose answers may yet come; bounded in number and bytes."""

    def __init__(self) -> None:
        self._asked: OrderedDict[bytes, _Asked] = OrderedDict()
        self._bytes = 0

    def add(self, name: bytes, asked: _Asked) -> Iterator[Entry]:
        """Add a request; what there is no more room for goes on without an answer."""
        before = self.pop(name)
        if before is not None:
            yield _unanswered(before)
        self._asked[name] = asked
        self._bytes += _size(asked)
        while len(self._asked) > _MOST_WAITING or self._bytes > _MOST_WAITING_BYTES:
            yield self._first()

    def pop(self, name: bytes) -> _Asked | None:
        asked = self._asked.pop(name, None)
        self._bytes -= _size(asked) if asked is not None else 0
        return asked

    def all(self) -> Iterator[Entry]:
        """What no answer has come to."""
        while self._asked:
            yield self._first()

    def _first(self) -> Entry:
        _, asked = self._asked.popitem(last=False)
        self._bytes -= _size(asked)
        return _unanswered(asked)


def _size(asked: _Asked) -> int:
    request = asked.request
    in_headers = sum(len(name) + len(value) for name, value in request.headers)
    return len(request.target) + len(request.body) + in_headers


def _unanswered(asked: _Asked) -> Recorded:
    return Recorded(request=asked.request, at=moment(asked.at))
