"""Law 1: the user gets the primary's answer, byte for byte."""

import gzip

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import (
    answers,
    ask,
    chunked,
    get,
    primary,
    unchunked,
    whole,
)

HEADS = {
    "own reason phrase": "HTTP/1.1 200 Fine, thank you\r\n",
    "no reason phrase": "HTTP/1.1 200 \r\n",
    "unknown status": "HTTP/1.1 599 Odd\r\n",
    "error": "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n",
    "redirect": "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/else?where#there\r\n",
    "odd cases": 'HTTP/1.1 200 OK\r\nx-LoWeR: 1\r\nETAG: W/"x"\r\nwww-AUTHENTICATE: Basic\r\n',
    "repeats": "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-B: 2\r\nX-A: 1\r\nx-a: 3\r\n",
    "cookies": "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nX: y\r\nSet-Cookie: b=2, c\r\n",
    "latin-1": "HTTP/1.1 200 OK\r\nX-Name: J\xfcrgen \xff\x80\r\n",
    "empty value": "HTTP/1.1 200 OK\r\nX-Empty: \r\nX-Next: 1\r\n",
    "odd name": "HTTP/1.1 200 OK\r\nX/Odd(name): 1\r\nX_under: 2\r\n",
    "alt-svc": 'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":443"; ma=86400\r\n',
    "hop by hop": "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nVia: 1.0 fred\r\nTE: x\r\n",
    "server and date": "HTTP/1.1 200 OK\r\nServer: mitmproxy 12\r\nDate: never\r\n",
    "many headers": "HTTP/1.1 200 OK\r\n" + "".join(f"X-{n}: {n}\r\n" for n in range(300)),
    "long value": f"HTTP/1.1 200 OK\r\nX-Long: {'v' * 60_000}\r\n",
}

BODILESS = {
    "204": ("GET", b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"),
    "304": ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 99\r\n\r\n'),
    "304 chunked": ("GET", b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "HEAD": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"),
    "HEAD chunked": ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "empty": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}

BODIES = {
    "text": b"hello",
    "zero bytes and line ends": bytes(range(256)) + b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "gzip": gzip.compress(b"packed" * 1000),
    "5 MB": bytes(range(256)) * 20_000,
}


async def same_as_direct(live: Live, request: bytes, answer: bytes) -> None:
    """Ask the primary through the live process and directly."""
    async with primary(live.primary_port, answers(answer)) as asked:
        through = await ask(live.port, request)
        direct = await ask(asked.port, request)
    assert through == direct == answer


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
async def test_status_line_and_headers_reach_the_user_unchanged(live: Live, head: str) -> None:
    answer = (head + "Content-Length: 2\r\n\r\nok").encode("latin-1")
    await same_as_direct(live, get(), answer)


@pytest.mark.parametrize(("method", "answer"), BODILESS.values(), ids=BODILESS)
async def test_answer_without_body_reaches_the_user_unchanged(
    live: Live, method: str, answer: bytes
) -> None:
    await same_as_direct(live, get(method=method), answer)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_body_with_a_length_reaches_the_user_unchanged(live: Live, body: bytes) -> None:
    await same_as_direct(live, get(), whole(body, "Content-Encoding: gzip"))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_body_until_close_reaches_the_user_unchanged(live: Live, body: bytes) -> None:
    await same_as_direct(live, get(), b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n" + body)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_content_of_chunks_reaches_the_user_unchanged(live: Live, body: bytes) -> None:
    sizes = range(0, len(body), 70_001)
    answer = chunked(*(body[at : at + 70_001] for at in sizes))
    async with primary(live.primary_port, answers(answer)):
        head, content, rest = unchunked(await ask(live.port, get()))
    assert (head, content, rest) == (answer.partition(b"\r\n\r\n")[0], body, b"\r\n")


async def test_chunks_of_one_byte_reach_the_user_unchanged(live: Live) -> None:
    answer = chunked(*(b"%c" % (n % 256) for n in range(3000)))
    await same_as_direct(live, get(), answer)


async def test_extensions_of_chunks_are_lost_but_no_content(live: Live) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n"
    async with primary(live.primary_port, answers(answer)):
        _, content, _ = unchunked(await ask(live.port, get()))
    assert content == b"ok"


async def test_answer_to_http_1_0_reaches_the_user_unchanged(live: Live) -> None:
    await same_as_direct(live, b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nold")


async def test_what_is_captured_is_what_was_answered(live: Live) -> None:
    answer = whole(b"J\xfcrgen", "X-A: 1", "x-a: \xff", status="404 Nowhere")
    async with primary(live.primary_port, answers(answer)):
        await ask(live.port, get("/a?b=%20", "X-B: \xe9"))
    (taken,) = (await live.settled(captured=1)).taken
    assert (taken["method"], taken["target"], taken["status"]) == ("GET", "/a?b=%20", 404)
    assert taken["headers"] == [["X-A", "1"], ["x-a", "\xff"], ["Content-Length", "6"]]
    assert taken["request_headers"][:2] == [["Host", "shop.example"], ["X-B", "\xe9"]]
    assert taken["body"] == "J\xfcrgen"
