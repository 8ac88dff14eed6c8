"""HTTP/2 to a target, by httpx's own transport, with one request at a time on a connection.

httpx neither resets a stream that it gives up nor hands back what that stream took of the
connection's flow-control window, so on a shared connection one endless answer would starve the
answers beside it, and those after it.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import override

import httpx
from h2.exceptions import H2Error

_KEEP_IDLE_SECONDS = 1.0


class Http2Transport(httpx.AsyncBaseTransport):
    """Raises as `VerbatimTransport` does; cleartext servers are spoken to without asking first."""

    def __init__(self, *, verify_tls: bool | SSLContext) -> None:
        self._tls = httpx.create_ssl_context(verify=verify_tls)
        self._idle: list[httpx.AsyncHTTPTransport] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["trace"] = _Once()
        connection = self._idle.pop() if self._idle else self._fresh()
        answered = False
        try:
            with _as_verbatim():
                response = await connection.handle_async_request(request)
            answered = True
        finally:
            if not answered:
                await connection.aclose()
        return httpx.Response(
            response.status_code,
            headers=response.headers.raw,
            stream=_Body(response, connection, self._idle),
            request=request,
        )

    @override
    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()

    def _fresh(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_KEEP_IDLE_SECONDS)
        return httpx.AsyncHTTPTransport(http1=False, http2=True, verify=self._tls, limits=limits)


class _Once:
    """Stops httpx from sending a request again that a GOAWAY says was not looked at."""

    def __init__(self) -> None:
        self._sent = False

    async def __call__(self, event: str, _: object) -> None:
        if event == "http2.send_request_headers.started":
            if self._sent:
                raise httpx.ReadError("GoAway")
            self._sent = True


class _Body(httpx.AsyncByteStream):
    def __init__(
        self,
        response: httpx.Response,
        connection: httpx.AsyncHTTPTransport,
        idle: list[httpx.AsyncHTTPTransport],
    ) -> None:
        self._response = response
        self._connection = connection
        self._idle = idle
        self._whole = False

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_verbatim():
            async for chunk in self._response.aiter_raw():
                yield chunk
        self._whole = True

    @override
    async def aclose(self) -> None:
        if self._whole:
            await self._response.aclose()
            self._idle.append(self._connection)
        else:
            await self._connection.aclose()


@contextmanager
def _as_verbatim() -> Iterator[None]:
    """Name faults as `VerbatimTransport` does; httpx blames itself for a server's bad frames."""
    try:
        yield
    except httpx.RemoteProtocolError as fault:
        raise httpx.ReadError(type(fault).__name__) from fault
    except (httpx.LocalProtocolError, H2Error) as fault:
        raise httpx.RemoteProtocolError(type(fault).__name__) from fault
