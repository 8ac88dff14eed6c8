"""Requests and answers that readers of HTTP/1 differ on, or that are none."""

from tests.integration.capture.peers import chunked, get

ODD_REQUESTS = {
    "empty lines first": b"\r\n\r\n" + get(),
    "bare line feeds": get().replace(b"\r\n", b"\n"),
    "folded line": get("/", "X-A: 1\r\n  2"),
    "space before the colon": get("/", "X-A : 1"),
    "doubled length": get("/", "Content-Length: 2", "Content-Length: 2") + b"ok",
    "two lengths": get("/", "Content-Length: 1", "Content-Length: 2") + b"ok",
    "length and chunks": (
        get("/", "Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n"
    ),
    "another coding": get("/", "Transfer-Encoding: xchunked") + b"2\r\nok\r\n0\r\n\r\n",
    "space in the target": get("/a b"),
    "CONNECT": get("shop.example:443", method="CONNECT"),
    "no version": b"GET /\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02 garbage\r\n\r\n" * 100,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
}

ODD_ANSWERS = {
    "extensions of chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"
    ),
    "padded sizes of chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nok\r\n0\r\n\r\n"
    ),
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "folded line": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n  2\r\nContent-Length: 2\r\n\r\nok",
    "space before the colon": b"HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nok",
    "doubled length": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "padded length": b"HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nok",
    "length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\n\r\n"
    ),
    "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
    "another version": b"HTTP/1.10 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "ICY": b"ICY 200 OK\r\nicy-name: radio\r\n\r\nsound",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "no HTTP": b"\x00\x01\x02 garbage\r\n\r\n" * 100,
    "invalid header": b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\nok",
    "invalid chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
    "invalid trailers": chunked(b"one", trailers="no colon\r\n"),
}
