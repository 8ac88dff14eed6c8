"""Law 1: what the primary or the user breaks off ends as it would without us, and is counted."""

import asyncio
import contextlib
import socket
import struct

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Behaviour,
    Connection,
    answers,
    ask,
    get,
    post,
    primary,
    user,
    whole,
)


def breaks_off(answer: bytes) -> Behaviour:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(answer)

    return behave


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    wire = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


CUT = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half a head": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n",
    "no HTTP": b"\x00\x01\x02 garbage\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "invalid header": b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "invalid length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_primary_that_breaks_off_closes_the_users_connection(
    live: Live, answer: bytes
) -> None:
    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == b""
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_body_cut_short_is_cut_short_for_the_user(live: Live) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == answer
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_chunks_cut_short_are_cut_short_for_the_user(live: Live) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == answer
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_invalid_chunk_ends_the_answer(live: Live) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"
    async with primary(live.primary_port, breaks_off(answer)):
        assert (await ask(live.port, get())).endswith(b"2\r\nok\r\n")
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_primary_that_resets_closes_the_users_connection(live: Live, answer: bytes) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(answer)
        reset(peer.writer)

    async with primary(live.primary_port, behave):
        assert answer.startswith(await ask(live.port, get()))
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_that_refuses_closes_the_users_connection(live: Live) -> None:
    assert await ask(live.port, get()) == b""
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_that_refuses_an_upload_closes_the_users_connection(live: Live) -> None:
    assert await ask(live.port, post(b"x" * 100_000)) in (b"", b"reset")
    assert (await live.settled(captured=1)).ended == {"skipped:method": 1}


async def test_primary_that_closes_amid_an_upload_closes_the_users_connection(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.head()

    async with primary(live.primary_port, behave):
        for _ in range(30):  # two connections end at once, in either order
            assert await ask(live.port, post(b"x" * 5_000_000)) in (b"", b"reset")
    assert (await live.settled(captured=30)).ended == {"skipped:method": 30}


async def test_who_goes_on_uploading_gets_the_answer_of_a_primary_that_closed(live: Live) -> None:
    answer = whole(b"too much", "Connection: close", status="413 Content Too Large")

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(answer)
        peer.writer.write_eof()  # and what the user says on is answered by a reset

    async with primary(live.primary_port, behave):
        for _ in range(30):
            heard = await asyncio.to_thread(heard_of, live.port, post(b"x" * 5_000_000))
            assert heard == answer
    told = await live.settled(captured=30)
    assert told.ended.keys() <= {"skipped:method", "skipped:early_answer"}


def heard_of(port: int, raw: bytes) -> bytes:
    """Say all of it, as far as that can be, and return what comes before the end or a reset."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as user:
        with contextlib.suppress(ConnectionError):
            user.sendall(raw)
        with contextlib.suppress(ConnectionError):
            while some := user.recv(65536):
                heard += some
    return heard


async def test_answer_before_the_end_of_an_upload_reaches_the_user(live: Live) -> None:
    answer = whole(b"too much", "Connection: close", status="413 Content Too Large")

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(answer)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get("/", "Content-Length: 1000", method="GET") + b"begin")
        assert await reader.read() == answer
    assert (await live.settled(captured=1)).ended == {"skipped:early_answer": 1}


async def test_user_who_leaves_before_the_answer_is_counted(live: Live) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        asked.set()
        assert await peer.reader.read() == b""
        left.set()

    async with primary(live.primary_port, behave):
        async with user(live.port) as (_, writer):
            writer.write(get())
            await asked.wait()
        await left.wait()
    assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}


@pytest.mark.parametrize("leave", [reset, asyncio.StreamWriter.close], ids=["reset", "close"])
async def test_user_who_leaves_amid_the_answer_is_counted(live: Live, leave) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await peer.reader.read()

    async with primary(live.primary_port, behave):
        async with user(live.port) as (reader, writer):
            writer.write(get())
            await reader.readuntil(b"half")
            leave(writer)
        assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}


async def test_user_who_leaves_amid_an_upload_is_counted(live: Live) -> None:
    begun = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.head()
        begun.set()
        await peer.reader.read()

    async with primary(live.primary_port, behave):
        async with user(live.port) as (_, writer):
            writer.write(get("/", "Content-Length: 10", method="GET") + b"half")
            await begun.wait()
        assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01", b"\x00" * 500 + b"\r\n\r\n", b"GET\r\n\r\n"])
async def test_user_who_sends_garbage_is_let_go(live: Live, garbage: bytes) -> None:
    async with user(live.port) as (reader, writer):
        writer.write(garbage)
        writer.write_eof()
        assert b"200" not in await reader.read()
    assert (await live.settled(captured=0)).under_way == 0


async def test_head_without_end_is_let_go_instead_of_filling_memory(live: Live) -> None:
    async with user(live.port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - any of the writes may be the first
            while True:
                writer.write(b"X-More: and more\r\n" * 10_000)
                await writer.drain()
        assert reader.at_eof() or reader.exception()


async def test_answer_head_without_end_is_let_go_instead_of_filling_memory(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        while True:
            await peer.send(b"X-More: and more\r\n" * 10_000)

    async with primary(live.primary_port, behave):
        assert await ask(live.port, get()) == b""
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_users_are_served_again_when_the_primary_is_back(live: Live) -> None:
    assert await ask(live.port, get()) == b""
    async with primary(live.primary_port, answers(whole(b"ok"))):
        assert await ask(live.port, get()) == whole(b"ok")
    assert len((await live.settled(captured=2)).taken) == 1
