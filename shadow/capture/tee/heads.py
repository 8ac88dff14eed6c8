"""Heads of HTTP/1 messages, refused wherever two readers could differ.

Nearly all heads are plain: each line is a name, a colon, and a value of visible characters, and
nothing in them speaks of another protocol. These are cut up here. All others are read by llhttp,
which refuses bare line feeds, folded lines, space before a colon, repeated or contradicting
lengths, and what is no HTTP. For both, a message is framed by one plain `Content-Length`, or by
`chunked` alone, or not at all; llhttp would allow lengths that others may not.

llhttp is given a head whole and in a parser of its own, since httptools tells neither where in its
input a message ended nor lets the answer to a HEAD be without body. It is not given a request's
first line: it knows the methods and the bytes of targets that are usual, and users send others too.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache, partial
from typing import NamedTuple, cast

from httptools import (
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
    HttpResponseParser,
)

from shadow.model import Headers

MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 1000

_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _NAME + rb") ([^\x00-\x20\x7f]+) HTTP/1\.([01])\r\n")
_PLAIN_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) [ -~]*\r\n")
_PLAIN_LINE = re.compile(rb"(" + _NAME + rb"+): *+([ -~\x80-\xff]*+)(?<! )")

_LENGTH, _CODING, _TYPE = b"content-length", b"transfer-encoding", b"content-type"
_CONNECTION, _OTHER_PROTOCOL = b"connection", frozenset({b"upgrade", b"proxy-connection"})
_KNOWN = frozenset({_LENGTH, _CODING, _TYPE, _CONNECTION, *_OTHER_PROTOCOL})
_FRAMES = frozenset({_LENGTH, _CODING})
_WITHOUT_BODY = frozenset({204, 304})
_KEEPS = {b"keep-alive": True, b"close": False}

_MOST_LENGTH_DIGITS = 15
_HEADS_REMEMBERED, _LINES_REMEMBERED, _LONGEST_REMEMBERED = 512, 4096, 2048
"""Users and servers say the same again and again, at least line by line; it is read once."""
_EVENT_STREAM = b"text/event-stream"


type _PlainLine = tuple[tuple[bytes, bytes], bytes]
"""The header in a line, and its name in small letters if it is one that is looked at."""


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


class Fields(NamedTuple):
    """What stands below the first line of a head.

    `keeps_alive` is what the message says of its connection, `upgrades` whether it is to go on with
    another protocol; `known` are the headers that are looked at, by their names in small letters.
    """

    headers: Headers
    known: Mapping[bytes, bytes]
    keeps_alive: bool
    upgrades: bool


def read_request_head(head: bytes) -> RequestHead:
    """Read a whole head, from its first line to its empty one; raises `UnparsedError`."""
    return _remembered_request(head) if len(head) <= _LONGEST_REMEMBERED else _request(head)


def read_response_head(head: bytes, method: str) -> ResponseHead:
    """Read the head of an answer to a request with `method`; raises `UnparsedError`."""
    if len(head) > _LONGEST_REMEMBERED:
        return _response(head, has_body=method != "HEAD")
    return _remembered_bodiless(head) if method == "HEAD" else _remembered_response(head)


def _request(head: bytes) -> RequestHead:
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise UnparsedError("no request of HTTP/1")
    is_1_0 = line[3] == b"0"
    fields = plain_fields(head, line.end(), is_1_0=is_1_0)
    if fields is None:
        fields = request_by_llhttp(b"GET / HTTP/1.%s\r\n%s" % (line[3], head[line.end() :]))
    framing, length = _framing(fields.known, is_1_0=is_1_0)
    method = line[1].decode("latin-1")
    return RequestHead(
        method,
        line[2].decode("latin-1"),
        fields.headers,
        Framing.NONE if framing is Framing.UNTIL_CLOSE else framing,
        length,
        not fields.keeps_alive,
        fields.upgrades or method == "CONNECT",
    )


def _response(head: bytes, *, has_body: bool) -> ResponseHead:
    line = _PLAIN_STATUS_LINE.match(head)
    fields = plain_fields(head, line.end(), is_1_0=line[1] == b"0") if line else None
    if line is not None and fields is not None:
        status = int(line[2])
    else:
        status, fields = response_by_llhttp(head)
    framing, length = _framing(fields.known, is_1_0=head.startswith(b"HTTP/1.0 "))
    last = not fields.keeps_alive
    if not has_body or status in _WITHOUT_BODY or status < 200:
        framing = Framing.NONE
    elif framing is Framing.UNTIL_CLOSE:
        last = True
    events = fields.known.get(_TYPE, b"").lower().startswith(_EVENT_STREAM)
    return ResponseHead(status, fields.headers, framing, length, last, events)


_remembered_request = lru_cache(maxsize=_HEADS_REMEMBERED)(_request)
_remembered_response = lru_cache(maxsize=_HEADS_REMEMBERED)(partial(_response, has_body=True))
_remembered_bodiless = lru_cache(maxsize=_HEADS_REMEMBERED)(partial(_response, has_body=False))


def plain_fields(head: bytes, start: int, *, is_1_0: bool) -> Fields | None:
    """Cut up what is below a head's first line, from `start` on; None where it is not plain."""
    if not head.endswith(b"\r\n\r\n"):
        return None
    below = head[start:-2]
    read = _remembered_line if len(below) <= _LONGEST_REMEMBERED else _plain_line
    lines = [*map(read, below.split(b"\r\n")[:-1])]
    if None in lines or len(lines) > MOST_HEADERS:
        return None
    plain = cast("list[_PlainLine]", lines)
    known = {key: header[1] for header, key in plain if key}
    keeps_alive: bool | None = not is_1_0
    if said := known.get(_CONNECTION):
        keeps_alive = _KEEPS.get(said.lower())
    is_twice = len(known) < sum([1 for _, key in plain if key])
    if is_twice or keeps_alive is None or not _OTHER_PROTOCOL.isdisjoint(known):
        return None
    return Fields(tuple([header for header, _ in plain]), known, keeps_alive, upgrades=False)


