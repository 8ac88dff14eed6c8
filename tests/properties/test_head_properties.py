"""What is cut up without llhttp is what llhttp would have said of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.capture.tee.heads import (
    MOST_HEADERS,
    Framing,
    UnparsedError,
    plain_fields,
    read_request_head,
    read_response_head,
    request_by_llhttp,
    response_by_llhttp,
)
from tests.support.effort import examples

NAMES = st.sampled_from(
    [
        *(b"Content-Length", b"content-length", b"Transfer-Encoding", b"Connection", b"CONNECTION"),
        *(b"Upgrade", b"Proxy-Connection", b"Content-Type", b"X-A", b"Via", b"a!#$%&'*+-.^_`|~9"),
        *(b"", b"X A", b"X\x80", b"Host "),
    ]
)
VALUES = st.sampled_from(
    [
        *(b"", b"0", b"5", b"05", b"+5", b"5, 5", b"chunked", b"Chunked", b"gzip, chunked"),
        *(b"keep-alive", b"Close", b"close, x", b"keep-alive, close", b"Upgrade", b"websocket"),
        *(b"text/event-stream", b"a b", b"a\tb", b"\xe9", b"a\x00b", b"a\rb", b"a\nb", b"a\x7f"),
    ]
) | st.binary(max_size=6)
SPACE = st.sampled_from([b"", b" ", b"  ", b"\t", b" \t "])
LINE_ENDS = st.sampled_from([b"\r\n"] * 9 + [b"\n"])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Some lines of a head, most of them as they should be, and its empty line."""
    wanted = draw(st.lists(st.tuples(NAMES, SPACE, VALUES, SPACE, LINE_ENDS), max_size=4))
    return b"".join(b"%s:%s%s%s%s" % line for line in wanted) + b"\r\n"


@given(below=lines(), version=st.sampled_from([b"0", b"1"]))
@settings(max_examples=examples(500))
def test_a_plain_request_is_what_llhttp_takes_it_for(below: bytes, version: bytes) -> None:
    first = b"GET / HTTP/1.%s\r\n" % version
    plain = plain_fields(first + below, len(first), is_1_0=version == b"0")
    if plain is None:
        return
    try:
        known = request_by_llhttp(first + below)
    except UnparsedError:
        with pytest.raises(UnparsedError):
            read_request_head(first + below)
    else:
        assert plain == known


@given(
    below=lines(),
    version=st.sampled_from([b"0", b"1"]),
    status=st.sampled_from([b"100", b"200", b"204", b"301", b"304", b"500"]),
    reason=st.sampled_from([b"", b"OK", b"Not  so"]),
)
@settings(max_examples=examples(500))
def test_a_plain_answer_is_what_llhttp_takes_it_for(
    below: bytes, version: bytes, status: bytes, reason: bytes
) -> None:
    first = b"HTTP/1.%s %s %s\r\n" % (version, status, reason)
    plain = plain_fields(first + below, len(first), is_1_0=version == b"0")
    if plain is None:
        return
    try:
        said, known = response_by_llhttp(first + below)
    except UnparsedError:
        with pytest.raises(UnparsedError):
            read_response_head(first + below, "GET")
        return
    assert (said, known.headers, known.known) == (int(status), plain.headers, plain.known)
    try:
        head = read_response_head(first + below, "GET")
    except UnparsedError:
        return
    # llhttp knows no difference between a last answer and one that only the end can end.
    ends_all = head.last or head.framing is Framing.UNTIL_CLOSE
    assert ends_all is not known.keeps_alive


def test_a_head_of_too_many_headers_is_not_plain() -> None:
    first = b"GET / HTTP/1.1\r\n"
    head = first + b"A: b\r\n" * (MOST_HEADERS + 1) + b"\r\n"
    assert plain_fields(head, len(first), is_1_0=False) is None
    with pytest.raises(UnparsedError):
        read_request_head(head)


def test_most_heads_are_plain() -> None:
    first = b"GET / HTTP/1.1\r\n"
    head = first + (
        b"Host: shop.example.com\r\nConnection: keep-alive\r\nAccept: */*\r\n"
        b"Accept-Encoding: gzip, br\r\nCookie: a=b; c=d\r\nX-Empty:\r\nContent-Length: 12\r\n\r\n"
    )
    assert plain_fields(head, len(first), is_1_0=False) == request_by_llhttp(head)
