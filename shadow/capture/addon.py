"""The mitmproxy addon: copies live exchanges while they pass, chunk by chunk.

mitmproxy awaits hooks that are coroutines, so none of these is; and it breaks a connection when
a stream callable raises, so none of these does. Bodies go through as they come and at most
`max_body_bytes` of each is kept beside them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from mitmproxy import http, tcp
from mitmproxy.connection import Client
from mitmproxy.flow import Error
from mitmproxy.http import HTTPFlow
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.tls import TlsData

from shadow.capture import http1
from shadow.capture.guard.allowance import LeftOut
from shadow.capture.intake import Intake
from shadow.model import Drop, Request, Response, Skip

logger = logging.getLogger(__name__)

http1.install()

MITMPROXY_OPTIONS: dict[str, object] = {
    "keep_host_header": True,
    "keep_alt_svc_header": True,
    "validate_inbound_headers": False,
    "block_global": False,
    "websocket": False,
    "connection_strategy": "lazy",
}
"""What mitmproxy must be told so that users get the primary's answer and nothing else.

`websocket` off means that upgraded connections are relayed as bytes instead of being parsed and
framed anew. Headers need no validation, as no two clients share a connection to the primary.
"""


@dataclass(slots=True)
class _Copy:
    """A body as it passes, as long as it is not longer than what is kept."""

    limit: int
    kept: bytearray = field(default_factory=bytearray)
    overflow: bool = False

    def pass_on(self, chunk: bytes) -> bytes:
        """Keep a chunk if it still fits and return it as it is."""
        self.overflow = self.overflow or len(self.kept) + len(chunk) > self.limit
        if self.overflow:
            self.kept.clear()
        else:
            self.kept += chunk
        return chunk


@dataclass(slots=True)
class _Capture:
    """What is known of one flow between its hooks; `left_out` says why it will not be taken."""

    request: _Copy
    response: _Copy
    left_out: LeftOut | None = Drop.INTERNAL_ERROR
    """A mistake of ours until the request's head has been judged."""


type _Hook = Callable[["ShadowAddon", HTTPFlow], None]


def _never_raises(hook: _Hook) -> _Hook:
    @wraps(hook)
    def guarded(self: "ShadowAddon", flow: HTTPFlow) -> None:
        try:
            hook(self, flow)
        except Exception as error:  # a user's connection would pay for what gets through here
            logger.warning("capture failed in %s: %s", hook.__name__, type(error).__name__)
            self.give_up(flow)

    return guarded


