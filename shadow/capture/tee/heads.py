"""Heads of HTTP/1 messages, read by llhttp, and refused wherever two readers could differ.

llhttp refuses bare line feeds, folded lines, space before a colon, repeated or contradicting
lengths, and what is no HTTP. What is left for here are the lengths that it allows and others may
not: a message is framed by one plain `Content-Length`, or by `chunked` alone, or not at all.

A head is given whole and to a parser of its own, since httptools tells neither where in its input
a message ended nor lets the answer to a HEAD be without body. It is not given a request's first
line: llhttp knows the methods and the bytes of targets that are usual, and users send others too.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from httptools import (
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
    HttpResponseParser,
)

from shadow.model import Headers

MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 1000

_REQUEST_LINE = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00-\x20\x7f]+) HTTP/1\.([01])\r\n"
)
_LENGTH, _CODING, _TYPE = b"content-length", b"transfer-encoding", b"content-type"
_MOST_LENGTH_DIGITS = 15
_HEADS_REMEMBERED, _LONGEST_REMEMBERED = 512, 4096
"""Users say the same of themselves with each request on a connection; it is read once."""
_EVENT_STREAM = b"text/event-stream"


class UnparsedError(Exception):
    """These bytes are not HTTP that every reader cuts into the same messages."""


class Framing(Enum):
    """What tells where a body ends."""

    NONE = 0
    LENGTH = 1
    CHUNKED = 2
    UNTIL_CLOSE = 3


class RequestHead(NamedTuple):
    """A request without its body.

    `length` is of its body where the framing is by length. `last` says that no other request
    follows on the connection, `upgrades` that it asks for another protocol.
    """

    method: str
    target: str
    headers: Headers
    framing: Framing
    length: int
    last: bool
    upgrades: bool


class ResponseHead(NamedTuple):
    """An answer without its body, as `RequestHead`; `events` says that it is an event stream."""

    status: int
    headers: Headers
    framing: Framing
    length: int
    last: bool
    events: bool


def read_request_head(head: bytes) -> RequestHead:
    """Read a whole head, from its first line to its empty one; raises `UnparsedError`."""
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise UnparsedError("no request of HTTP/1")
    rest = b"GET / HTTP/1.%s\r\n%s" % (line[3], head[line.end() :])
    like = _seen_before(rest) if len(rest) <= _LONGEST_REMEMBERED else _read_fields(rest)
    method, target = line[1].decode("latin-1"), line[2].decode("latin-1")
    return RequestHead(
        method,
        target,
        like.headers,
        like.framing,
        like.length,
        like.last,
        like.upgrades or method == "CONNECT",
    )


def read_response_head(head: bytes, method: str) -> ResponseHead:
    """Read the head of an answer to a request with `method`; raises `UnparsedError`."""
    if not head.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")):
        raise UnparsedError("no answer of HTTP/1")
    lines = _Lines()
    parser = HttpResponseParser(lines)
    lines.parse(parser, head)
    status = parser.get_status_code()
    known = _known(lines.headers)
    framing, length = _framing(known, is_1_0=head.startswith(b"HTTP/1.0 "))
    last = not lines.keep_alive
    if method == "HEAD" or status in {204, 304} or status < 200:
        # llhttp expects a body of a HEAD's answer, and the end of the connection behind that.
        last = last and framing is not Framing.UNTIL_CLOSE
        framing = Framing.NONE
    return ResponseHead(
        status=status,
        headers=tuple(lines.headers),
        framing=framing,
        length=length,
        last=last,
        events=known.get(_TYPE, b"").lower().startswith(_EVENT_STREAM),
    )


def _read_fields(head: bytes) -> RequestHead:
    """What a request's head says below its first line."""
    lines = _Lines()
    parser = HttpRequestParser(lines)
    lines.parse(parser, head)
    framing, length = _framing(_known(lines.headers), is_1_0=head.startswith(b"GET / HTTP/1.0"))
    return RequestHead(
        method="GET",
        target="/",
        headers=tuple(lines.headers),
        framing=Framing.NONE if framing is Framing.UNTIL_CLOSE else framing,
        length=length,
        last=not lines.keep_alive,
        upgrades=parser.should_upgrade(),
    )


_seen_before = lru_cache(maxsize=_HEADS_REMEMBERED)(_read_fields)


class _Lines:
    """What llhttp tells of one head."""

    __slots__ = ("_parser", "headers", "keep_alive")

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.keep_alive: bool | None = None
        self._parser: HttpRequestParser | HttpResponseParser | None = None

    def parse(self, parser: HttpRequestParser | HttpResponseParser, head: bytes) -> None:
        """Have a head parsed that is there as a whole."""
        self._parser = parser
        try:
            parser.feed_data(head)
        except HttpParserUpgrade:
            pass
        except HttpParserError as error:
            raise UnparsedError(str(error)) from None
        finally:
            self._parser = None
        if self.keep_alive is None or len(self.headers) > MOST_HEADERS:
            raise UnparsedError("a head without end")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header with what white space is behind its value."""
        self.headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The empty line; llhttp forgets what was said of the connection right after it."""
        if self._parser is not None:
            self.keep_alive = self._parser.should_keep_alive()


def _known(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers that are looked at; raises where a length or coding is there twice."""
    known: dict[bytes, bytes] = {}
    for name, value in headers:
        if len(name) in {12, 14, 17} and (key := name.lower()) in {_LENGTH, _CODING, _TYPE}:
            if key in known and key != _TYPE:
                raise UnparsedError("a length twice")
            known[key] = value
    return known


def _framing(known: dict[bytes, bytes], *, is_1_0: bool) -> tuple[Framing, int]:
    length, coding = known.get(_LENGTH), known.get(_CODING)
    if coding is not None:
        if length is not None or is_1_0 or coding.lower() != b"chunked":
            raise UnparsedError("a coding that readers differ in")
        return Framing.CHUNKED, 0
    if length is None:
        return Framing.UNTIL_CLOSE, 0
    if not length.isdigit() or len(length) > _MOST_LENGTH_DIGITS:
        raise UnparsedError("a length that readers differ in")
    if length[0] == 0x30 and length != b"0":
        raise UnparsedError("a length that readers differ in")
    return (Framing.LENGTH, int(length)) if length != b"0" else (Framing.NONE, 0)
