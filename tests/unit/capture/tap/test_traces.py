import pytest

from shadow.capture.tap.traces import Captured, TraceError, read_trace
from shadow.model import Headers, Skip
from tests.support.traces import answered, asked, message, trace

BEGAN = "2026-11-25T22:28:49.999485Z"
ENDED = "2026-11-25T22:28:50.008087123Z"


def nothing_refused(method: str, target: str, headers: Headers) -> None:
    return None


def read(request: object, response: object = None) -> Captured | Skip:
    return read_trace(trace(request, response), nothing_refused).exchange


def captured(request: object, response: object) -> Captured:
    exchange = read(request, response)
    assert isinstance(exchange, Captured)
    return exchange


def test_a_trace_gives_the_request_that_the_primary_was_sent_and_its_answer() -> None:
    request = asked("/items/1?q=%C3%A9", ("x-b", "2"), ("x-a", "1"), ("x-b", "3"), at=BEGAN)
    answer = answered(201, ("set-cookie", "a=1"), ("set-cookie", "b=2"), body=b"\xff\0", at=ENDED)
    exchange = captured(request, answer)
    assert (exchange.request.method, exchange.request.target) == ("GET", "/items/1?q=%C3%A9")
    assert exchange.request.headers == (
        (b"host", b"shop.test"),
        (b"x-b", b"2"),
        (b"x-a", b"1"),
        (b"x-b", b"3"),
    )
    assert exchange.primary.status == 201
    assert exchange.primary.headers == (
        (b"server", b"envoy"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    )
    assert exchange.primary.body == b"\xff\0"
    assert exchange.primary.seconds == pytest.approx(0.008602, abs=1e-6)
    assert exchange.captured_at == pytest.approx(1795645729.999485, abs=1e-5)


def test_without_recorded_times_the_service_time_is_what_the_primary_took() -> None:
    exchange = captured(asked(), answered())
    assert exchange.primary.seconds == 0.012
    assert exchange.captured_at is None


def test_a_request_id_is_kept_as_samples_are_taken_by_it() -> None:
    exchange = captured(asked("/", ("x-request-id", "abc")), answered())
    assert (b"x-request-id", b"abc") in exchange.request.headers


def test_bytes_beyond_ascii_are_those_of_the_wire() -> None:
    exchange = captured(asked("/é", ("x-name", "é")), answered())
    assert exchange.request.target.encode("latin-1") == "/é".encode()
    assert (b"x-name", "é".encode()) in exchange.request.headers


def test_what_is_refused_by_its_head_ends_as_that_says() -> None:
    def refused(method: str, target: str, headers: Headers) -> Skip | None:
        heads.append((method, target, dict(headers)[b"host"]))
        return Skip.SAMPLING

    heads: list[tuple[str, str, bytes]] = []
    text = trace(asked("/a?b", method="PUT"), answered())
    assert read_trace(text, refused).exchange is Skip.SAMPLING
    assert heads == [("PUT", "/a?b", b"shop.test")]


@pytest.mark.parametrize(
    ("request_", "response", "skip"),
    [
        (None, answered(400, by_primary=False), Skip.PROXY_ANSWERED),
        (message([]), answered(), Skip.PROXY_ANSWERED),
        (asked(), answered(503, by_primary=False), Skip.PROXY_ANSWERED),
        (asked(), answered(301, by_primary=False), Skip.PROXY_ANSWERED),
        (asked(), None, Skip.CLIENT_LEFT),
        (asked(), message([]), Skip.CLIENT_LEFT),
        (asked(), answered(200, ("content-length", "100"), body=b"x" * 10), Skip.CLIENT_LEFT),
        (asked(), answered(200, ("content-length", "100"), body=b""), Skip.CLIENT_LEFT),
        (asked(), answered(101, by_primary=False), Skip.UPGRADE),
        (asked("/", (":protocol", "websocket"), method="CONNECT"), answered(), Skip.UPGRADE),
        (asked(), answered(200, ("content-type", "text/event-stream")), Skip.STREAM),
        (asked(body=b"x", truncated=True), answered(), Skip.REQUEST_TOO_LARGE),
        (asked(), answered(truncated=True), Skip.RESPONSE_TOO_LARGE),
        (asked("/", ("content-length", "9"), body=b"x"), answered(), Skip.EARLY_ANSWER),
    ],
)
def test_what_is_no_whole_exchange_is_left_out(
    request_: object, response: object, skip: Skip
) -> None:
    assert read(request_, response) is skip


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_an_answer_that_has_no_body_may_declare_a_length(method: str, status: int) -> None:
    answer = answered(status, ("content-length", "100"), body=b"")
    assert captured(asked(method=method), answer).primary.body == b""


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n",
        b"[]\n",
        b'{"http_streamed_trace_segment":{}}',
        b'{"http_buffered_trace":3}',
        b'{"http_buffered_trace":{"request":{"headers":[{"key":3}]}}}',
        b'{"http_buffered_trace":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        trace(asked(), message([("content-length", "1")])),
        trace(asked(), message([(":status", "abc")])),
        trace(asked(), message([(":status", "99999999999999999999")])),
    ],
)
def test_what_is_no_trace_is_an_error_of_its_own(text: bytes) -> None:
    with pytest.raises(TraceError):
        read_trace(text, nothing_refused)


def test_what_later_envoys_may_add_is_passed_over() -> None:
    text = trace(asked(), answered()).replace(b'"trailers": []', b'"trailers": [], "x": {"y": [1]}')
    assert isinstance(read_trace(text, nothing_refused).exchange, Captured)
