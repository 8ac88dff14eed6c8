"""Law 1: requests reach the primary as users sent them."""

import asyncio

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import answers, ask, chunked, get, post, primary, user, whole

TARGETS = (
    "/",
    "/a//b/../c/./d",
    "/%2e%2E/%2F%00%zz%",
    "/a?b=c&b=&=&&?#x",
    '/;v=1/{id}/[x]|\\^`"<>',
    "/caf\xe9/\xff\x80",
    "/" + "long" * 10_000,
    "*",
    "http://shop.example:8080/absolute?x=1",
)

HEADERS = {
    "odd cases and order": ("x-b: 1", "X-A: 2", "X-b: 3"),
    "repeats": ("Cookie: a=1", "X: y", "Cookie: b=2", "Accept: a", "Accept: b"),
    "latin-1": ("X-Name: J\xfcrgen \xff\x80",),
    "empty value": ("X-Empty: ", "X-Next: 1"),
    "credentials": ("Authorization: Basic eHg6eXk=", "Proxy-Authorization: Basic x"),
    "validators": ('If-None-Match: "x"', "Range: bytes=0-1", "If-Modified-Since: never"),
    "forwarded": ("X-Forwarded-For: 203.0.113.9", "Forwarded: for=x", "Via: 1.1 y"),
    "encodings": ("Accept-Encoding: gzip, br, zstd;q=0", "TE: trailers"),
    "h2c upgrade": ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
}


async def arrives(live: Live, raw: bytes) -> bytes:
    """Send a request through the live process and return it as the primary read it."""
    async with primary(live.primary_port, answers(whole(b"ok"))) as asked:
        assert await ask(live.port, raw) == whole(b"ok")
    (arrived,) = asked.requests
    return arrived


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: ascii(t)[:30])
async def test_target_reaches_the_primary_unchanged(live: Live, target: str) -> None:
    method = "OPTIONS" if target == "*" else "GET"
    request = get(target, method=method)
    assert await arrives(live, request) == request


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
async def test_headers_reach_the_primary_unchanged(live: Live, headers: tuple[str, ...]) -> None:
    request = get("/", *headers)
    assert await arrives(live, request) == request


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "x-Odd"])
async def test_any_method_reaches_the_primary_unchanged(live: Live, method: str) -> None:
    request = get("/", method=method)
    assert await arrives(live, request) == request


@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 20_000], ids=["0", "2", "5 MB"])
async def test_body_reaches_the_primary_unchanged(live: Live, body: bytes) -> None:
    request = post(body, "Content-Type: application/octet-stream")
    assert await arrives(live, request) == request


async def test_chunked_upload_reaches_the_primary_unchanged(live: Live) -> None:
    head = "POST / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n"
    request = chunked(b"one", b"\r\n0\r\n\r\n", b"x" * 5000, head=head)
    assert await arrives(live, request) == request


async def test_request_without_host_reaches_the_primary_unchanged(live: Live) -> None:
    request = b"GET /old HTTP/1.0\r\nUser-Agent: ancient\r\n\r\n"
    assert await arrives(live, request) == request


async def test_get_with_a_body_reaches_the_primary_unchanged(live: Live) -> None:
    request = get("/", "Content-Length: 4", method="GET") + b"body"
    assert await arrives(live, request) == request


async def test_head_sent_byte_by_byte_reaches_the_primary_unchanged(live: Live) -> None:
    request = get("/slow", method="PROPFIND")
    async with (
        primary(live.primary_port, answers(whole(b"ok"))) as asked,
        user(live.port) as (reader, writer),
    ):
        for byte in request:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.001)
        assert await reader.read() == whole(b"ok")
    assert asked.requests == [request]


async def test_pipelined_requests_are_answered_in_order(live: Live) -> None:
    async def behave(peer) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.split()[1]))

    pipelined = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(20))
    async with primary(live.primary_port, behave) as asked:
        through = await ask(live.port, pipelined + get("/last"))
    assert through == b"".join(whole(b"/%d" % n) for n in range(20)) + whole(b"/last")
    assert len(asked.requests) == 21
    assert (await live.settled(captured=21)).ended == {}


async def test_pipelined_uploads_are_answered_in_order(live: Live) -> None:
    async def behave(peer) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.rpartition(b"\r\n\r\n")[2]))

    pipelined = b"".join(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbody%d" % n for n in range(5)
    )
    async with primary(live.primary_port, behave):
        through = await ask(live.port, pipelined + post(b"last"))
    assert through == b"".join(whole(b"body%d" % n) for n in range(5)) + whole(b"last")
