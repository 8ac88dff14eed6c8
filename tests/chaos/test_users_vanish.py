"""Users who are gone in the middle of something; all others are served as ever."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path

from tests.support.chaos import assert_all_right, each_engine, numbered, settled, shadowed
from tests.support.numbered import Connection, request_of, users_ask
from tests.support.processes import Shadow, target

VANISHING, STAYING = 90, 120
BODY = b"b" * 30_000


async def in_a_head(port: int, chance: random.Random) -> None:
    connection = await Connection.to(port)
    request = request_of(chance.randrange(10_000))
    await connection.send(request[: chance.randrange(1, len(request) - 2)])
    await asyncio.sleep(chance.random() * 0.05)
    connection.vanish()


async def in_a_body(port: int, chance: random.Random) -> None:
    connection = await Connection.to(port)
    request = request_of(chance.randrange(10_000), BODY)
    await connection.send(request[: chance.randrange(200, len(request))])
    await asyncio.sleep(chance.random() * 0.05)
    connection.vanish()


async def in_an_answer(port: int, chance: random.Random) -> None:
    connection = await Connection.to(port)
    await connection.send(request_of(chance.randrange(1000) * 10))
    await asyncio.sleep(chance.random() * 0.1)
    connection.vanish()


WAYS: tuple[Callable[[int, random.Random], Coroutine[None, None, None]], ...] = (
    in_a_head,
    in_a_body,
    in_an_answer,
)


@each_engine
def test_users_who_vanish_disturb_nobody_and_are_counted(engine: str, tmp_path: Path) -> None:
    with (
        numbered(seconds=0.05) as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate) as shadow,
    ):
        asyncio.run(some_vanish(shadow))
        found = settled(shadow)
        assert STAYING <= found["captured"] <= STAYING + VANISHING
        assert set(found["reasons"]["skipped"]) <= {"client_left", "method"}
        assert found["compared"] >= STAYING
        assert found["dropped"] == 0


async def some_vanish(shadow: Shadow) -> None:
    chance = random.Random(1)
    async with asyncio.TaskGroup() as group:
        staying = group.create_task(users_ask(shadow.port, range(STAYING)))
        for number in range(VANISHING):
            group.create_task(WAYS[number % len(WAYS)](shadow.port, chance))
            await asyncio.sleep(0.01)
    assert_all_right(staying.result(), STAYING)
