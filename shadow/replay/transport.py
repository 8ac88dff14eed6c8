"""An httpx transport that sends a request exactly as it was and exactly once.

It stands on aiohttp's connections and parser, which cost a fraction of httpx's own at any
concurrency, and not on aiohttp's client, which would rewrite request targets, re-encode header
bytes, add headers, and send a request again when a kept connection turns out to be closed.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from ssl import SSLContext
from typing import override

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

_CHUNK_BYTES = 64 * 1024
_MOST_LINE_BYTES = 64 * 1024
_MOST_HEADERS = 512

_KEEP_IDLE_SECONDS = 1.0
"""Servers close idle connections after two seconds or more. Staying well below means that a
connection that closes on a request closed because of that request."""

_FAULTS = (aiohttp.ClientError, HttpProcessingError, OSError)


class VerbatimTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 to one server; `request.extensions["target"]` is the request target as it is sent.

    The caller sees to it that target and headers hold no line breaks. Raises
    `httpx.ConnectTimeout` and `httpx.ConnectError` when nothing could be sent, `httpx.ReadError`
    when the connection ended before the answer did, and `httpx.RemoteProtocolError` when the
    answer is not HTTP.
    """

    def __init__(self, base_url: str, *, verify_tls: bool | SSLContext) -> None:
        self._url = URL(base_url)
        self._verify_tls = verify_tls
        self._connector: aiohttp.TCPConnector | None = None

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connection = await self._connect(request)
        answered = False
        try:
            _write(connection, request, await request.aread())
            response = await _head(connection, request)
            answered = True
        except _FAULTS as fault:
            raise _as_httpx(fault) from fault
        finally:
            if not answered:
                _cut(connection)
        return response

    @override
    async def aclose(self) -> None:
        if self._connector is not None:
            await self._connector.close()

    async def _connect(self, request: httpx.Request) -> Connection:
        seconds = request.extensions.get("timeout", {}).get("connect")
        timeout = aiohttp.ClientTimeout(total=None, connect=seconds, ceil_threshold=float("inf"))
        asked = aiohttp.ClientRequest(
            "GET", self._url, loop=asyncio.get_running_loop(), ssl=self._verify_tls
        )
        try:
            return await self._pool().connect(asked, [], timeout)
        except TimeoutError as fault:
            raise httpx.ConnectTimeout(type(fault).__name__) from fault
        except _FAULTS as fault:
            raise httpx.ConnectError(type(fault).__name__) from fault

    def _pool(self) -> aiohttp.TCPConnector:
        if self._connector is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_IDLE_SECONDS)
            connector._factory = partial(_handler, asyncio.get_running_loop())
            self._connector = connector
        return self._connector


def _handler(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return _Handler(loop)


class _Handler(ResponseHandler):
    """A connection that fails where aiohttp's would wait for ever, or mix up answers."""

    @override
    def is_connected(self) -> bool:
        """Asked before a kept connection is used again; one on which more came is of no use."""
        return super().is_connected() and not self.should_close

    @override
    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell the reader of a body too that what follows is no body."""
        super().set_exception(exc, *cause)
        body = self._payload
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(exc, *cause)


def _write(connection: Connection, request: httpx.Request, body: bytes) -> None:
    transport = connection.transport
    if transport is None or transport.is_closing():
        raise aiohttp.ServerDisconnectedError
    line = b"%b %b HTTP/1.1" % (request.method.encode(), request.extensions["target"])
    fields = (b"%b: %b" % header for header in request.headers.raw)
    transport.write(b"\r\n".join((line, *fields, b"", body)))


async def _head(connection: Connection, request: httpx.Request) -> httpx.Response:
    """Read the final answer's status and headers; its body follows as a stream."""
    protocol = connection.protocol
    if protocol is None:
        raise aiohttp.ServerDisconnectedError
    protocol.set_response_params(
        skip_payload=request.method == "HEAD",
        read_until_eof=True,
        auto_decompress=False,
        max_line_size=_MOST_LINE_BYTES,
        max_field_size=_MOST_LINE_BYTES,
        max_headers=_MOST_HEADERS,
    )
    while True:
        message, content = await protocol.read()
        if message.code >= 200 or message.code == 101:
            break
    return httpx.Response(
        message.code,
        headers=message.raw_headers,
        stream=_Body(connection, content),
        request=request,
    )


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: Connection, content: aiohttp.StreamReader) -> None:
        self._connection = connection
        self._content = content

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._content.iter_chunked(_CHUNK_BYTES):
                yield chunk
        except _FAULTS as fault:
            raise _as_httpx(fault) from fault

    @override
    async def aclose(self) -> None:
        if self._content.at_eof() and self._content.exception() is None:
            self._connection.release()
        else:
            _cut(self._connection)


def _cut(connection: Connection) -> None:
    """Close at once; what the server has not taken yet must not keep the socket open."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()


def _as_httpx(fault: Exception) -> httpx.TransportError:
    text = type(fault).__name__
    if isinstance(fault, HttpProcessingError):
        return httpx.RemoteProtocolError(text)
    return httpx.ReadError(text)
