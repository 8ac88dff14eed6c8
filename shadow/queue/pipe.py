"""One end of a connection between two processes of a machine, on which nothing ever waits."""

import contextlib
import os
import socket
from collections import deque
from collections.abc import Sequence
from itertools import islice
from struct import Struct

from shadow.queue.frames import Frame, FrameError, Frames

_MOST_PARTS = 256
"""Sent by one call; systems take 1,024 at most."""

_SENT_AHEAD_BYTES = 1024 * 1024
"""Of the kernel's memory, as far as it gives that: where all processors are busy, who is to receive
it gets a turn every few milliseconds, and as much as fits in here each time."""

_DESCRIPTOR = Struct("@i")
_ONE_DESCRIPTOR = socket.CMSG_LEN(_DESCRIPTOR.size)
_CLOSED_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class GoneError(Exception):
    """Whoever was at the other end is gone, or is none of ours."""


class Pipe:
    """Sends and receives frames of up to `limit_bytes` over a connected socket.

    So much as `usual_bytes` is received at one go, and more only inside a longer frame.

    What the other end does not take yet is kept, and `is_stuck` until it is sent by `flush`: who
    goes on sending then has to know that it is bounded. Only who `borrows` takes descriptors.
    """

    def __init__(
        self, wire: socket.socket, limit_bytes: int, usual_bytes: int, *, borrows: bool = False
    ) -> None:
        wire.settimeout(0)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AHEAD_BYTES)
        self._wire = wire
        self._borrows = borrows
        self._borrowed: int | None = None
        self._frames = Frames(limit_bytes, usual_bytes)
        self._unsent: deque[memoryview] = deque()

    @property
    def descriptor(self) -> int:
        """Is readable when something came, and writable when `flush` may get something sent."""
        return self._wire.fileno()

    @property
    def is_stuck(self) -> bool:
        """Whether something is kept that could not be sent yet."""
        return bool(self._unsent)

    def send(self, parts: Sequence[bytes]) -> None:
        """Send these bytes one after the other, or keep what of them does not go yet.

        Raises `GoneError` when the other end is gone.
        """
        start = 0
        while not self._unsent and start < len(parts):
            some = parts[start : start + _MOST_PARTS]
            start += len(some)
            sent = self._send(some)
            if sent < sum(map(len, some)):
                self._unsent.extend(memoryview(part) for part in some if part)
                self._keep_what_follows(sent)
        self._unsent.extend(memoryview(part) for part in parts[start:] if part)

    def flush(self) -> None:
        """Send what is kept, as far as it goes; raises `GoneError` as `send`."""
        while self._unsent:
            sent = self._send(tuple(islice(self._unsent, _MOST_PARTS)))
            if not sent:
                return
            self._keep_what_follows(sent)

    def receive(self) -> list[Frame]:
        """Return what came, which is to be used before the next call.

        Raises `GoneError` when nothing comes any more, and for what is no frame of ours.
        """
        try:
            number = self._receive()
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise GoneError(error.strerror) from None
        if not number:
            raise GoneError("ended")
        try:
            return self._frames.received(number)
        except FrameError as error:
            raise GoneError(str(error)) from None

    def lend(self, frame: bytes, descriptor: int | None) -> None:
        """Send a short frame, as the first, and with it what the other end is to have open too.

        Raises `GoneError` where that does not go at once.
        """
        try:
            descriptors = [] if descriptor is None else [descriptor]
            sent = socket.send_fds(self._wire, [frame], descriptors)
        except OSError as error:
            raise GoneError(error.strerror) from None
        if sent < len(frame):
            raise GoneError("takes nothing")

    def borrowed(self) -> int | None:
        """The descriptor that came since this was called last, which is the caller's to close."""
        descriptor, self._borrowed = self._borrowed, None
        return descriptor

    def close(self, linger_seconds: float = 0.0) -> None:
        """Close it; what is kept may take so long to leave."""
        if self._unsent and linger_seconds:
            self._wire.settimeout(linger_seconds)
            with contextlib.suppress(OSError):
                self._wire.sendall(b"".join(self._unsent))
        self._wire.close()
        self._return()

    def _keep_what_follows(self, sent: int) -> None:
        """Keep no more what so many bytes are that are sent."""
        while sent:
            part = self._unsent.popleft()
            if sent < len(part):
                self._unsent.appendleft(part[sent:])
            sent -= min(sent, len(part))

    def _return(self) -> None:
        if (descriptor := self.borrowed()) is not None:
            os.close(descriptor)

    def _receive(self) -> int:
        room = self._frames.room
        if not self._borrows:
            return self._wire.recv_into(room)
        number, ancillary, _, _ = self._wire.recvmsg_into([room], _ONE_DESCRIPTOR, _CLOSED_ON_EXEC)
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._return()
                (self._borrowed,) = _DESCRIPTOR.unpack_from(data)
        return number

    def _send(self, parts: Sequence[bytes | memoryview]) -> int:
        try:
            return self._wire.sendmsg(parts)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise GoneError(error.strerror) from None
