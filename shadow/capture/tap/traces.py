"""What one trace of an Envoy's tap tells: an exchange, or why there is none to take.

A trace is `envoy.data.tap.v3.TraceWrapper` with an `http_buffered_trace`, as JSON with bodies in
base64. Envoy writes down the headers when all is over, so the request's are those that the primary
was sent, and the answer's are those that the user got. What the trace does not tell:

- bytes of headers that are no UTF-8; Envoy writes `!` for each;
- whether an answer without a length was cut off; one with a length is measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from shadow.capture.guard.allowance import LeftOut
from shadow.model import Headers, Request, Response, Skip

_ADDED_BY_ENVOY = b"x-envoy-"
_SERVICE_TIME = b"x-envoy-upstream-service-time"
_NO_BODY = frozenset({204, 304})

type Refusal = Callable[[str, str, Headers], LeftOut | None]
"""Says of method, target and headers why a request is not to be shadowed; None if it is."""


class TraceError(ValueError):
    """These bytes are no trace of an exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A whole exchange; `captured_at` is in epoch seconds, None where the tap records no times."""

    request: Request
    primary: Response
    captured_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a trace comes to; `answered_at` is when the answer began, in epoch seconds, if known."""

    exchange: Captured | LeftOut
    answered_at: float | None


class _Header(msgspec.Struct, gc=False):
    key: str = ""
    value: str = ""
    raw_value: bytes = b""


class _Body(msgspec.Struct, gc=False):
    as_bytes: bytes = b""
    truncated: bool = False


class _Message(msgspec.Struct, gc=False):
    headers: list[_Header] = []
    body: _Body | None = None
    headers_received_time: datetime | None = None


class _Exchange(msgspec.Struct, gc=False):
    request: _Message | None = None
    response: _Message | None = None


class _Wrapper(msgspec.Struct, gc=False):
    http_buffered_trace: _Exchange


_DECODER = msgspec.json.Decoder(_Wrapper)


def read_trace(text: bytes | bytearray, refusal: Refusal) -> Trace:
    """Read one trace. Raises `TraceError` where it is none."""
    try:
        trace = _DECODER.decode(text).http_buffered_trace
        exchange = _exchange(trace, refusal)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise TraceError(type(error).__name__) from None
    return Trace(exchange=exchange, answered_at=_epoch(trace.response))


def _exchange(trace: _Exchange, refusal: Refusal) -> Captured | LeftOut:
    if trace.request is None or not trace.request.headers:
        return Skip.PROXY_ANSWERED
    request = _request(trace.request)
    refused = refusal(request.method, request.target, request.headers)
    if refused is not None:
        return refused
    if trace.response is None or not trace.response.headers:
        return Skip.CLIENT_LEFT
    left_out = _left_out(trace.request, trace.response, request)
    if left_out is not None:
        return left_out
    primary = _response(trace.request, trace.response)
    if not _is_whole(request, primary):
        return Skip.CLIENT_LEFT
    return Captured(request=request, primary=primary, captured_at=_epoch(trace.request))


def _left_out(asked: _Message, answered: _Message, request: Request) -> Skip | None:
    headers = _headers(answered.headers)
    if _status(headers) == 101 or _value(_headers(asked.headers), b":protocol") is not None:
        return Skip.UPGRADE
    # The router says so of what a server answered to a complete request, and of nothing else.
    if _value(headers, _SERVICE_TIME) is None:
        return Skip.PROXY_ANSWERED
    if (_value(headers, b"content-type") or b"").lower().startswith(b"text/event-stream"):
        return Skip.STREAM
    if asked.body is not None and asked.body.truncated:
        return Skip.REQUEST_TOO_LARGE
    if answered.body is not None and answered.body.truncated:
        return Skip.RESPONSE_TOO_LARGE
    return Skip.EARLY_ANSWER if _declared(request.headers, request.body) else None


def _request(message: _Message) -> Request:
    headers = _headers(message.headers)
    host = _value(headers, b":authority")
    kept = _without_envoy(headers)
    if host is not None and _value(kept, b"host") is None:
        kept = ((b"host", host), *kept)
    return Request(
        method=(_value(headers, b":method") or b"").decode("latin-1"),
        target=(_value(headers, b":path") or b"").decode("latin-1"),
        headers=kept,
        body=message.body.as_bytes if message.body else b"",
    )


def _response(asked: _Message, answered: _Message) -> Response:
    headers = _headers(answered.headers)
    return Response(
        status=_status(headers),
        headers=_without_envoy(headers),
        body=answered.body.as_bytes if answered.body else b"",
        seconds=_seconds(asked, answered, headers),
    )


def _seconds(asked: _Message, answered: _Message, headers: Headers) -> float:
    """From head to head where the tap records that; else Envoy's whole milliseconds."""
    began, ended = _epoch(asked), _epoch(answered)
    if began is not None and ended is not None:
        return max(0.0, ended - began)
    milliseconds = _number(_value(headers, _SERVICE_TIME))
    return (milliseconds or 0) / 1000


def _is_whole(request: Request, answer: Response) -> bool:
    if request.method == "HEAD" or answer.status in _NO_BODY:
        return True
    return not _declared(answer.headers, answer.body)


def _declared(headers: Headers, body: bytes) -> bool:
    """Whether a length was declared that the body does not have."""
    length = _number(_value(headers, b"content-length"))
    return length is not None and length != len(body)


def _status(headers: Headers) -> int:
    status = _number(_value(headers, b":status"))
    if status is None or not 100 <= status <= 999:
        raise ValueError("no status")
    return status


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 19 else None


def _without_envoy(headers: Headers) -> Headers:
    """The list without pseudo-headers and without what Envoy says itself."""
    return tuple(
        h for h in headers if h[0][:1] != b":" and not h[0].lower().startswith(_ADDED_BY_ENVOY)
    )


def _headers(given: Sequence[_Header]) -> Headers:
    return tuple((h.key.encode(), h.raw_value or h.value.encode()) for h in given)


def _value(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _epoch(message: _Message | None) -> float | None:
    if message is None or message.headers_received_time is None:
        return None
    return message.headers_received_time.timestamp()
