"""Law 1: not later because of us, and without growing."""

import asyncio

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, get, primary, user, whole

MOST_MEGABYTES = 150
"""The live process with its libraries alone takes about 75."""

_MEGABYTE = b"x" * 1024 * 1024


async def test_first_event_arrives_while_the_primary_holds_the_rest_back(live: Live) -> None:
    seen = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await seen.wait()
        await peer.send(b"data: 2\n\n")

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get("/events"))
        assert (await reader.readuntil(b"\n\n")).endswith(b"data: 1\n\n")
        seen.set()
        assert await reader.read() == b"data: 2\n\n"
    assert (await live.settled(captured=1)).ended == {"skipped:stream": 1}


async def test_first_chunk_arrives_while_the_primary_holds_the_rest_back(live: Live) -> None:
    seen = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await seen.wait()
        await peer.send(b"3\r\ntwo\r\n0\r\n\r\n")

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get("/rows"))
        await reader.readuntil(b"3\r\none\r\n")
        seen.set()
        assert await reader.read() == b"3\r\ntwo\r\n0\r\n\r\n"
    (taken,) = (await live.settled(captured=1)).taken
    assert taken["body"] == "onetwo"


async def test_head_arrives_while_the_primary_holds_the_body_back(live: Live) -> None:
    seen = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        await seen.wait()
        await peer.send(b"ok")

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get())
        await reader.readuntil(b"\r\n\r\n")
        seen.set()
        assert await reader.read() == b"ok"


async def test_upload_reaches_the_primary_while_the_user_holds_the_rest_back(live: Live) -> None:
    seen = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.head()
        assert await peer.reader.readexactly(5) == b"first"
        seen.set()
        assert await peer.reader.readexactly(4) == b"last"
        await peer.send(whole(b"ok"))

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get("/", "Content-Length: 9", method="POST") + b"first")
        await seen.wait()
        writer.write(b"last")
        assert await reader.read() == whole(b"ok")


async def test_download_of_200_megabytes_passes_without_growing(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (200 * len(_MEGABYTE)))
        for _ in range(200):
            await peer.send(_MEGABYTE)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get("/big"))
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(200):
            assert await reader.readexactly(len(_MEGABYTE)) == _MEGABYTE
        assert await reader.read() == b""
    assert (await live.settled(captured=1)).ended == {"skipped:response_too_large": 1}
    assert live.resident_megabytes < MOST_MEGABYTES


async def test_upload_of_200_megabytes_passes_without_growing(live: Live) -> None:
    received = 0

    async def behave(peer: Connection) -> None:
        nonlocal received
        await peer.head()
        while received < 200 * len(_MEGABYTE):
            received += len(await peer.reader.read(1024 * 1024))
        await peer.send(whole(b"ok"))

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        length = f"Content-Length: {200 * len(_MEGABYTE)}"
        writer.write(get("/", length, method="POST"))
        for _ in range(200):
            writer.write(_MEGABYTE)
            await writer.drain()
        assert await reader.read() == whole(b"ok")
    assert (await live.settled(captured=1)).ended == {"skipped:method": 1}
    assert live.resident_megabytes < MOST_MEGABYTES


async def test_user_who_does_not_read_slows_the_primary_instead_of_filling_memory(
    live: Live,
) -> None:
    sent = 0
    stuck = asyncio.Event()

    async def behave(peer: Connection) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 200:
            try:
                async with asyncio.timeout(2):
                    await peer.send(_MEGABYTE)
            except TimeoutError:
                break
            sent += 1
        stuck.set()

    async with primary(live.primary_port, behave), user(live.port) as (_, writer):
        writer.write(get("/big"))
        await stuck.wait()
    assert sent < 200
    assert live.resident_megabytes < MOST_MEGABYTES
    assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}