def request_by_llhttp(head: bytes) -> Fields:
    """Read what a request's head says, whose first line llhttp knows; raises `UnparsedError`."""
    lines = _Lines()
    parser = HttpRequestParser(lines)
    lines.parse(parser, head)
    return lines.fields(upgrades=parser.should_upgrade())


def response_by_llhttp(head: bytes) -> tuple[int, Fields]:
    """Read an answer's status and what else its head says; raises `UnparsedError`."""
    if not head.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")):
        raise UnparsedError("no answer of HTTP/1")
    lines = _Lines()
    parser = HttpResponseParser(lines)
    lines.parse(parser, head)
    return parser.get_status_code(), lines.fields(upgrades=False)


def _plain_line(line: bytes) -> _PlainLine | None:
    found = _PLAIN_LINE.fullmatch(line)
    if found is None:
        return None
    name = found[1]
    return (name, found[2]), _key(name)


_remembered_line = lru_cache(maxsize=_LINES_REMEMBERED)(_plain_line)


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

    def fields(self, *, upgrades: bool) -> Fields:
        """What was told."""
        headers = tuple(self.headers)
        return Fields(headers, _known(headers), bool(self.keep_alive), upgrades)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header with what white space is behind its value."""
        self.headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The empty line; llhttp forgets what was said of the connection right after it."""
        if self._parser is not None:
            self.keep_alive = self._parser.should_keep_alive()


def _known(headers: Headers) -> dict[bytes, bytes]:
    """The headers that are looked at; raises where a length or coding is there twice."""
    known: dict[bytes, bytes] = {}
    for name, value in headers:
        if key := _key(name):
            if key in known and key in _FRAMES:
                raise UnparsedError("a length twice")
            known[key] = value
    return known


def _key(name: bytes) -> bytes:
    """The name in small letters if it is looked at, else nothing."""
    key = name.lower()
    return key if key in _KNOWN else b""


def _framing(known: Mapping[bytes, bytes], *, is_1_0: bool) -> tuple[Framing, int]:
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
