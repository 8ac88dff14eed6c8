"""What mitmproxy's handlers of users' connections lack.

A handler serves one user and all connections to the primary that are opened for that user.
mitmproxy 12 gives it five of those, leaves the user waiting when a layer crashes, holds any amount
of data for a user of HTTP/2 who does not read, can miss the end of a connection, and does not hear
what a primary said that writing to has failed. `prepare` mends that for one handler.
"""

import asyncio
import collections
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, cast, override

from mitmproxy.connection import Connection
from mitmproxy.proxy.commands import CloseConnection
from mitmproxy.proxy.events import Event
from mitmproxy.proxy.layer import CommandGenerator, Layer
from mitmproxy.proxy.layers.http import HttpLayer
from mitmproxy.proxy.layers.http._http2 import Http2Connection
from mitmproxy.proxy.server import ConnectionHandler, ConnectionIO

from shadow.capture.http1 import PrimaryConnection, UserConnection
from shadow.capture.unread import unread

_MOST_PRIMARY_CONNECTIONS = 1000
_MOST_HELD_BACK_BYTES = 4 * 1024 * 1024
_HELD_BACK_POLL_SECONDS = 0.01


def prepare(handler: ConnectionHandler) -> None:
    """Mend a handler before it begins."""
    # Without this an HTTP/2 user with five event streams open would get no sixth answer.
    handler.max_conns = collections.defaultdict(
        lambda: asyncio.Semaphore(_MOST_PRIMARY_CONNECTIONS)
    )
    handler.layer = _ClosedOnCrash(handler.layer)
    handler._server_event_lock = _PatientLock()
    _leave_room(handler)
    _hear_the_rest(handler)


def close_after_answer(handler: ConnectionHandler) -> None:
    """End a user's HTTP/1 connection after the answer under way, or else after the next."""
    connection = _side(handler, handler.client)
    if isinstance(connection, UserConnection):
        connection.last = True


def held_back_bytes(handler: ConnectionHandler) -> int:
    """What waits for a user of HTTP/2 to give room for it."""
    return _size(_side(handler, handler.client))


def _leave_room(handler: ConnectionHandler) -> None:
    """Read on only when the other side has taken enough of what was read before."""

    async def drain_all() -> None:
        async with handler._drain_lock:
            for io in tuple(handler.transports.values()):
                await _drain(io)
        if handler.client.alpn == b"h2":
            await _room_for(handler, _read_by_this_task(handler))

    handler.drain_writers = drain_all  # type: ignore[method-assign]


async def _drain(io: ConnectionIO) -> None:
    """Wait until enough is written; end a connection to which nothing can be, once it is heard out.

    mitmproxy ends it at once.
    """
    if io.writer is None:
        return
    try:
        await io.writer.drain()
    except OSError as error:
        heard_out = not isinstance(io.reader, asyncio.StreamReader) or io.reader.at_eof()
        if heard_out and io.handler is not None:
            io.handler.cancel(f"cannot be written to: {type(error).__name__}")


def _hear_the_rest(handler: ConnectionHandler) -> None:
    """Take what a primary had said when writing to it failed, also where it was not read yet.

    A server that refuses an upload answers, and closes without reading on: who goes on writing is
    to see the answer. A reader that is told of the failure would give nothing more of it.
    """
    handle: Callable[[Connection], Awaitable[None]] = handler.handle_connection

    async def handle_to_the_end(connection: Connection) -> None:
        writer = handler.transports[connection].writer
        if connection is not handler.client and isinstance(writer, asyncio.StreamWriter):
            _end_behind_the_rest(writer.transport)
        await handle(connection)

    handler.handle_connection = handle_to_the_end  # type: ignore[method-assign]


def _end_behind_the_rest(transport: asyncio.WriteTransport) -> None:
    """Have what is still to be received come before the end, which a failure is for mitmproxy."""
    protocol = cast(asyncio.Protocol, transport.get_protocol())
    lost = protocol.connection_lost

    def lost_behind_the_rest(exc: Exception | None) -> None:
        descriptor = transport.get_extra_info("socket").fileno()
        if exc is not None and descriptor >= 0:
            for data in unread(descriptor):
                protocol.data_received(data)
        lost(None)

    protocol.connection_lost = lost_behind_the_rest  # type: ignore[method-assign]


class _PatientLock(asyncio.Lock):
    """A lock that a cancelled task gets all the same; it is cancelled right after it has used it.

    mitmproxy cancels the task of a connection to end it. Were the task just waiting to hand over
    what it had read, the end itself would be lost: the other side would wait, the socket stay open.
    """

    @override
    async def acquire(self) -> Literal[True]:
        cancelled = False
        while True:
            try:
                await super().acquire()
            except asyncio.CancelledError:
                cancelled = True
            else:
                break
        if cancelled and (task := asyncio.current_task()):
            task.cancel()
        return True


class _ClosedOnCrash(Layer):
    """The outermost layer; mitmproxy only logs what the layers in it raise."""

    def __init__(self, inner: Layer) -> None:
        super().__init__(inner.context)
        self.context.layers.remove(self)
        self._inner = inner

    @override
    def handle_event(self, event: Event) -> CommandGenerator[None]:
        try:
            yield from self._inner.handle_event(event)
        except Exception:
            yield CloseConnection(self.context.client)
            raise

    _handle_event = handle_event


async def _room_for(handler: ConnectionHandler, reading: Connection | None) -> None:
    while _held_back(handler, reading) > _MOST_HELD_BACK_BYTES:  # noqa: ASYNC110 - h2 tells nobody
        await asyncio.sleep(_HELD_BACK_POLL_SECONDS)


def _held_back(handler: ConnectionHandler, reading: Connection | None) -> int:
    """What was read from one connection and waits for room on the other side."""
    if reading is handler.client:
        return sum(_size(_side(handler, other)) for other in _primary_connections(handler))
    primary = _side(handler, reading)
    one_stream = primary.stream_id if isinstance(primary, PrimaryConnection) else None
    return _size(_side(handler, handler.client), one_stream)


def _size(side: Layer | None, stream_id: int | None = None) -> int:
    if not isinstance(side, Http2Connection):
        return 0
    buffers = side.h2_conn.stream_buffers
    streams = buffers if stream_id is None else (stream_id,)
    return sum(len(piece.data) for stream in streams for piece in buffers.get(stream, ()))


def _read_by_this_task(handler: ConnectionHandler) -> Connection | None:
    task = asyncio.current_task()
    return next((c for c, io in handler.transports.items() if io.handler is task), None)


def _primary_connections(handler: ConnectionHandler) -> Iterable[Connection]:
    return [connection for connection in handler.transports if connection is not handler.client]


def _side(handler: ConnectionHandler, connection: Connection | None) -> Layer | None:
    """The layer that speaks HTTP on a connection, under TLS and the like."""
    layers = handler.layer.context.layers
    http = next((layer for layer in layers if isinstance(layer, HttpLayer)), None)
    side: Layer | None = http.connections.get(connection) if http and connection else None
    while side is not None and not isinstance(side, _SPEAKERS):
        side = getattr(side, "child_layer", None)
    return side


_SPEAKERS = (UserConnection, PrimaryConnection, Http2Connection)
