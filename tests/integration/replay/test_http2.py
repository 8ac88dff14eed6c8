"""A target that is asked by HTTP/2."""

import asyncio

import pytest

from shadow.model import Failure, FailureKind, Reply, Request, Response
from shadow.replay.headers import HeaderEdits
from tests.integration.replay.http2_server import Answer, Http2Connection, serving_http2
from tests.integration.replay.servers import asking, get, in_parts, serving, until


def _ok(connection: Http2Connection, stream: int) -> None:
    connection.say(stream, b"hi", (b"x-odd", b"\xff"), (b"x-a", b"1"), (b"x-a", b"2"))


def _nothing(connection: Http2Connection, stream: int) -> None:
    pass


def _endless(connection: Http2Connection, stream: int) -> None:
    connection.h2.send_headers(stream, [(b":status", b"200")])
    connection.pour(stream)


def _reset(connection: Http2Connection, stream: int) -> None:
    connection.h2.reset_stream(stream)


def _reset_inside(connection: Http2Connection, stream: int) -> None:
    connection.h2.send_headers(stream, [(b":status", b"200")])
    connection.h2.send_data(stream, b"half")
    connection.h2.reset_stream(stream)


def _leave(connection: Http2Connection, stream: int) -> None:
    connection.transport.abort()


def _leave_inside(connection: Http2Connection, stream: int) -> None:
    connection.h2.send_headers(stream, [(b":status", b"200")])
    connection.h2.send_data(stream, b"half")
    connection.flush()
    connection.transport.close()


def _go_away(connection: Http2Connection, stream: int) -> None:
    connection.h2.close_connection(last_stream_id=stream)


