"""What of an answer becomes a Response: all of it, as it was on the wire."""

import gzip

import pytest

from shadow.model import Reply, Response
from tests.integration.replay.servers import Answer, asking, get, in_parts, reply_to, serving


def _response(reply: Reply) -> Response:
    assert isinstance(reply, Response), reply
    return reply


async def test_headers_come_in_order_with_repeats_and_odd_bytes() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Odd: \xff\xc3\xa9\r\nset-cookie: b=2\r\n"
        b"Empty:\r\nContent-Length: 0\r\n\r\n"
    )
    assert _response(await reply_to(answer)).headers == (
        (b"Set-Cookie", b"a=1"),
        (b"X-Odd", b"\xff\xc3\xa9"),
        (b"set-cookie", b"b=2"),
        (b"Empty", b""),
        (b"Content-Length", b"0"),
    )


async def test_hundreds_of_headers_are_an_answer() -> None:
    fields = b"".join(b"x-%d: v\r\n" % number for number in range(400))
    answer = b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 0\r\n\r\n"
    assert len(_response(await reply_to(answer)).headers) == 401


async def test_a_long_header_is_an_answer() -> None:
    answer = b"HTTP/1.1 200 OK\r\nx: " + b"v" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n"
    assert len(_response(await reply_to(answer)).headers[0][1]) == 60_000


async def test_a_compressed_body_stays_as_transferred() -> None:
    body = gzip.compress(b"hello" * 100)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert _response(await reply_to(head + body)).body == body


async def test_a_body_in_chunks_comes_without_its_chunking() -> None:
    answer = in_parts(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"2;x=y\r\nhi\r\n",
        b"3\r\n!!!\r\n0\r\nX-Trailer: t\r\n\r\n",
    )
    assert _response(await reply_to(answer)).body == b"hi!!!"


async def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    assert _response(await reply_to(in_parts(b"HTTP/1.0 200 OK\r\n\r\n", b"all of it"))).body == (
        b"all of it"
    )


async def test_a_body_of_megabytes_is_whole() -> None:
    body = bytes(range(256)) * 8192
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert _response(await reply_to(head + body)).body == body


async def test_the_answer_to_head_has_a_length_and_no_body() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    response = _response(await reply_to(answer, method="HEAD"))
    assert (response.body, response.headers) == (b"", ((b"Content-Length", b"99"),))


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_body_is_complete_with_its_head(status: int) -> None:
    answer = in_parts(b"HTTP/1.1 %d None\r\nX-Content-Length: 5\r\n\r\n" % status, then=_keep)
    response = _response(await reply_to(answer))
    assert (response.status, response.body) == (status, b"")


@pytest.mark.parametrize("interim", [100, 102, 103])
async def test_interim_answers_are_passed_over(interim: int) -> None:
    first = b"HTTP/1.1 %d Wait\r\nLink: </a.css>\r\n\r\n" % interim
    answer = in_parts(first, first + b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    response = _response(await reply_to(answer))
    assert (response.status, response.headers) == (201, ((b"Content-Length", b"0"),))


async def test_a_switch_of_protocols_is_an_answer_and_ends_the_connection() -> None:
    switch = b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nnot http"
    async with serving(in_parts(switch, then=_keep)) as server, asking(server.url()) as target:
        for _ in range(2):
            response = _response(await target.send(get()))
            assert (response.status, response.body) == (101, b"")
        assert server.tried == 2


@pytest.mark.parametrize("status", [200, 404, 500, 503, 999])
async def test_any_status_is_an_answer(status: int) -> None:
    answer = b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n" % status
    assert _response(await reply_to(answer)).status == status


async def test_the_time_it_took_is_told() -> None:
    assert _response(await reply_to(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).seconds > 0


async def _wait_for_the_next(_: object) -> None:
    return


_keep: Answer = _wait_for_the_next
