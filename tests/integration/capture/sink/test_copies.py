"""What a mirror sends is taken as its user sent it, and each copy is counted once."""

import asyncio
import socket
import threading

import pytest

from shadow.capture.intake import IntakePolicy
from shadow.capture.sink.marks import MirrorMarks
from shadow.model import LOOP_GUARD
from tests.integration.capture.sink.sinking import (
    ACCEPTED,
    LAST,
    PATIENCE_SECONDS,
    UNREADABLE,
    on_uvloop,
    sinking,
)

POSTS = IntakePolicy(unsafe=("POST *",))

# As nginx 1.26 sends with the configuration in examples/nginx, and Envoy 1.39 by itself.
NGINX = (
    b"GET /items/3?q=%7e&r=a+b HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: curl/8\r\n"
    b"Accept: */*\r\nX-Odd:  two  words\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n"
)
ENVOY = (
    b"GET /items/3 HTTP/1.1\r\nhost: shop.test-shadow:8080\r\naccept: */*\r\n"
    b"x-request-id: 7f1\r\nx-envoy-internal: true\r\nx-forwarded-for: 10.0.0.1\r\n"
    b"x-envoy-expected-rq-timeout-ms: 15000\r\nx-envoy-attempt-count: 1\r\n\r\n"
)


@on_uvloop
async def test_a_copy_is_answered_and_taken_without_an_answer_of_the_primary() -> None:
    async with sinking() as sink:
        async with sink.mirror() as mirror:
            await mirror.says(NGINX)
            await mirror.hears(ACCEPTED)
        assert await sink.settled(1) == {}
        (exchange,) = sink.taken
        assert exchange.primary is None
        assert exchange.request.method == "GET"
        assert exchange.request.target == "/items/3?q=%7e&r=a+b"


@on_uvloop
async def test_the_mirror_has_its_answer_before_the_copy_is_looked_at() -> None:
    answered = threading.Event()
    seen: list[bool] = []

    def ask(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port)) as mirror:
            mirror.sendall(NGINX)
            answer = mirror.recv(1024)
            answered.set()
            return answer

    async with sinking(offering=lambda: seen.append(answered.wait(PATIENCE_SECONDS))) as sink:
        assert await asyncio.to_thread(ask, sink.port) == ACCEPTED
        await sink.settled(1)
    assert seen == [True]


@on_uvloop
async def test_headers_keep_their_order_their_case_and_their_repeats() -> None:
    async with sinking() as sink:
        await sink.ask(NGINX.replace(b"Accept", b"Connection: close\r\nAccept"))
        (request,) = await sink.copies(1)
        assert request.headers == (
            (b"Host", b"shop.test"),
            (b"User-Agent", b"curl/8"),
            (b"Accept", b"*/*"),
            (b"X-Odd", b"two  words"),
            (b"Cookie", b"a=1"),
            (b"Cookie", b"b=2"),
        )


@on_uvloop
async def test_what_envoy_adds_is_taken_off() -> None:
    async with sinking() as sink:
        async with sink.mirror() as mirror:
            await mirror.says(ENVOY)
            await mirror.hears(ACCEPTED)
        (request,) = await sink.copies(1)
        assert request.headers == (
            (b"host", b"shop.test:8080"),
            (b"accept", b"*/*"),
            (b"x-request-id", b"7f1"),
            (b"x-forwarded-for", b"10.0.0.1"),
        )


@on_uvloop
async def test_what_else_a_mirror_adds_can_be_named() -> None:
    marks = MirrorMarks(headers=frozenset({b"x-forwarded-for"}), target_header=b"x-original-uri")
    async with sinking(marks=marks) as sink:
        async with sink.mirror() as mirror:
            head = b"GET /mirror HTTP/1.1\r\nhost: a\r\nX-Forwarded-For: 1\r\n"
            await mirror.says(head + b"X-Original-URI: /items/3?a=1\r\n\r\n")
            await mirror.hears(ACCEPTED)
        (request,) = await sink.copies(1)
        assert (request.target, request.headers) == ("/items/3?a=1", ((b"host", b"a"),))


