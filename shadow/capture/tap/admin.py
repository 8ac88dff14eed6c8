"""The admin tap of a running Envoy: asked for, and read as fast as it comes.

Envoy keeps what its reader has not taken in memory, without a limit, so nothing here ever pauses
reading. The tap holds as long as the connection: closing that frees Envoy of it.
"""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast, override

from httptools import HttpParserError, HttpResponseParser

_READ_BYTES = 256 * 1024
_MOST_HEAD_BYTES = 64 * 1024
_MOST_SAID_BYTES = 2048
_ATTACH_SECONDS = 10.0
_KEEPALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class TapOptions:
    """Which tap of which Envoy, and how much of each body it keeps.

    `match` is Envoy's own `MatchPredicate` as JSON: what does not match is not seen. An Envoy that
    cannot keep up is left alone for `late_pause_seconds`, and longer each time.
    """

    host: str
    port: int
    config_id: str
    max_body_bytes: int
    match: Mapping[str, object] = field(default_factory=lambda: {"any_match": True})
    late_pause_seconds: float = 10.0

    @property
    def address(self) -> str:
        """Where the admin interface is, for people and for the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class NotAttachedError(Exception):
    """The tap was not given; `status` is what the admin interface answered, 0 without an answer.

    `said` is its text or the system's, as printable characters.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}")
        self.status = status
        self.said = said


class Attachment:
    """A tap that is held; `ended` is set when it is over."""

    def __init__(self, transport: asyncio.Transport, ended: asyncio.Future[None]) -> None:
        self._transport = transport
        self.ended = ended

    def detach(self) -> None:
        """Free Envoy of the tap."""
        self._transport.abort()


async def attach(options: TapOptions, receive: Callable[[bytes], None]) -> Attachment:
    """Ask for the tap; what it tells goes to `receive` from then on, as it comes.

    Raises `NotAttachedError` where there is none to be had.
    """
    loop = asyncio.get_running_loop()
    protocol = _Admin(receive)
    transport: asyncio.Transport | None = None
    try:
        async with asyncio.timeout(_ATTACH_SECONDS):
            transport, _ = await loop.create_connection(
                lambda: protocol, options.host, options.port
            )
            _keep_alive(transport.get_extra_info("socket"))
            transport.write(_request(options))
            await protocol.attached
    except BaseException as error:
        if transport is not None:
            transport.abort()
        if isinstance(error, TimeoutError):
            raise NotAttachedError(0, f"no answer within {_ATTACH_SECONDS:g} s") from None
        if isinstance(error, OSError):
            raise NotAttachedError(0, error.strerror or type(error).__name__) from None
        raise
    return Attachment(transport, protocol.ended)


async def answers(options: TapOptions, seconds: float) -> bool:
    """Whether Envoy's main thread comes to an answer in time; one that is gone is not late.

    It writes down all traces that have piled up before it does anything else, sending included.
    """
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(options.host, options.port)
            try:
                writer.write(_look(options))
                await reader.read(1)
            finally:
                writer.close()
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


class _Admin(asyncio.BufferedProtocol):
    """Reads the answer to `POST /tap`, of which only an error ever ends by itself."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.attached: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._receive = receive
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._parser = HttpResponseParser(self)
        self._head_bytes = 0
        self._said = b""
        self._has_length = False
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What uvloop gives is none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._head_bytes += 0 if self.attached.done() else nbytes
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except HttpParserError:
            self._give_up("what it answers is no HTTP")
            return
        if self._head_bytes > _MOST_HEAD_BYTES:
            self._give_up("its answer does not come to an end")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._refused("it closed the connection")
        if not self.ended.done():
            self.ended.set_result(None)

    def on_header(self, name: bytes, _value: bytes) -> None:
        """As httptools tells: a field of the answer's head."""
        self._has_length = self._has_length or name.lower() == b"content-length"

    def on_headers_complete(self) -> None:
        """As httptools tells: the head of the answer is there."""
        if self._parser.get_status_code() != 200 or self.attached.done():
            return
        if self._has_length:
            self._give_up("what answers there tells of no exchanges", status=0)
            return
        self.attached.set_result(None)
        self._head_bytes = 0

    def on_body(self, data: bytes) -> None:
        """As httptools tells: a piece of the answer's body."""
        if self._parser.get_status_code() == 200 and not self._has_length:
            self._receive(data)
        elif len(self._said) < _MOST_SAID_BYTES:
            self._said += data[:_MOST_SAID_BYTES]

    def on_message_complete(self) -> None:
        """As httptools tells: the answer is over."""
        self._give_up(_printable(self._said))

    def _give_up(self, why: str, status: int | None = None) -> None:
        self._refused(why, status)
        if self._transport is not None:
            self._transport.abort()

    def _refused(self, why: str, status: int | None = None) -> None:
        if not self.attached.done():
            status = self._parser.get_status_code() if status is None else status
            self.attached.set_exception(NotAttachedError(status, why))
            # Nobody waits for it where the connection was given up before.
            self.attached.exception()


def _look(options: TapOptions) -> bytes:
    return f"GET /ready HTTP/1.1\r\nhost: {options.address}\r\nconnection: close\r\n\r\n".encode()


def _request(options: TapOptions) -> bytes:
    """Only the JSON formats may be asked for: with a protobuf one Envoy 1.39 aborts."""
    output = {
        "max_buffered_rx_bytes": options.max_body_bytes,
        "max_buffered_tx_bytes": options.max_body_bytes,
        "sinks": [{"format": "JSON_BODY_AS_BYTES", "streaming_admin": {}}],
    }
    config = {"match": dict(options.match), "output_config": output}
    body = json.dumps({"config_id": options.config_id, "tap_config": config}).encode()
    head = f"POST /tap HTTP/1.1\r\nhost: {options.address}\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"content-type: application/json\r\n\r\n" + body


def _keep_alive(connection: socket.socket) -> None:
    """Have the system find out when the machine at the other end is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        number = getattr(socket, name, None)
        if number is not None:
            connection.setsockopt(socket.IPPROTO_TCP, number, value)


def _printable(said: bytes) -> str:
    """The first line, fit for a terminal."""
    text = said.decode("utf-8", "replace").strip().partition("\n")[0][:300]
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