class ShadowAddon:
    """Watches flows and takes the finished ones in; knows how many are under way."""

    name = "shadow"

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._captures: dict[str, dict[str, _Capture]] = {}

    @property
    def under_way(self) -> int:
        """How many users wait for an answer or its end."""
        return sum(map(len, self._captures.values()))

    @_never_raises
    def requestheaders(self, flow: HTTPFlow) -> None:
        """Decide early whether to keep bodies, and let them stream either way."""
        flow.request.stream = True
        limit = self._intake.max_body_bytes
        capture = _Capture(request=_Copy(limit), response=_Copy(limit))
        self._captures.setdefault(flow.client_conn.id, {})[flow.id] = capture
        _leave_expect_to_the_primary(flow.request)
        headers = flow.request.headers.fields
        capture.left_out = self._intake.refusal(_method(flow), _target(flow), headers)
        if capture.left_out is None:
            flow.request.stream = capture.request.pass_on

    @_never_raises
    def responseheaders(self, flow: HTTPFlow) -> None:
        """Let the answer stream to the user while it is copied."""
        if flow.response is None:
            return
        flow.response.stream = True
        capture = self._captures.get(flow.client_conn.id, {}).get(flow.id)
        if capture is None:
            return
        if flow.response.status_code == 101:
            capture.left_out = Skip.UPGRADE
        elif _is_event_stream(flow.response):
            capture.left_out = capture.left_out or Skip.STREAM
        if capture.left_out is None:
            flow.response.stream = capture.response.pass_on

    @_never_raises
    def response(self, flow: HTTPFlow) -> None:
        """Take a finished exchange in."""
        capture = self._ended(flow)
        if capture is None:
            return
        left_out = capture.left_out or _not_whole(flow, capture)
        if left_out is not None:
            self._intake.skip(left_out)
            return
        try:
            began = flow.request.timestamp_start
            self._intake.take(_request(flow, capture), _response(flow, capture), began)
        except Exception:
            self._intake.failed()
            raise

    @_never_raises
    def error(self, flow: HTTPFlow) -> None:
        """Close the user's connection as the primary closed ours, without an answer of our own."""
        client_left = _client_left(flow)
        if flow.error is not None and not client_left:
            flow.error.msg = Error.KILLED_MESSAGE
        capture = self._ended(flow)
        if capture is not None:
            reason = Skip.CLIENT_LEFT if client_left else Skip.PRIMARY_FAILED
            self._intake.skip(capture.left_out or reason)

    def client_disconnected(self, client: Client) -> None:
        """Account for what mitmproxy has not ended itself."""
        for capture in self._captures.pop(client.id, {}).values():
            self._intake.skip(capture.left_out or Skip.CLIENT_LEFT)

    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        """Forget what an upgraded connection relays; mitmproxy would keep all of it."""
        flow.messages.clear()

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """Let the user's next request try anew; mitmproxy would refuse all of the connection's."""
        data.server.error = None

    def tls_failed_server(self, data: TlsData) -> None:
        """As `server_connect_error`."""
        data.conn.error = None

    def give_up(self, flow: HTTPFlow) -> None:
        """Do not take the exchange: a mistake of ours may have left its copy incomplete."""
        capture = self._captures.get(flow.client_conn.id, {}).get(flow.id)
        if capture is not None:
            capture.left_out = Drop.INTERNAL_ERROR

    def _ended(self, flow: HTTPFlow) -> _Capture | None:
        of_client = self._captures.get(flow.client_conn.id, {})
        capture = of_client.pop(flow.id, None)
        if capture is not None and not of_client:
            del self._captures[flow.client_conn.id]
        return capture


def _leave_expect_to_the_primary(request: http.Request) -> None:
    """Put a space behind `100-continue`: HTTP ignores it, and mitmproxy no longer answers itself.

    HTTP/2 users are answered by mitmproxy all the same, as no interim answer gets through to them.
    """
    if not request.is_http2 and "expect" in request.headers:
        request.headers["expect"] += " "


def _is_event_stream(response: http.Response) -> bool:
    kind: str = response.headers.get("content-type", "")
    return kind.lower().startswith("text/event-stream")


def _client_left(flow: HTTPFlow) -> bool:
    """Tell a user who left from a primary that failed.

    With HTTP/2 a user may cancel one answer of many. mitmproxy says "by client" of whoever reset
    a stream, so that it is known who it was only where the primary does not speak HTTP/2.
    """
    if not flow.client_conn.connected:
        return True
    reset = flow.error is not None and flow.error.msg.startswith("stream reset by client")
    return bool(reset and flow.server_conn.alpn != b"h2")


def _not_whole(flow: HTTPFlow, capture: _Capture) -> Skip | None:
    if flow.request.timestamp_end is None:
        return Skip.EARLY_ANSWER
    if capture.request.overflow:
        return Skip.REQUEST_TOO_LARGE
    return Skip.RESPONSE_TOO_LARGE if capture.response.overflow else None


def _method(flow: HTTPFlow) -> str:
    return flow.request.data.method.decode("latin-1")


def _target(flow: HTTPFlow) -> str:
    return flow.request.data.path.decode("latin-1")


def _request(flow: HTTPFlow, capture: _Capture) -> Request:
    request = flow.request
    headers = request.headers.fields
    if request.authority and "host" not in request.headers:
        headers = ((b"host", request.authority.encode("latin-1", "replace")), *headers)
    return Request(
        method=_method(flow),
        target=_target(flow),
        headers=headers,
        body=bytes(capture.request.kept),
    )


def _response(flow: HTTPFlow, capture: _Capture) -> Response:
    response = flow.response
    assert response is not None  # noqa: S101 - checked by the caller, said for the type checker
    ended = response.timestamp_end or response.timestamp_start
    return Response(
        status=response.status_code,
        headers=response.headers.fields,
        body=bytes(capture.response.kept),
        seconds=max(0.0, ended - (flow.request.timestamp_end or flow.request.timestamp_start)),
    )
