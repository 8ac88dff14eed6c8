"""A mirror's connection: HTTP/1 read by llhttp, each request answered when its last byte is there.

The answer comes before the copy is looked at: nginx takes no next request of its user's connection
until its mirror has been answered. A mirror ignores what the answer is.
"""

import asyncio
import time
from itertools import chain
from typing import Protocol, cast, override

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from shadow.capture.sink.copies import Copy, CopyDesk
from shadow.model import Skip

MOST_HEAD_BYTES = 64 * 1024
"""nginx sends 32 KiB and Envoy 60 KiB of head at most, unless they are told otherwise."""

_MOST_HEADERS = 1000

_ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
_ACCEPTED_KEPT = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n"
_ACCEPTED_LAST = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_UNREADABLE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connections(Protocol):
    """Whoever has all connections."""

    def opened(self, connection: "SinkConnection") -> bool:
        """Hear of a new one; False where there are too many."""

    def closed(self, connection: "SinkConnection") -> None:
        """Hear of one that is gone."""

    def unreadable(self) -> None:
        """Hear of one that is no HTTP/1."""


class SinkConnection(asyncio.Protocol):
    """One connection of a mirror. `last_heard` is the loop's time of the last bytes.

    Bytes in which nothing begins or ends (of a head, of trailers, of a chunk's size) are kept by
    the parser, so they are bounded by `MOST_HEAD_BYTES`; one read may be too much.
    """

    def __init__(self, desk: CopyDesk, connections: Connections) -> None:
        self._desk = desk
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = HttpRequestParser(self)
        self._copy: Copy | None = None
        self._quiet_bytes = 0
        self._in_head = False
        self._is_last = False
        self.last_heard = self._loop.time()

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._copy is not None

    def close_when_done(self) -> None:
        """Close after the request that is on its way, or at once."""
        self._is_last = True
        if not self.is_busy:
            self._close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio.
        self._transport = cast("asyncio.Transport", transport)
        if not self._connections.opened(self):
            self.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.closed(self)
        self._give_up()
        self._transport = None

    @override
    def pause_writing(self) -> None:
        # Who does not read answers gets no more of them.
        if self._transport is not None:
            self._transport.pause_reading()

    @override
    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    @override
    def data_received(self, data: bytes) -> None:
        self.last_heard = self._loop.time()
        if self._transport is None or self._transport.is_closing():
            return
        self._quiet_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            # What follows is another protocol; the request before it has been answered.
            self._close()
        except HttpParserError:
            self._connections.unreadable()
            self._refuse()
        if self._quiet_bytes > MOST_HEAD_BYTES and self.is_busy:
            self._refuse()

    def on_message_begin(self) -> None:
        """Begin a copy; called by the parser, as all that follow."""
        self._copy = Copy(received_at=time.time())
        self._quiet_bytes = 0
        self._in_head = True

    def on_url(self, part: bytes) -> None:
        """Add to the target."""
        if self._copy is not None:
            self._copy.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; those that come behind a body are trailers, which are not kept."""
        if self._copy is not None and self._in_head and len(self._copy.headers) < _MOST_HEADERS:
            self._copy.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Make room for the copy, and ask for a body that waits to be asked for."""
        copy = self._copy
        if copy is None:
            return
        self._in_head = False
        self._quiet_bytes = 0
        copy.method = self._parser.get_method().decode("latin-1")
        head_bytes = sum(map(len, chain.from_iterable(copy.headers)))
        self._desk.begin(copy, len(copy.target) + head_bytes)
        if len(copy.headers) >= _MOST_HEADERS:
            self._desk.leave_out(copy, Skip.REQUEST_TOO_LARGE)
        elif self._parser.should_upgrade() and _is_other_protocol(copy):
            self._desk.leave_out(copy, Skip.UPGRADE)
        if _waits_to_be_asked(copy):
            self._write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        """Add to the body."""
        self._quiet_bytes = 0
        if self._copy is not None:
            self._desk.keep(self._copy, part)

    def on_message_complete(self) -> None:
        """Answer, and hand the copy in."""
        copy, self._copy = self._copy, None
        if copy is None:
            return
        keep = self._parser.should_keep_alive() and not self._is_last
        if not keep or self._parser.should_upgrade():
            self._write(_ACCEPTED_LAST)
            self._close()
        elif self._parser.get_http_version() == "1.0":
            self._write(_ACCEPTED_KEPT)
        else:
            self._write(_ACCEPTED)
        self._desk.hand_in(copy)

    def _refuse(self) -> None:
        """End a connection that is no HTTP/1, or not within limits."""
        self._give_up()
        self._write(_UNREADABLE)
        self._close()

    def _give_up(self) -> None:
        """Account for a copy that breaks off; one without a whole head was none yet."""
        copy, self._copy = self._copy, None
        if copy is not None and not self._in_head:
            self._desk.leave_out(copy, Skip.CLIENT_LEFT)
            self._desk.hand_in(copy)
        self._in_head = False

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _is_other_protocol(copy: Copy) -> bool:
    """Whether the user asks for another protocol than a newer HTTP."""
    asked = (value for name, value in copy.headers if name.lower() == b"upgrade")
    return copy.method == "CONNECT" or any(value.strip().lower() != b"h2c" for value in asked)


def _waits_to_be_asked(copy: Copy) -> bool:
    has_body = any(name.lower() in _OF_A_BODY for name, _ in copy.headers)
    return has_body and any(
        name.lower() == b"expect" and value.strip().lower() == b"100-continue"
        for name, value in copy.headers
    )
