"""Law 1, as of mitmproxy; what the primary breaks off, the user gets as far as it came."""

import asyncio

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, ask, get, primary, user, whole
from tests.integration.capture.test_law_1_failures import *  # noqa: F403
from tests.integration.capture.test_law_1_failures import CUT, breaks_off, reset


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_primary_that_breaks_off_closes_the_users_connection(
    live: Live, answer: bytes
) -> None:
    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == answer
    (reason,) = (await live.settled(captured=1)).ended
    assert reason in {"skipped:primary_failed", "skipped:unparsed"}


async def test_invalid_chunk_ends_the_answer(live: Live) -> None:
    """As far as it goes: nobody here judges chunks."""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"
    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == answer
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_primary_that_resets_closes_the_users_connection(live: Live, answer: bytes) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(answer)
        reset(peer.writer)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get())
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1000)
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_user_who_resets_resets_the_primarys_connection(live: Live) -> None:
    asked, broken = asyncio.Event(), asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        asked.set()
        with pytest.raises(ConnectionResetError):
            await peer.reader.read()
        broken.set()

    async with primary(live.primary_port, behave), user(live.port) as (_, writer):
        writer.write(get())
        await asked.wait()
        reset(writer)
        await broken.wait()
    assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01", b"\x00" * 500 + b"\r\n\r\n", b"GET\r\n\r\n"])
async def test_user_who_sends_garbage_is_let_go(live: Live, garbage: bytes) -> None:
    """By the primary: garbage is relayed as anything is."""
    async with primary(live.primary_port, breaks_off(b"")), user(live.port) as (reader, writer):
        writer.write(garbage)
        writer.write_eof()
        assert await reader.read() == b""
    assert (await live.quiet()).taken == []


async def test_head_without_end_is_let_go_instead_of_filling_memory(live: Live) -> None:
    """It is relayed, as nobody but the primary knows its limit; it is not held."""

    async def behave(peer: Connection) -> None:
        while await peer.reader.read(1024 * 1024):
            pass

    more = b"X-More: and more\r\n" * 10_000
    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(300):
            writer.write(more)
            await writer.drain()
        writer.write_eof()
        assert await reader.read() == b""
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}
    assert live.resident_megabytes < 120


async def test_answer_head_without_end_is_let_go_instead_of_filling_memory(live: Live) -> None:
    """As the head of a request."""
    answer = b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 3_000_000

    async with primary(live.primary_port, breaks_off(answer)):
        assert await ask(live.port, get()) == answer
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}
    assert live.resident_megabytes < 120


async def test_user_who_closes_the_sending_half_gets_the_answer(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        assert await peer.reader.read() == b""
        await peer.send(whole(b"ok"))

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.write_eof()
        assert await reader.read() == whole(b"ok")
    assert len((await live.settled(captured=1)).taken) == 1


async def test_primary_that_closes_its_sending_half_gets_the_rest(live: Live) -> None:
    rest = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.send(whole(b"early"))
        peer.writer.write_eof()
        assert await peer.reader.read() == b"all that comes"
        rest.set()

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(b"all")
        assert await reader.read() == whole(b"early")
        writer.write(b" that comes")
        writer.write_eof()
        await rest.wait()
