"""WebSocket and other upgrades are relayed as bytes and not shadowed."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, ask, get, primary, user, whole

_UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)
_SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def request() -> bytes:
    return ("\r\n".join(["GET /ws HTTP/1.1", "Host: x", *_UPGRADE]) + "\r\n\r\n").encode()


async def echo(peer: Connection) -> None:
    await peer.head()
    await peer.send(_SWITCHED)
    while data := await peer.reader.read(65536):
        await peer.send(data)


@pytest.mark.parametrize("sent", [b"\x00\xff not a frame\r\n\r\n", bytes(range(256)) * 20_000])
async def test_any_bytes_pass_both_ways_unchanged(live: Live, sent: bytes) -> None:
    async with primary(live.primary_port, echo), user(live.port) as (reader, writer):
        writer.write(request())
        assert await reader.readexactly(len(_SWITCHED)) == _SWITCHED
        async with asyncio.TaskGroup() as both:
            both.create_task(writer.drain())
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent
    assert (await live.settled(captured=1)).ended == {"skipped:upgrade": 1}


async def test_100_megabytes_pass_without_growing(live: Live) -> None:
    megabyte = b"x" * 1024 * 1024

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(_SWITCHED)
        for _ in range(100):
            await peer.send(megabyte)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(request())
        await reader.readexactly(len(_SWITCHED))
        for _ in range(100):
            await reader.readexactly(len(megabyte))
        assert await reader.read() == b""
    assert live.resident_megabytes < 150


async def test_what_the_primary_says_first_is_not_lost(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(_SWITCHED + b"\r\nfirst")
        await peer.reader.read(1)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(request())
        got = await reader.readexactly(len(_SWITCHED + b"\r\nfirst"))
    assert got == _SWITCHED + b"\r\nfirst"


async def test_refused_upgrade_is_an_answer_like_any_other(live: Live) -> None:
    refusal = whole(b"no", "Connection: close", status="403 Forbidden")

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(refusal)

    async with primary(live.primary_port, behave):
        assert await ask(live.port, request()) == refusal
    assert len((await live.settled(captured=1)).taken) == 1


async def test_primary_that_closes_ends_the_users_connection(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(_SWITCHED + b"bye")

    async with primary(live.primary_port, behave):
        assert await ask(live.port, request()) == _SWITCHED + b"bye"


async def test_switch_to_h2c_is_relayed(live: Live) -> None:
    switched = _SWITCHED.replace(b"websocket", b"h2c")

    async def behave(peer: Connection) -> None:
        assert b"HTTP2-Settings: AAMAAABkAAQAAP__" in await peer.head()
        await peer.send(switched)
        assert await peer.reader.readexactly(4) == b"PRI "
        await peer.send(b"frames")

    head = get("/", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(head.replace(b"Connection: close", b"Connection: Upgrade, HTTP2-Settings"))
        await reader.readexactly(len(switched))
        writer.write(b"PRI ")
        assert await reader.readexactly(6) == b"frames"
    assert (await live.settled(captured=1)).ended == {"skipped:upgrade": 1}


async def test_real_websocket_client_and_server_talk(live: Live) -> None:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data[::-1])
        return socket

    app = web.Application()
    app.router.add_get("/ws", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", live.primary_port).start()
    try:
        address = f"http://127.0.0.1:{live.port}/ws"
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == "olleh"
    finally:
        await runner.cleanup()