def _bad_frame(connection: Http2Connection, stream: int) -> None:
    connection.transport.write(b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00")


def _bad_frame_inside(connection: Http2Connection, stream: int) -> None:
    connection.h2.send_headers(stream, [(b":status", b"200")])
    connection.h2.send_data(stream, b"half")
    connection.flush()
    _bad_frame(connection, stream)


async def _reply_to(answer: Answer, **options: object) -> Reply:
    async with serving_http2(answer) as server, asking(server.url, http2=True, **options) as target:
        return await target.send(get())


def _kind(reply: Reply) -> FailureKind | None:
    return reply.kind if isinstance(reply, Failure) else None


async def test_an_answer_comes_whole() -> None:
    reply = await _reply_to(_ok)
    assert isinstance(reply, Response)
    assert (reply.status, reply.body) == (200, b"hi")
    assert reply.headers == ((b"x-odd", b"\xff"), (b"x-a", b"1"), (b"x-a", b"2"))


async def test_the_request_arrives_as_it_was() -> None:
    headers = ((b"Host", b"shop"), (b"X-A", b"\xff"), (b"x-a", b"2"), (b"Connection", b"close"))
    async with serving_http2(_ok) as server, asking(server.url, http2=True) as target:
        await target.send(get('/a"b//%7e;\xe9?x=', headers))
        assert server.requests == [
            (
                (b":method", b"GET"),
                (b":authority", b"shop"),
                (b":scheme", b"http"),
                (b":path", b'/a"b//%7e;\xe9?x='),
                (b"x-a", b"\xff"),
                (b"x-a", b"2"),
                (b"x-shadow-loop-guard", b"1"),
                (b"x-shadow-release", b"2.4.0"),
            )
        ]


async def test_a_host_of_its_own_is_the_authority() -> None:
    edits = HeaderEdits(host="pre.example")
    async with serving_http2(_ok) as server, asking(server.url, http2=True, headers=edits) as t:
        await t.send(get())
        assert (b":authority", b"pre.example") in server.requests[0]


async def test_a_body_arrives_whole() -> None:
    body = bytes(range(256)) * 1000
    async with serving_http2(_ok) as server, asking(server.url, http2=True) as target:
        reply = await target.send(Request(method="POST", target="/", headers=(), body=body))
        assert isinstance(reply, Response)
        assert server.bodies == [body]


async def test_connections_are_used_again() -> None:
    async with serving_http2(_ok) as server, asking(server.url, http2=True) as target:
        for _ in range(5):
            assert isinstance(await target.send(get()), Response)
        assert (server.tried, len(server.requests)) == (1, 5)


@pytest.mark.parametrize("answer", [_reset, _reset_inside, _leave, _leave_inside, _go_away])
async def test_an_answer_that_is_broken_off_is_disconnected(answer: Answer) -> None:
    assert _kind(await _reply_to(answer)) is FailureKind.DISCONNECTED


@pytest.mark.parametrize("answer", [_bad_frame, _bad_frame_inside])
async def test_frames_against_the_protocol_are_malformed(answer: Answer) -> None:
    assert _kind(await _reply_to(answer)) is FailureKind.MALFORMED


async def test_a_server_of_http_1_is_a_failure() -> None:
    answer = in_parts(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    async with serving(answer) as server, asking(server.url(), http2=True) as target:
        assert isinstance(await target.send(get()), Failure)


async def test_a_server_that_hangs_is_a_timeout() -> None:
    assert _kind(await _reply_to(_nothing, timeout_seconds=0.5)) is FailureKind.TIMEOUT


async def test_a_body_without_end_is_too_large() -> None:
    assert _kind(await _reply_to(_endless)) is FailureKind.TOO_LARGE


@pytest.mark.parametrize("answer", [_nothing, _endless, _reset, _bad_frame, _go_away])
async def test_a_failure_closes_its_connection(answer: Answer) -> None:
    async with (
        serving_http2(answer) as server,
        asking(server.url, http2=True, timeout_seconds=0.5) as target,
    ):
        assert isinstance(await target.send(get()), Failure)
        await until(lambda: not server.connections)


@pytest.mark.parametrize("answer", [_nothing, _reset, _leave, _go_away])
async def test_a_failing_request_is_sent_once(answer: Answer) -> None:
    async with (
        serving_http2(answer) as server,
        asking(server.url, http2=True, timeout_seconds=0.5) as target,
    ):
        await target.send(get())
        assert len(server.requests) == 1


async def test_a_request_that_a_server_will_not_look_at_is_not_sent_again() -> None:
    def answer(connection: Http2Connection, stream: int) -> None:
        if stream == 1:
            _ok(connection, stream)
        else:
            connection.h2.close_connection(last_stream_id=1)

    async with serving_http2(answer) as server, asking(server.url, http2=True) as target:
        await target.send(get())
        assert _kind(await target.send(get())) is FailureKind.DISCONNECTED
        assert len(server.requests) == 2


async def test_endless_answers_do_not_starve_those_beside_and_after_them() -> None:
    def answer(connection: Http2Connection, stream: int) -> None:
        path = dict(server.requests[-1])[b":path"]
        (_endless if path == b"/endless" else _ok)(connection, stream)

    async with serving_http2(answer) as server, asking(server.url, http2=True) as target:
        paths = ["/endless", "/"] * 20
        replies = await asyncio.gather(*(target.send(get(path)) for path in paths))
        assert {_kind(reply) for reply in replies[::2]} == {FailureKind.TOO_LARGE}
        assert {_kind(reply) for reply in replies[1::2]} == {None}


async def test_a_cancelled_request_leaves_no_connection() -> None:
    async with serving_http2(_nothing) as server, asking(server.url, http2=True) as target:
        asked = asyncio.create_task(target.send(get()))
        await until(lambda: server.requests)
        asked.cancel()
        await asyncio.wait({asked})
        await until(lambda: not server.connections)


async def test_closing_leaves_no_connection() -> None:
    async with serving_http2(_ok) as server:
        async with asking(server.url, http2=True) as target:
            await target.send(get())
        await until(lambda: not server.connections)
