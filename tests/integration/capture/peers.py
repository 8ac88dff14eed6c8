"""Primaries and users that see and send exact bytes."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events

PATIENCE_SECONDS = 30.0
"""How long anything may take before a test gives up; nothing is judged by it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(kw_only=True)
class Connection:
    """One connection of a primary."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[bytes]

    async def head(self) -> bytes:
        """The next request's head as it came, empty at the end."""
        try:
            return await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as end:
            if end.partial:
                raise
            return b""

    async def request(self) -> bytes:
        """The next request as it came, body included."""
        raw = await self.head()
        lines = raw.lower().split(b"\r\n")
        length = next((int(h.split(b":")[1]) for h in lines if h.startswith(b"content-length")), 0)
        raw += await self.reader.readexactly(length)
        if any(h.startswith(b"transfer-encoding") for h in lines):
            raw += await self._chunks()
        if raw:
            self.requests.append(raw)
        return raw

    async def _chunks(self) -> bytes:
        raw = b""
        while True:
            line = await self.reader.readuntil(b"\r\n")
            raw += line
            if line == b"0\r\n":
                while (line := await self.reader.readuntil(b"\r\n")) != b"\r\n":
                    raw += line
                return raw + line
            raw += await self.reader.readexactly(int(line.split(b";")[0], 16) + 2)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


type Behaviour = Callable[[Connection], Awaitable[None]]


@dataclass(kw_only=True)
class Primary:
    """A running primary, and the requests that reached it."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def answers(answer: bytes) -> Behaviour:
    """Give the same answer to each request; close where the request asks for it."""

    async def behave(peer: Connection) -> None:
        while raw := await peer.request():
            await peer.send(answer)
            if b"connection: close" in raw.lower() or b" HTTP/1.0\r\n" in raw:
                return

    return behave


@asynccontextmanager
async def primary(
    port: int, behave: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Primary]:
    """Run a primary; at the end all its connections are closed."""
    running = Primary(port=port)
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        running.connections += 1
        peer = Connection(reader=reader, writer=writer, requests=running.requests)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await behave(peer)
            await _close(writer)
        finally:
            writer.transport.abort()
            writers.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls, limit=2**20)
    try:
        yield running
    finally:
        server.close()
        for _ in range(3):
            await asyncio.sleep(0)  # one that was just accepted gets its writer
        for writer in tuple(writers):
            await _close(writer)
        await server.wait_closed()


@asynccontextmanager
async def user(
    port: int, tls: ssl.SSLContext | None = None, **more: object
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection of a user's."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, **more)
        try:
            yield reader, writer
        finally:
            await _close(writer)


async def ask(port: int, raw: bytes) -> bytes:
    """Send bytes and return all that comes back until the connection ends."""
    async with user(port) as (reader, writer):
        writer.write(raw)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b"reset"


def get(target: str = "/", *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A request without body, after whose answer the connection ends."""
    lines = [f"{method} {target} HTTP/{version}", "Host: shop.example", *headers]
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1")


def post(body: bytes, *headers: str, target: str = "/") -> bytes:
    """A request with body and length, after whose answer the connection ends."""
    return get(target, f"Content-Length: {len(body)}", *headers, method="POST") + body


def whole(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with a length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def chunked(*chunks: bytes, trailers: str = "", head: str = "HTTP/1.1 200 OK\r\n") -> bytes:
    """An answer (or a request, by its head) in chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    end = f"0\r\n{trailers}\r\n".encode()
    return head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body + end


def unchunked(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, content, and what follows the last chunk."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    content = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return head, content, rest
        content, rest = content + rest[:length], rest[length + 2 :]


class H2User:
    """A user of HTTP/2 by prior knowledge, who takes only what is asked for with `data`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._pieces = b""
        anything = h2.config.H2Configuration(
            client_side=True, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self._h2 = h2.connection.H2Connection(anything)
        self._h2.initiate_connection()
        self._send()

    def get(self, path: str) -> int:
        """Ask, and return the stream's number."""
        stream: int = self._h2.get_next_available_stream_id()
        named = [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", path)]
        self._h2.send_headers(stream, named, end_stream=True)
        self._send()
        return stream

    def post(self, body: bytes, *headers: tuple[str, str]) -> None:
        """Upload with a length and trailers."""
        stream: int = self._h2.get_next_available_stream_id()
        named = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", "/")]
        length = ("content-length", str(len(body)))
        self._h2.send_headers(stream, [*named, length, *headers])
        self._h2.send_data(stream, body)
        self._h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
        self._send()

    def cancel(self, stream: int) -> None:
        self._h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        self._send()

    async def data(self) -> bytes:
        """The next pieces of any answer's body; room is given for as many more."""
        while not any(isinstance(event, h2.events.DataReceived) for event in await self.events()):
            pass
        pieces, self._pieces = self._pieces, b""
        return pieces

    async def events(self) -> list[h2.events.Event]:
        """What happens next."""
        received = await self._reader.read(65536)
        if not received:
            raise ConnectionError("the connection ended")
        happened: list[h2.events.Event] = self._h2.receive_data(received)
        for event in happened:
            if isinstance(event, h2.events.DataReceived):
                size = event.flow_controlled_length
                self._h2.acknowledge_received_data(size, event.stream_id)
                self._pieces += event.data
        self._send()
        return happened

    def _send(self) -> None:
        self._writer.write(self._h2.data_to_send())


@asynccontextmanager
async def h2_user(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[H2User]:
    """A connection of a user's who speaks HTTP/2."""
    async with user(port, tls) as (reader, writer):
        yield H2User(reader, writer)


async def grpc_like(peer: Connection) -> None:
    """A primary of HTTP/2 that answers each request with its target, and trailers."""
    speaks = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    speaks.initiate_connection()
    await peer.send(speaks.data_to_send())
    while received := await peer.reader.read(65536):
        for event in speaks.receive_data(received):
            if isinstance(event, h2.events.RequestReceived):
                speaks.send_headers(event.stream_id, [(":status", "200"), ("x-a", "1")])
                speaks.send_data(event.stream_id, dict(event.headers)[b":path"])
                speaks.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
        await peer.send(speaks.data_to_send())


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
