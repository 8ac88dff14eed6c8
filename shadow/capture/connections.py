"""What mitmproxy's handlers of users' connections lack.

A handler serves one user and all connections to the primary that are opened for that user.
mitmproxy 12 gives it five of those, leaves the user waiting when a layer crashes, holds any amount
of data for a user of HTTP/2 who does not read, and can miss the end of a connection. `prepare`
mends that for one handler.
"""

import asyncio
import collections
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, override

from mitmproxy.connection import Connection
from mitmproxy.proxy.commands import CloseConnection
from mitmproxy.proxy.events import Event
from mitmproxy.proxy.layer import CommandGenerator, Layer
from mitmproxy.proxy.layers.http import HttpLayer
from mitmproxy.proxy.layers.http._http2 import Http2Connection
from mitmproxy.proxy.server import ConnectionHandler

from shadow.capture.http1 import PrimaryConnection, UserConnection

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
    drain_writers: Callable[[], Awaitable[None]] = handler.drain_writers

    async def drain_all() -> None:
        await drain_writers()
        if handler.client.alpn == b"h2":
            await _room_for(handler, _read_by_this_task(handler))

    handler.drain_writers = drain_all  # type: ignore[method-assign]


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
