"""The two ends of a relay: what one of them receives goes to the other, as it is and at once."""

import asyncio
import socket
import struct
import sys
from typing import Protocol, cast, override

from shadow.capture.unread import unread

_IS_LINUX = sys.platform == "linux"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Relaying(Protocol):
    """Who joins two ends and is told what happens at them."""

    def received(self, end: "End", data: bytes) -> None:
        """`data` came, and was passed on where `end.other` can take it."""

    def not_passed_on(self, end: "End", data: bytes) -> None:
        """`data` came, and there is nobody to pass it on to."""

    def ended(self, end: "End") -> None:
        """Nothing more comes from there; it may still be written to, unless it is over TLS."""

    def lost(self, end: "End", error: Exception | None) -> None:
        """The connection is gone; without an error if it was closed as it should be."""


class End(asyncio.Protocol):
    """A connection of a user's, or the one to the primary for it.

    `is_open` says whether it can be written to, `has_ended` that nothing more comes from it, and
    `is_lost` that there is nothing left to close.
    """

    __slots__ = (
        "_finishing",
        "_is_full",
        "_paused_by",
        "_relay",
        "_wire",
        "by_user",
        "has_ended",
        "is_lost",
        "is_open",
        "other",
        "transport",
    )

    def __init__(self, relay: Relaying, *, by_user: bool) -> None:
        self.by_user = by_user
        self.transport: asyncio.Transport
        self.other: End
        self.is_open = False
        self.has_ended = False
        self.is_lost = True
        self._relay = relay
        self._wire: socket.socket | None = None
        self._paused_by = 0
        self._finishing = False
        self._is_full = False

    def over(self, wire: socket.socket) -> None:
        """Say what socket it is that this end is about to be connected by."""
        self._wire = wire

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.is_open = True
        self.is_lost = False

    @override
    def data_received(self, data: bytes) -> None:
        other = self.other
        if other.is_open:
            other.transport.write(data)
            self._relay.received(self, data)
        else:
            self._relay.not_passed_on(self, data)

    @override
    def pause_writing(self) -> None:
        self._is_full = True
        self.other.pause_reading()

    @override
    def resume_writing(self) -> None:
        self._is_full = False
        self.other.resume_reading()

    @override
    def eof_received(self) -> bool:
        self.has_ended = True
        self._relay.ended(self)
        # Over TLS there is no half of a connection.
        return self.transport.can_write_eof()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        broke, self.is_open = self.is_open and not self.has_ended, False
        self.is_lost = True
        if broke and not self.by_user:
            self._receive_the_rest()
            # So Linux says that the end came before the reset; others say it of a reset alone too.
            self.has_ended = _IS_LINUX and isinstance(exc, BrokenPipeError)
        self._relay.lost(self, exc)
        self.has_ended = True
        if self._is_full:  # or else nobody would hear that the other has ended too
            self.resume_writing()

    def _receive_the_rest(self) -> None:
        """Pass on what had come when writing failed, and was not read any more.

        A server that refuses an upload answers, and closes without reading on: who goes on writing
        is to see the answer. Over TLS what is left cannot be read.
        """
        if self._wire is None or self.transport.get_extra_info("sslcontext") is not None:
            return
        for data in unread(self._wire.fileno()):
            self.data_received(data)

    def pause_reading(self) -> None:
        """Take nothing until `resume_reading`, which is to be called as often."""
        self._paused_by += 1
        if self._paused_by == 1 and self._reads:
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take more, unless there is another reason not to."""
        self._paused_by -= 1
        if not self._paused_by and self._reads:
            self.transport.resume_reading()

    @property
    def _reads(self) -> bool:
        return not (self.is_lost or self.has_ended or self.transport.is_closing())

    def finish_writing(self) -> None:
        """Say that nothing more comes; where only the whole can be ended, end it after the last."""
        if not self.is_open or self._finishing:
            return
        self._finishing = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.close()

    def close(self) -> None:
        """End it when all is written."""
        if self.is_open:
            self.is_open = False
            self.transport.close()

    def reset(self) -> None:
        """Break it, so that nobody takes what came for all."""
        if not self.is_lost:
            self.is_open = False
            if self._wire is not None:
                linger = (socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self._wire.setsockopt(*linger)
            self.transport.abort()