@pytest.mark.parametrize(
    "framed",
    [
        b"Content-Length: 10\r\n\r\n0123456789",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6;ext=1\r\n456789\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    ],
)
@on_uvloop
async def test_bodies_arrive_whole_however_the_network_cuts(framed: bytes) -> None:
    raw = b"POST /search HTTP/1.1\r\nHost: shop.test\r\n" + framed
    async with sinking(POSTS) as sink:
        async with sink.mirror() as mirror:
            for at in range(len(raw)):
                await mirror.says(raw[at : at + 1])
            await mirror.hears(ACCEPTED)
            await mirror.says(raw)
            await mirror.hears(ACCEPTED)
        copies = await sink.copies(2)
        assert [copy.body for copy in copies] == [b"0123456789"] * 2
        assert all(b"Trailer" not in dict(copy.headers) for copy in copies)


@on_uvloop
async def test_requests_sent_ahead_are_answered_in_turn_and_all_taken() -> None:
    async with sinking() as sink:
        async with sink.mirror() as mirror:
            await mirror.says(b"".join(NGINX.replace(b"/3", b"/%d" % n) for n in range(200)))
            await mirror.hears(ACCEPTED * 200)
        copies = await sink.copies(200)
        assert [copy.target.partition("?")[0] for copy in copies] == [
            f"/items/{n}" for n in range(200)
        ]


@pytest.mark.parametrize("method", [b"POST", b"GET"])
@on_uvloop
async def test_a_body_that_waits_to_be_asked_for_is_asked_for(method: bytes) -> None:
    async with sinking(POSTS) as sink, sink.mirror() as mirror:
        head = (
            method + b" / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        await mirror.says(head)
        await mirror.hears(b"HTTP/1.1 100 Continue\r\n\r\n")
        await mirror.says(b"hi")
        await mirror.hears(ACCEPTED)
        (request,) = await sink.copies(1)
        assert request.body == b"hi"


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", LAST),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", LAST),
        (b"HEAD / HTTP/1.0\r\nHost: a\r\n\r\n", LAST),
    ],
)
@on_uvloop
async def test_a_connection_for_one_request_is_closed_behind_it(head: bytes, answer: bytes) -> None:
    async with sinking() as sink:
        assert await sink.ask(head) == answer
        await sink.copies(1)


@on_uvloop
async def test_a_connection_that_http_1_0_keeps_is_kept() -> None:
    async with sinking() as sink, sink.mirror() as mirror:
        for _ in range(2):
            await mirror.says(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            await mirror.hears(ACCEPTED[:-2] + b"connection: keep-alive\r\n\r\n")
        await sink.copies(2)


@on_uvloop
async def test_what_is_not_to_be_shadowed_is_answered_all_the_same_and_counted() -> None:
    policy = IntakePolicy(exclude=("* /healthz",))
    async with sinking(policy) as sink:
        for line, more in (
            (b"POST /orders", b"Content-Length: 2\r\n"),
            (b"GET /healthz", b""),
            (b"GET /items/1", LOOP_GUARD + b": 1\r\n"),
        ):
            body = b"hi" if more.startswith(b"Content") else b""
            async with sink.mirror() as mirror:
                await mirror.says(line + b" HTTP/1.1\r\nHost: a\r\n" + more + b"\r\n" + body)
                await mirror.hears(ACCEPTED)
        ends = {"skipped:method": 1, "skipped:excluded": 1, "skipped:loop_guard": 1}
        assert await sink.settled(3) == ends
        assert sink.taken == []


@pytest.mark.parametrize(
    ("upgrade", "ends"), [(b"websocket", {"skipped:upgrade": 1}), (b"h2c", {})]
)
@on_uvloop
async def test_only_another_protocol_is_no_exchange(upgrade: bytes, ends: dict[str, int]) -> None:
    head = b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: " + upgrade
    async with sinking() as sink:
        assert await sink.ask(head + b"\r\n\r\n") == LAST
        assert await sink.settled(1) == ends


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n\tfolded: c\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
@on_uvloop
async def test_what_is_no_http_1_ends_its_connection_and_the_operator_is_told_once(
    raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with sinking() as sink:
        for _ in range(2):
            assert await sink.ask(raw) == UNREADABLE
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        async with sink.mirror() as mirror:
            await mirror.says(NGINX)
            await mirror.hears(ACCEPTED)
        assert await sink.settled(1) == {}
