"""Whatever a server does is a reply; here, each way of not answering."""

import asyncio
import contextlib
import socket
import ssl
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.model import Failure, FailureKind, Reply, Request, Response
from tests.integration.replay.servers import (
    OK,
    Answer,
    asking,
    close,
    get,
    hang,
    in_parts,
    over_and_over,
    reply_to,
    serving,
    until,
)
from tests.integration.replay.tls import self_signed

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MIB = 1024 * 1024


def _kind(reply: Reply) -> FailureKind | None:
    return reply.kind if isinstance(reply, Failure) else None


@pytest.fixture
def refused() -> Iterator[str]:
    """A URL where nothing listens, for as long as the test runs."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def full() -> Iterator[str]:
    """A URL whose server lets no more connections in."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


@pytest.mark.parametrize("http2", [False, True])
async def test_a_server_that_refuses_is_unreachable(refused: str, http2: bool) -> None:
    async with asking(refused, http2=http2) as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE


async def test_a_host_without_address_is_unreachable() -> None:
    async with asking("http://no-such-host.invalid") as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE


@pytest.mark.parametrize("http2", [False, True])
async def test_a_server_that_lets_nobody_in_is_unreachable(full: str, http2: bool) -> None:
    async with asking(full, http2=http2, timeout_seconds=0.5) as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE


async def test_a_certificate_nobody_vouches_for_is_unreachable(tmp_path: Path) -> None:
    tls = self_signed(tmp_path)
    async with serving(OK, tls=tls) as server, asking(server.url("https")) as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE


async def test_a_certificate_is_not_looked_at_where_the_operator_says_so(tmp_path: Path) -> None:
    tls = self_signed(tmp_path)
    async with serving(OK, tls=tls) as server, asking(server.url("https"), verify_tls=False) as t:
        assert isinstance(await t.send(get()), Response)


async def test_a_server_that_does_not_speak_tls_is_unreachable() -> None:
    async with serving(OK) as server, asking(server.url("https"), timeout_seconds=1.0) as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE


async def test_a_server_that_never_finishes_its_tls_handshake_is_unreachable() -> None:
    accepted: list[asyncio.StreamWriter] = []

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)

    silent = await asyncio.start_server(accept, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    async with asking(url, timeout_seconds=0.5) as target:
        assert _kind(await target.send(get())) is FailureKind.UNREACHABLE
    silent.close()
    for writer in accepted:
        writer.close()


async def test_a_server_without_a_tls_version_in_common_is_unreachable(tmp_path: Path) -> None:
    tls = self_signed(tmp_path)
    tls.set_ciphers("PSK+NULL:@SECLEVEL=0")
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(OK, tls=tls) as server, asking(server.url("https"), verify_tls=False) as t:
        assert _kind(await t.send(get())) is FailureKind.UNREACHABLE


async def test_a_server_that_hangs_is_a_timeout() -> None:
    assert _kind(await reply_to(hang, timeout_seconds=0.3)) is FailureKind.TIMEOUT


async def test_a_server_that_hangs_inside_the_body_is_a_timeout() -> None:
    answer = in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", then=hang)
    assert _kind(await reply_to(answer, timeout_seconds=0.3)) is FailureKind.TIMEOUT


async def test_a_body_that_drips_without_end_is_a_timeout() -> None:
    answer = over_and_over(b"1\r\nx\r\n", first=CHUNKED, pause=0.01)
    assert _kind(await reply_to(answer, timeout_seconds=0.3)) is FailureKind.TIMEOUT


async def test_a_head_that_drips_without_end_is_a_timeout() -> None:
    answer = over_and_over(b"a", first=b"HTTP/1.1 200 OK\r\nx: ", pause=0.01)
    assert _kind(await reply_to(answer, timeout_seconds=0.3)) is FailureKind.TIMEOUT


async def test_interim_answers_without_end_are_a_timeout() -> None:
    answer = over_and_over(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01)
    assert _kind(await reply_to(answer, timeout_seconds=0.3)) is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(close, id="at once"),
        pytest.param(in_parts(b"HTTP/1.1 200 OK\r\nContent-Le"), id="inside the head"),
        pytest.param(in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), id="inside it"),
        pytest.param(in_parts(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), id="before it"),
        pytest.param(in_parts(CHUNKED, b"5\r\nhel"), id="inside a chunk"),
        pytest.param(in_parts(CHUNKED, b"3\r\nhel\r\n"), id="between chunks"),
    ],
)
async def test_a_connection_that_ends_before_the_answer_is_disconnected(answer: Answer) -> None:
    assert _kind(await reply_to(answer)) is FailureKind.DISCONNECTED


