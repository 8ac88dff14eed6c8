"""Users beyond what there is room for wait, and are served when others leave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from shadow.capture.door import Door

PATIENCE_SECONDS = 30


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while line := await reader.readline():
            writer.write(line)
    writer.close()


@contextlib.asynccontextmanager
async def door(most: int) -> AsyncIterator[tuple[Door, int]]:
    """A door and its port."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    opened = Door(server, echo, most)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield opened, server.sockets[0].getsockname()[1]
    finally:
        opened.close()
        server.close()


class User:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def of(cls, port: int) -> "User":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def is_served(self) -> bool:
        self.writer.write(b"here\n")
        return await self.reader.readline() == b"here\n"


async def test_user_beyond_the_room_waits_until_another_one_leaves() -> None:
    async with door(most=2) as (_, port):
        first, second = await User.of(port), await User.of(port)
        assert await first.is_served()
        assert await second.is_served()
        third = await User.of(port)
        waits = asyncio.create_task(third.is_served())
        assert await first.is_served()
        assert not waits.done()
        first.writer.close()
        assert await waits
        for user in (second, third):
            user.writer.close()


async def test_many_users_who_come_at_once_are_all_served_a_few_at_a_time() -> None:
    async def comes_and_goes(port: int) -> bool:
        user = await User.of(port)
        served = await user.is_served()
        user.writer.close()
        return served

    async with door(most=3) as (_, port):
        assert all(await asyncio.gather(*(comes_and_goes(port) for _ in range(200))))


async def test_closed_door_lets_nobody_in_and_serves_whoever_is_in() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opened = Door(server, echo, 10)
    inside = await User.of(port)
    assert await inside.is_served()
    opened.close()
    server.close()
    with pytest.raises(ConnectionError):
        await User.of(port)
    assert await inside.is_served()
    inside.writer.close()
