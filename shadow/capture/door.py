"""The way in of an asyncio server, by which no more users come than there is room for.

asyncio accepts whoever connects. Where descriptors run short, users then have them all, none is
left for connections to the primary, and everybody is turned away. Here those who come wait instead.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

_BACKLOG = 4096
_ACCEPTED_AT_ONCE = 64
_NO_DESCRIPTORS_SECONDS = 0.1

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Serves one user until one of the two is done."""


class Door:
    """Accepts instead of a server that listens, and has `serve` called for `most` users at a time.

    All others wait in the kernel until one of these has left.
    """

    def __init__(self, server: asyncio.Server, serve: Serve, most: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._serve = serve
        self._most = most
        self._present = 0
        self._is_open = False
        self._greeting: set[asyncio.Task[None]] = set()
        self._listening: list[socket.socket] = []
        for each in server.sockets:
            self._loop.remove_reader(each.fileno())
            listening = each.dup()
            listening.listen(_BACKLOG)
            self._listening.append(listening)
        self._open()

    def close(self) -> None:
        """Let nobody in any more; whoever is in is served on."""
        self._shut()
        for each in self._listening:
            each.close()
        self._listening.clear()

    def _open(self) -> None:
        if self._is_open or self._present >= self._most:
            return
        self._is_open = True
        for each in self._listening:
            self._loop.add_reader(each.fileno(), self._let_in, each)

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            for each in self._listening:
                self._loop.remove_reader(each.fileno())

    def _let_in(self, listening: socket.socket) -> None:
        """Take those who wait in, as far as there is room."""
        for _ in range(_ACCEPTED_AT_ONCE):
            if self._present >= self._most:
                self._shut()
                return
            try:
                wire, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                logger.warning("nobody can be accepted for a moment: %s", error.strerror)
                self._shut()
                self._loop.call_later(_NO_DESCRIPTORS_SECONDS, self._open)
                return
            wire.settimeout(0)
            self._present += 1
            greeting = self._loop.create_task(self._greet(wire))
            self._greeting.add(greeting)
            greeting.add_done_callback(self._greeting.discard)

    async def _greet(self, wire: socket.socket) -> None:
        reader = asyncio.StreamReader(loop=self._loop)
        protocol = asyncio.StreamReaderProtocol(reader, self._serve_one, loop=self._loop)
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, wire)
        except OSError:
            wire.close()
            self._left()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        finally:
            self._left()

    def _left(self) -> None:
        self._present -= 1
        self._open()