async def test_a_connection_that_is_reset_inside_the_answer_is_disconnected() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
        await writer.drain()
        linger = b"\x01\0\0\0\0\0\0\0"
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    assert _kind(await reply_to(reset)) is FailureKind.DISCONNECTED


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x01\x02\xff\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"<html>oops</html>\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        b"HTTP/1.1 200 OK\r\nx: a\x00b\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_malformed(head: bytes) -> None:
    assert _kind(await reply_to(in_parts(head, then=hang))) is FailureKind.MALFORMED


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"2\r\nhello\r\n", b"fffffffffffffffffff\r\n"])
async def test_wrong_chunking_is_malformed_in_one_packet(chunk: bytes) -> None:
    assert _kind(await reply_to(in_parts(CHUNKED + chunk, then=hang))) is FailureKind.MALFORMED


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"2\r\nhello\r\n", b"fffffffffffffffffff\r\n"])
async def test_wrong_chunking_is_malformed_after_a_good_beginning(chunk: bytes) -> None:
    answer = in_parts(CHUNKED, b"5\r\nhello\r\n", chunk, then=hang)
    assert _kind(await reply_to(answer)) is FailureKind.MALFORMED


@pytest.mark.parametrize(
    "part", [pytest.param(b"a: b\r\n" * 1000, id="many"), pytest.param(b"x" * 65536, id="long")]
)
async def test_headers_without_end_are_malformed(part: bytes) -> None:
    answer = over_and_over(part, first=b"HTTP/1.1 200 OK\r\nx: ")
    assert _kind(await reply_to(answer)) is FailureKind.MALFORMED


async def test_a_gigabyte_is_too_large() -> None:
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
    assert _kind(await reply_to(over_and_over(b"x" * 65536, first=first))) is FailureKind.TOO_LARGE


async def test_chunks_without_end_are_too_large() -> None:
    answer = over_and_over(b"10000\r\n" + b"x" * 65536 + b"\r\n", first=CHUNKED)
    assert _kind(await reply_to(answer)) is FailureKind.TOO_LARGE


async def test_a_body_as_long_as_the_limit_is_an_answer() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
    assert isinstance(await reply_to(answer, max_body_bytes=4), Response)


async def test_a_body_one_byte_longer_than_the_limit_is_too_large() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfive!"
    assert _kind(await reply_to(answer, max_body_bytes=4)) is FailureKind.TOO_LARGE


async def test_a_body_that_is_too_large_is_not_held_beyond_the_limit() -> None:
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
    async with (
        serving(over_and_over(b"x" * 65536, first=first)) as server,
        asking(server.url(), max_body_bytes=MIB) as target,
    ):
        await target.send(get())
        tracemalloc.start()
        await target.send(get())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 16 * MIB


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(in_parts(b"garbage garbage\r\n\r\n", then=hang), id="garbage"),
        pytest.param(over_and_over(b"x" * 65536, first=b"HTTP/1.0 200 OK\r\n\r\n"), id="too large"),
    ],
)
async def test_a_failure_closes_its_connection(answer: Answer) -> None:
    async with serving(answer) as server, asking(server.url(), timeout_seconds=0.5) as target:
        assert isinstance(await target.send(get()), Failure)
        await until(lambda: not server.connected)


async def test_a_body_that_is_not_taken_in_time_is_not_sent_any_more() -> None:
    body = b"x" * 32 * MIB
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with asking(url, timeout_seconds=0.5) as target:
            request = Request(method="POST", target="/", headers=(), body=body)
            assert _kind(await target.send(request)) is FailureKind.TIMEOUT
            taken = await asyncio.to_thread(_all_that_comes, listening)
    assert taken < len(body)


async def test_the_answer_to_a_refused_body_is_a_response() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        while await reader.read(65536):
            pass
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with asking(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as target:
        request = Request(method="POST", target="/", headers=(), body=b"x" * 4 * MIB)
        reply = await target.send(request)
    server.close()
    assert isinstance(reply, Response)
    assert reply.status == 413


async def test_a_failure_says_nothing_of_the_request() -> None:
    async with asking("http://no-such-host.invalid") as target:
        reply = await target.send(get("/?token=s3cret", ((b"authorization", b"s3cret"),)))
    assert isinstance(reply, Failure)
    assert "s3cret" not in reply.detail


def _all_that_comes(listening: socket.socket) -> int:
    accepted, _ = listening.accept()
    taken = 0
    with accepted, contextlib.suppress(ConnectionResetError):
        while data := accepted.recv(65536):
            taken += len(data)
    return taken
