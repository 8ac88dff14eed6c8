import pytest

from shadow.model import Headers, Request
from shadow.replay.headers import HeaderEdits

GUARDS: Headers = ((b"x-shadow-loop-guard", b"1"), (b"x-shadow-release", b"2.4.0"))


def _sent(headers: Headers, edits: HeaderEdits | None = None, body: bytes = b"") -> Headers:
    request = Request(method="GET", target="/", headers=headers, body=body)
    return (edits or HeaderEdits()).apply(request, "2.4.0")


def test_names_values_order_and_repeats_stay_as_they_were() -> None:
    headers = ((b"hOsT", b"shop"), (b"X-A", b"1"), (b"x-a", b"\xff \x80"), (b"X-b", b""))
    assert _sent(headers) == (*headers, *GUARDS)


def test_the_trace_of_the_user_goes_on_at_each_target() -> None:
    trace = (
        (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        (b"tracestate", b"vendor=1"),
        (b"baggage", b"a=b"),
    )
    assert _sent(trace) == (*trace, *GUARDS)


@pytest.mark.parametrize(
    "name",
    [
        b"Connection",
        b"expect",
        b"HTTP2-Settings",
        b"Keep-Alive",
        b"Proxy-Connection",
        b"TE",
        b"Trailer",
        b"Upgrade",
    ],
)
def test_headers_of_the_users_connection_are_not_sent(name: bytes) -> None:
    assert _sent(((name, b"x"), (b"a", b"b"))) == ((b"a", b"b"), *GUARDS)


def test_a_user_cannot_take_headers_away_by_naming_them_in_connection() -> None:
    headers = ((b"connection", b"authorization"), (b"authorization", b"Bearer t"))
    assert _sent(headers) == (headers[1], *GUARDS)


def test_a_body_gets_its_own_length() -> None:
    sent = _sent(((b"Content-Length", b"99"), (b"a", b"b")), body=b"abc")
    assert sent == ((b"a", b"b"), (b"content-length", b"3"), *GUARDS)


def test_a_body_that_came_in_chunks_gets_a_length() -> None:
    sent = _sent(((b"Transfer-Encoding", b"chunked"),), body=b"abc")
    assert sent == ((b"content-length", b"3"), *GUARDS)


def test_a_length_of_nothing_is_still_said_where_the_user_said_it() -> None:
    assert _sent(((b"content-length", b"0"),)) == ((b"content-length", b"0"), *GUARDS)


def test_no_length_is_said_where_there_is_neither_body_nor_length() -> None:
    assert _sent(()) == GUARDS


def test_a_header_is_removed_whatever_its_case() -> None:
    edits = HeaderEdits(remove_headers=("X-Secret",))
    assert _sent(((b"x-SECRET", b"1"), (b"a", b"b")), edits) == ((b"a", b"b"), *GUARDS)


def test_a_header_that_is_set_replaces_all_of_its_name() -> None:
    edits = HeaderEdits(set_headers=(("Authorization", "Bearer staging"),))
    headers = ((b"authorization", b"one"), (b"a", b"b"), (b"AUTHORIZATION", b"two"))
    assert _sent(headers, edits) == ((b"a", b"b"), (b"Authorization", b"Bearer staging"), *GUARDS)


def test_host_is_rewritten_where_the_target_has_one_of_its_own() -> None:
    edits = HeaderEdits(host="pre.example.com")
    assert _sent(((b"Host", b"shop"),), edits) == ((b"host", b"pre.example.com"), *GUARDS)


def test_guards_of_the_user_are_replaced_by_ours() -> None:
    headers = ((b"X-Shadow-Loop-Guard", b"0"), (b"X-Shadow-Release", b"other"))
    assert _sent(headers) == GUARDS


def test_cookies_that_http_2_splits_are_sent_as_one() -> None:
    headers = ((b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2"))
    assert _sent(headers) == ((b"x", b"y"), (b"cookie", b"a=1; b=2"), *GUARDS)
