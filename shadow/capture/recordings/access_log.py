"""Access logs of web servers in the combined format, or the common one: addresses, no answers.

    203.0.113.7 - - [25/Nov/2026:10:00:00 +0000] "GET /items/7 HTTP/1.1" 200 512 "-" "curl/8.5"

Apache's `vhost_combined` has host and port in front.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import BinaryIO

from shadow.capture.recordings.addresses import address_of, as_sent, method_of
from shadow.capture.recordings.entry import Entry, EntryError, LeftOut, Recorded, unreadable
from shadow.model import SAFE_METHODS, Headers, Request, Skip

_LONGEST_LINE = 64 * 1024
_QUOTED = r'"((?:[^"\\]++|\\.)*+)"'
_LINE = re.compile(
    rf"(?P<who>[^\[]{{1,2048}})\[(?P<time>[^\]]{{1,64}})\] {_QUOTED} (?:\d{{3}}|-) (?:\d+|-)"
    rf"(?: {_QUOTED} {_QUOTED})?(?: .*)?",
    re.DOTALL,
)
_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_VIRTUAL_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}:\d{1,5}")
_ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "v": "\v"}
_NOTHING = frozenset({"", "-"})


def log_entries(stream: BinaryIO) -> Iterator[Entry]:
    """The requests of a log; each line that is not empty, and no comment, is one."""
    for line in _lines(stream):
        if line is None:
            yield unreadable("a line longer than 64 KiB")
            continue
        text = line.decode("utf-8", "surrogateescape").strip()
        if text and not text.startswith("#"):
            yield log_entry(text)


def log_entry(text: str) -> Entry:
    """What one line tells of; bytes that are no UTF-8 are surrogates in it."""
    found = _LINE.fullmatch(text)
    if found is None:
        return unreadable("no line in the combined format")
    _, _, asked, referer, agent = found.groups()
    try:
        return _visit(found["who"], found["time"], _unescaped(asked), referer, agent)
    except (EntryError, UnicodeError) as error:
        return unreadable(str(error) if isinstance(error, EntryError) else "no text")


def is_log_line(text: str) -> bool:
    """Whether a line is one of such a log."""
    return _LINE.fullmatch(text) is not None


def _visit(who: str, when: str, asked: str, referer: str | None, agent: str | None) -> Entry:
    words = asked.split(" ")
    if len(words) < 3 or not words[-1].startswith("HTTP/"):
        return LeftOut(reason=Skip.NOT_HTTP, why="a line that tells of no HTTP request")
    method, target = method_of(words[0]), " ".join(words[1:-1])
    if method not in SAFE_METHODS:
        return LeftOut(reason=Skip.METHOD, why="a log has no bodies, so only safe methods")
    host, server = _virtual_host(who), ""
    if not target.startswith(("/", "*")):
        address = address_of(target)
        if isinstance(address, LeftOut):
            return address
        target, host, server = address.target, address.authority, address.host
    headers = _headers({"host": host, "referer": referer, "user-agent": agent})
    request = Request(method=method, target=as_sent(target), headers=headers)
    return Recorded(request=request, at=_time(when), server=server)


def _headers(known: dict[str, str | None]) -> Headers:
    """What is known of the headers; control characters are none that were sent."""
    return tuple(
        (name.encode(), as_text.encode("utf-8", "surrogateescape"))
        for name, value in known.items()
        if value is not None and value not in _NOTHING
        for as_text in (_unescaped(value),)
        if as_text.isprintable()
    )


def _virtual_host(who: str) -> str | None:
    words = who.split()
    if len(words) == 4 and _VIRTUAL_HOST.fullmatch(words[0]):
        return words[0].removesuffix(":80").removesuffix(":443")
    return None


def _unescaped(text: str) -> str:
    """A quoted text as it was: servers write quotes, controls and other bytes with a backslash."""
    if "\\" not in text:
        return text
    data = _ESCAPED.sub(_original, text).encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "surrogateescape")


def _original(found: re.Match[str]) -> str:
    if found[1]:
        return bytes.fromhex(found[1]).decode("ascii", "surrogateescape")
    return _CONTROLS.get(found[2], found[2])


@lru_cache(maxsize=64)
def _time(text: str) -> float | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    if month not in _MONTHS:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        at = datetime(
            *(int(year), _MONTHS.index(month) + 1, int(day)),
            *(int(hour), int(minute), min(int(second), 59)),
            tzinfo=timezone(offset),
        )
        return at.astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    while line := stream.readline(_LONGEST_LINE):
        if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while more := stream.readline(_LONGEST_LINE):
            if more.endswith(b"\n"):
                break
        yield None
