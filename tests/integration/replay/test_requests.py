"""What of a request arrives at a target: all of it as it was, and nothing else, once."""

import asyncio

import pytest

from shadow.model import Failure, FailureKind, Request, Response
from shadow.replay.headers import HeaderEdits
from tests.integration.replay.servers import (
    OK,
    arrived,
    asking,
    close,
    get,
    in_parts,
    serving,
    until,
)

GUARDS = b"x-shadow-loop-guard: 1\r\nx-shadow-release: 2.4.0\r\n\r\n"


async def test_nothing_is_added_but_the_guards() -> None:
    assert await arrived(get("/")) == b"GET / HTTP/1.1\r\nHost: shop\r\n" + GUARDS


@pytest.mark.parametrize(
    "target",
    [
        b"/",
        b"//",
        b"//evil.example/x",
        b"/a//b/../c/./d",
        b"/;a=b;c",
        b"/%7e%2F%2f%zz%",
        b'/"quotes"<>`{}|\\^[]',
        b"/caf\xc3\xa9/\xff\xfe",
        b"/?",
        b"/??a=b&&c=%20+&d",
        b"/?q=\xc3\xa9\xff",
        b"/#fragment?x",
        b"/a:b@c",
        b"/\t\x01\x7f",
        b"/" + b"x" * 30_000,
    ],
)
async def test_the_target_arrives_byte_for_byte(target: bytes) -> None:
    head = await arrived(get(target.decode("latin-1")))
    assert head.partition(b"\r\n")[0] == b"GET " + target + b" HTTP/1.1"


@pytest.mark.parametrize("target", ["*", ".example.com/", "@evil.example/", "http://evil.example/"])
async def test_no_target_leads_to_another_server(target: str) -> None:
    head = await arrived(get(target))
    assert head.startswith(b"GET %b HTTP/1.1\r\n" % target.encode())


async def test_headers_arrive_with_their_names_values_order_and_repeats() -> None:
    headers = (
        (b"X-First", b"1"),
        (b"hOsT", b"shop.example"),
        (b"accept", b"a"),
        (b"X-Odd", b"\xff\xc3\xa9 \x80"),
        (b"ACCEPT", b"b"),
        (b"Empty", b""),
        (b"accept", b"a"),
    )
    lines = (await arrived(get("/", headers))).split(b"\r\n")[1:-4]
    assert lines == [name + b": " + value for name, value in headers]


@pytest.mark.parametrize("parent", [b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01", b"no trace"])
async def test_the_trace_that_a_request_belongs_to_arrives_as_it_was(parent: bytes) -> None:
    headers = (
        (b"TraceParent", parent),
        (b"tracestate", b"vendor=1,other=t:2"),
        (b"tracestate", b"third=3"),
        (b"baggage", b"user=7;secret,plan=gold"),
    )
    lines = (await arrived(get("/", ((b"Host", b"shop"), *headers)))).split(b"\r\n")[2:-4]
    assert lines == [name + b": " + value for name, value in headers]


async def test_the_users_host_is_kept() -> None:
    assert b"\r\nHost: shop\r\n" in await arrived(get())


async def test_a_host_of_its_own_replaces_the_users() -> None:
    head = await arrived(get(), HeaderEdits(host="pre.example"))
    assert b"\r\nhost: pre.example\r\n" in head
    assert b"shop" not in head


async def test_a_request_without_host_gets_the_targets() -> None:
    async with serving(OK) as server, asking(server.url()) as target:
        await target.send(get(headers=()))
        assert b"\r\nhost: 127.0.0.1:%d\r\n" % server.port in server.requests[0]


async def test_set_and_removed_headers_arrive_so() -> None:
    edits = HeaderEdits(set_headers=(("X-Token", "staging\xff"),), remove_headers=("cookie",))
    headers = ((b"Host", b"shop"), (b"Cookie", b"a=b"), (b"x-token", b"live"))
    head = await arrived(get("/", headers), edits)
    assert head == b"GET / HTTP/1.1\r\nHost: shop\r\nX-Token: staging\xff\r\n" + GUARDS


async def test_headers_of_the_users_connection_do_not_arrive() -> None:
    headers = ((b"Host", b"shop"), (b"Connection", b"close"), (b"TE", b"trailers"))
    assert await arrived(get("/", headers)) == b"GET / HTTP/1.1\r\nHost: shop\r\n" + GUARDS


async def test_a_body_arrives_whole_with_its_length() -> None:
    body = bytes(range(256)) * 1000
    headers = ((b"Host", b"shop"), (b"Transfer-Encoding", b"chunked"))
    sent = await arrived(Request(method="POST", target="/", headers=headers, body=body))
    head, _, got = sent.partition(b"\r\n\r\n")
    assert b"\r\ncontent-length: 256000\r\n" in head
    assert b"chunked" not in head
    assert got == body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND"])
async def test_a_request_without_body_and_length_gets_no_length(method: str) -> None:
    request = Request(method=method, target="/", headers=((b"Host", b"shop"),))
    assert await arrived(request) == method.encode() + b" / HTTP/1.1\r\nHost: shop\r\n" + GUARDS


async def test_a_body_of_a_get_is_sent_too() -> None:
    request = Request(method="GET", target="/", headers=(), body=b"{}")
    assert (await arrived(request)).endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="GET", target="/", headers=((b"a", b"b\r\nc: d"),)),
        Request(method="GET", target="/", headers=((b"a\nb", b"c"),)),
        Request(method="GET", target="/", headers=((b"a", b"\0"),)),
        Request(method="GET", target="/", headers=((b"Content-Length ", b"5"),)),
        Request(method="GET", target="/", headers=((b"Transfer-Encoding\x0b", b"chunked"),)),
        Request(method="GET", target="/", headers=((b"\tAuthorization", b"Bearer x"),)),
        Request(method="GET", target="/", headers=((b"a: b\x7f", b"c"),)),
        Request(method="GET", target="/", headers=((b"", b"c"),)),
        Request(method="GET", target="/ HTTP/1.1\r\na: b", headers=()),
        Request(method="GET", target="/a b", headers=()),
        Request(method="GET /x", target="/", headers=()),
    ],
)
async def test_a_request_that_would_become_another_is_not_sent(request_: Request) -> None:
    async with serving(OK) as server, asking(server.url()) as target:
        reply = await target.send(request_)
        assert isinstance(reply, Failure)
        assert reply.kind is FailureKind.NOT_ASKED
        assert not server.tried


