"""A small HTTP/2 server in cleartext, whose way of answering can be chosen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast, override

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, WindowUpdated

from tests.integration.replay.servers import until

type Fields = tuple[tuple[bytes, bytes], ...]
type Answer = Callable[["Http2Connection", int], None]


class Http2Server:
    """`requests` are header lists as they arrived, `bodies` what followed them."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[Fields] = []
        self.bodies: list[bytes] = []
        self.connections: set[Http2Connection] = set()
        self.tried = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Http2Connection(asyncio.Protocol):
    def __init__(self, server: Http2Server) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self.transport: asyncio.Transport
        self._server = server
        self._bodies: dict[int, bytes] = {}
        self._endless: set[int] = set()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._server.tried += 1
        self._server.connections.add(self)
        self.h2.initiate_connection()
        self.flush()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)

    @override
    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            self._hear(event)
        self.flush()

    def flush(self) -> None:
        self.transport.write(self.h2.data_to_send())

    def say(self, stream: int, body: bytes, *fields: tuple[bytes, bytes]) -> None:
        self.h2.send_headers(stream, [(b":status", b"200"), *fields])
        self.h2.send_data(stream, body, end_stream=True)

    def pour(self, stream: int) -> None:
        """Send all that flow control lets through, again and again."""
        self._endless.add(stream)
        while room := min(self.h2.local_flow_control_window(stream), 16384):
            self.h2.send_data(stream, b"x" * room)

    def _hear(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._server.requests.append(tuple((bytes(n), bytes(v)) for n, v in event.headers))
            self._bodies[event.stream_id] = b""
        elif isinstance(event, DataReceived):
            self._bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._server.bodies.append(self._bodies[event.stream_id])
            self._server.answer(self, event.stream_id)
        elif isinstance(event, WindowUpdated):
            for stream in self._endless:
                self.pour(stream)


@asynccontextmanager
async def serving_http2(answer: Answer) -> AsyncIterator[Http2Server]:
    server = Http2Server(answer)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Http2Connection(server), "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for connection in tuple(server.connections):
            connection.transport.abort()
        await until(lambda: not server.connections)
