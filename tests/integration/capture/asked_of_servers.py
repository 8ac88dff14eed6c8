"""Requests that are sent to servers in use: valid ones, invalid ones, and some that break off."""

from tests.integration.capture.odd import ODD_REQUESTS
from tests.integration.capture.peers import chunked, get, post
from tests.integration.capture.test_law_1_requests import HEADERS, TARGETS

_PAGE = "/files/folder/page.html"
_UPLOAD = "POST /upload HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n"
_KEPT = b"GET /%d HTTP/1.1\r\nHost: x\r\nX-A: %d\r\n\r\n"
_BODY = b"a=1&b=%20"

VALID = {
    "page": get(_PAGE),
    "HEAD": get(_PAGE, method="HEAD"),
    "range": get(_PAGE, "Range: bytes=2-5"),
    "range beyond the end": get(_PAGE, "Range: bytes=99999999-"),
    "not modified": get(_PAGE, "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
    "gzip": get(_PAGE, "Accept-Encoding: gzip"),
    "missing": get("/files/nowhere"),
    "redirect": get("/files/folder"),
    "HTTP/1.0": f"GET {_PAGE} HTTP/1.0\r\n\r\n".encode(),
    "POST to a page": post(_BODY, target=_PAGE),
    **{method: get("/", method=method) for method in ("OPTIONS", "TRACE", "x-Odd")},
    "upload": post(_BODY, target="/upload"),
    "long upload": post(b"x" * 90_000, target="/upload"),
    "too long an upload": post(b"x" * 200_000, target="/upload"),
    "chunks": chunked(b"one", b"two" * 10, head=_UPLOAD),
    "trailers": chunked(b"one", trailers="X-Sum: 1\r\n", head=_UPLOAD),
    "Expect": post(_BODY, "Expect: 100-continue", target="/upload"),
    "sent ahead": b"".join(_KEPT % (n, n) for n in range(20)) + get("/last"),
    "more behind the last": get("/last") + get("/behind"),
    **{f"target {target[:20]!a}": get(target) for target in TARGETS},
    **{f"headers: {name}": get("/", *headers) for name, headers in HEADERS.items()},
}

INVALID = {
    **ODD_REQUESTS,
    "words": b"hello there\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": get("/", "Host: other.example"),
    "another version": get("/", version="3.0"),
    "zero byte in the target": get("/a\0b"),
    "zero byte in a header": get("/", "X-A: a\0b"),
    "bare carriage return": get("/", "X-A: a\rb"),
    "no colon": get("/", "no colon"),
    "negative length": get("/", "Content-Length: -1"),
    "invalid chunk": _UPLOAD.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}

BROKEN_OFF = {
    "line": b"GET / HT",
    "head": get("/")[:-1],
    "body": post(b"12345", target="/upload")[:-2],
    "chunk": chunked(b"12345", head=_UPLOAD).partition(b"45")[0],
}