async def test_a_request_that_is_not_sent_does_not_count_against_the_target() -> None:
    async with serving(OK) as server, asking(server.url(), breaker_failures=1) as target:
        await target.send(get("/a b"))
        assert target.held_back() is None


async def test_connections_are_used_again() -> None:
    async with serving(OK) as server, asking(server.url()) as target:
        for _ in range(5):
            assert isinstance(await target.send(get()), Response)
        assert (server.tried, len(server.requests)) == (1, 5)


async def test_a_failing_request_is_sent_once() -> None:
    async with serving(close) as server, asking(server.url()) as target:
        await target.send(get())
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
async def test_a_request_is_not_sent_again_when_its_kept_connection_closes(method: str) -> None:
    async def once(writer: asyncio.StreamWriter) -> None:
        if len(server.requests) > 1:
            raise EOFError
        writer.write(OK.replace(b"2\r\n\r\nhi", b"0\r\n\r\n"))

    async with serving(once) as server, asking(server.url()) as target:
        assert isinstance(await target.send(get()), Response)
        reply = await target.send(Request(method=method, target="/", headers=()))
        assert isinstance(reply, Failure)
        assert reply.kind is FailureKind.DISCONNECTED
        assert (server.tried, len(server.requests)) == (1, 2)


async def test_a_connection_that_was_closed_meanwhile_costs_no_request() -> None:
    async with serving(OK) as server, asking(server.url()) as target:
        await target.send(get())
        server.cut_all()
        await until(lambda: not server.connected)
        await asyncio.sleep(0.05)
        assert isinstance(await target.send(get()), Response)


async def test_an_answer_nobody_asked_for_is_not_taken_for_the_next_ones() -> None:
    unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    async with (
        serving(in_parts(OK + unasked, then=_stay)) as server,
        asking(server.url()) as target,
    ):
        for _ in range(3):
            reply = await target.send(get())
            assert isinstance(reply, Response)
            assert reply.body == b"hi"


async def test_an_answer_nobody_asked_for_that_comes_late_is_not_taken_for_the_next_ones() -> None:
    unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    async with serving(in_parts(OK, unasked, then=_stay)) as server, asking(server.url()) as target:
        for _ in range(3):
            reply = await target.send(get())
            assert isinstance(reply, Response)
            assert reply.body == b"hi"
            await asyncio.sleep(0.1)


async def test_redirects_are_not_followed() -> None:
    async with serving(OK) as other:
        moved = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
        answer = moved % other.url().encode()
        async with serving(answer) as server, asking(server.url()) as target:
            reply = await target.send(get())
            assert isinstance(reply, Response)
            assert (reply.status, len(server.requests), other.tried) == (302, 1, 0)


async def test_cookies_are_not_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with serving(answer) as server, asking(server.url()) as target:
        await target.send(get())
        await target.send(get())
        assert b"cookie" not in server.requests[1].lower()


async def test_a_cancelled_request_leaves_no_connection() -> None:
    async with serving(_stay) as server, asking(server.url()) as target:
        asked = asyncio.create_task(target.send(get()))
        await until(lambda: server.requests)
        asked.cancel()
        await asyncio.wait({asked})
        assert asked.cancelled()
        await until(lambda: not server.connected)


async def test_a_request_cancelled_inside_the_body_leaves_no_connection() -> None:
    answer = in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", then=_stay)
    async with serving(answer) as server, asking(server.url()) as target:
        asked = asyncio.create_task(target.send(get()))
        await until(lambda: server.requests)
        await asyncio.sleep(0.1)
        asked.cancel()
        await asyncio.wait({asked})
        await until(lambda: not server.connected)


async def test_closing_leaves_no_connection() -> None:
    async with serving(OK) as server:
        async with asking(server.url()) as target:
            await target.send(get())
            assert server.connected
        await until(lambda: not server.connected)


async def _stay(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()
