"""HTTP/1 connections as users and primaries use them, where mitmproxy's own hang or break.

mitmproxy 12 takes an interim answer (100, 102, 103) for the final one, stops for ever at trailers
of a chunked body and at an empty line before a head, does not see `Connection: Close` with a
capital, ends a bodiless 304 with a chunk, loses line ends that begin an upgraded stream, sends an
HTTP/2 upload of unknown length without any framing, and reads heads of any size. `install` puts
the classes of this module in the place of its own.
"""

import re
from typing import ClassVar, override

from h11 import Data, EndOfMessage
from h11._readers import ChunkedReader
from h11._receivebuffer import ReceiveBuffer
from mitmproxy.http import Headers, Message
from mitmproxy.net.http import http1
from mitmproxy.proxy.commands import CloseConnection, Command, SendData
from mitmproxy.proxy.events import ConnectionEvent, DataReceived, Event
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import http
from mitmproxy.proxy.layers.http import _http1
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseTrailers,
)

_MOST_UNREAD_BYTES = 1024 * 1024
"""A head, trailers, or pipelined requests longer than this end the connection."""

_EMPTY_LINES = re.compile(rb"[\r\n]+")
_INTERIM_HEAD = re.compile(rb"[\r\n]*(HTTP/1\.\d 1(?!01)\d\d\b.*?\n\r?\n)", re.DOTALL)


def install() -> None:
    """Have mitmproxy use these classes for all HTTP/1 connections from now on."""
    http.Http1Server = UserConnection  # type: ignore[attr-defined]
    http.Http1Client = PrimaryConnection  # type: ignore[attr-defined]


class _ChunkedReader(ChunkedReader):
    """Keeps trailers apart; mitmproxy cannot stand them at the end of a message."""

    def __init__(self) -> None:
        super().__init__()
        self.trailers: Headers | None = None

    @override
    def __call__(self, buf: ReceiveBuffer) -> Data | EndOfMessage | None:
        event = super().__call__(buf)
        if isinstance(event, EndOfMessage) and event.headers:
            self.trailers = Headers(event.headers.raw_items())
            return EndOfMessage()
        return event


class _Connection(_http1.Http1Connection):
    """Hands trailers over between the two sides, and bounds what is held unread."""

    ReceiveTrailers: ClassVar[type[RequestTrailers | ResponseTrailers]]
    trailers_to_send: Headers | None = None

    @override
    def _handle_event(self, event: Event) -> CommandGenerator[None]:
        yield from super()._handle_event(event)
        if len(self.buf) > _MOST_UNREAD_BYTES:
            yield CloseConnection(self.conn)

    @override
    def read_headers(self, event: ConnectionEvent) -> CommandGenerator[None]:
        if empty := _EMPTY_LINES.match(bytes(self.buf)):
            self.buf.maybe_extract_at_most(empty.end())
        yield from super().read_headers(event)

    @override
    def make_pipe(self) -> CommandGenerator[None]:
        self.state = self.passthrough
        if already_received := self.buf.maybe_extract_at_most(len(self.buf)):
            yield from self.passthrough(DataReceived(self.conn, bytes(already_received)))

    @override
    def read_body(self, event: Event) -> CommandGenerator[None]:
        if type(self.body_reader) is ChunkedReader:
            self.body_reader = _ChunkedReader()
        reader = self.body_reader
        for command in super().read_body(event):
            stream_id = _ended_stream(command)
            if stream_id and isinstance(reader, _ChunkedReader) and reader.trailers:
                yield ReceiveHttp(self.ReceiveTrailers(stream_id, reader.trailers))
                reader.trailers = None
            yield command

    def last_chunk(self) -> bytes:
        """The end of a chunked body, with the trailers that are to be sent."""
        trailers, self.trailers_to_send = self.trailers_to_send, None
        return b"0\r\n%s\r\n" % bytes(trailers or b"")


class UserConnection(_Connection, _http1.Http1Server):
    """A user's connection; `last` closes it after the answer under way, or else the next."""

    ReceiveTrailers = RequestTrailers
    last = False

    @override
    def send(self, event: HttpEvent) -> CommandGenerator[None]:
        if isinstance(event, ResponseTrailers):
            self.trailers_to_send = event.trailers
        elif isinstance(event, ResponseEndOfMessage):
            if self._has_chunks():
                yield SendData(self.conn, self.last_chunk())
            yield from self.mark_done(response=True)
        else:
            yield from super().send(event)

    def _has_chunks(self) -> bool:
        if self.request is None or self.response is None:
            return False
        return http1.expected_http_body_size(self.request, self.response) is None

    @override
    def mark_done(self, *, request: bool = False, response: bool = False) -> CommandGenerator[None]:
        last = self.last or (response and _closes(self.request, self.response))
        yield from super().mark_done(request=request, response=response)
        if last and self.state == self.read_headers:
            yield CloseConnection(self.conn)


class PrimaryConnection(_Connection, _http1.Http1Client):
    """A connection to the primary, used for one request at a time."""

    ReceiveTrailers = ResponseTrailers

    @override
    def send(self, event: HttpEvent) -> CommandGenerator[None]:
        if isinstance(event, RequestTrailers):
            if self._has_chunks():
                self.trailers_to_send = event.trailers
        elif isinstance(event, RequestEndOfMessage) and self._has_chunks():
            yield SendData(self.conn, self.last_chunk())
            yield from self.mark_done(request=True)
        else:
            yield from super().send(_framed(event))

    def _has_chunks(self) -> bool:
        return self.request is not None and http1.expected_http_body_size(self.request) is None

    @override
    def read_headers(self, event: ConnectionEvent) -> CommandGenerator[None]:
        while self.request and (interim := _INTERIM_HEAD.match(bytes(self.buf))):
            self.buf.maybe_extract_at_most(interim.end())
            if self.request.http_version == "HTTP/1.1":
                yield SendData(self.context.client, interim[1])
        yield from super().read_headers(event)


def _closes(*messages: Message | None) -> bool:
    """Tell whether one of them says `close` in any case; mitmproxy knows small letters only."""
    said = (message.headers.get("connection", "") for message in messages if message)
    return any(token.strip() == "close" for text in said for token in text.lower().split(","))


def _ended_stream(command: Command) -> int | None:
    if not isinstance(command, ReceiveHttp):
        return None
    ends = isinstance(command.event, RequestEndOfMessage | ResponseEndOfMessage)
    return command.event.stream_id if ends else None


def _framed(event: HttpEvent) -> HttpEvent:
    """Chunk what comes from HTTP/2 without a length."""
    if not isinstance(event, RequestHeaders) or event.end_stream or not event.request.is_http2:
        return event
    if "content-length" in event.request.headers:
        return event
    request = event.request.copy()
    request.headers["transfer-encoding"] = "chunked"
    return RequestHeaders(event.stream_id, request, end_stream=False)
