"""Law 1 under all failures at once: every user's connection ends, and every exchange is counted."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import Connection, chunked, get, post, primary, user, whole
from tests.integration.capture.test_law_1_failures import reset

_AT_ONCE = 20
_ROUNDS = 10

ANSWERS = {
    "nothing": b"",
    "garbage": b"garbage\r\n\r\n",
    "cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\nhalf",
    "chunks cut short": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "early": whole(b"no", status="413 Content Too Large"),
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n",
    "trailers": b"HTTP/1.1 103 Early Hints\r\n\r\n" + chunked(b"x" * 300_000, trailers="X: 1\r\n"),
    "upgrade": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
    "whole": whole(b"x" * 300_000),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Live]:
    with live_process(policy={"unsafe": ["POST *"]}) as running:
        yield running


class Chance:
    """Users and a primary who fail in any way at any moment."""

    def __init__(self, live: Live, seed: int) -> None:
        self._live = live
        self._random = random.Random(seed)

    async def primary(self, peer: Connection) -> None:
        await peer.head()
        await self._moment()
        await peer.send(self._random.choice(list(ANSWERS.values())))
        if self._random.random() < 0.3:
            reset(peer.writer)
        elif self._random.random() < 0.5:
            await self._moment()

    async def user(self) -> None:
        upload = post(b"y" * self._random.choice([10, 2_000_000]))
        async with user(self._live.port) as (reader, writer):
            writer.write(self._random.choice([get("/", "Upgrade: x"), upload, upload[:-5]]))
            with suppress(OSError):
                match self._random.randrange(6):
                    case 0:
                        await self._moment()
                        reset(writer)
                    case 1:
                        await self._moment()
                    case 2:
                        await reader.read(10)
                    case 3:
                        writer.write(get())
                        await reader.read()
                    case _:
                        await reader.read()

    async def _moment(self) -> None:
        await asyncio.sleep(self._random.random() * 0.02)


@pytest.mark.parametrize("seed", range(4))
async def test_no_user_hangs_and_no_exchange_is_lost(live: Live, seed: int) -> None:
    chance = Chance(live, seed)
    async with primary(live.primary_port, chance.primary):
        for _ in range(_ROUNDS):
            await asyncio.gather(*(chance.user() for _ in range(_AT_ONCE)))
        told = await live.quiet()
    assert told.captured == len(told.taken) + told.ended.total()
    assert told.captured > 0
