"""Work takes turns, and the event loop comes between."""

import asyncio
import socket

import pytest

from shadow.turns import Turns


async def test_what_arrives_in_one_turn_is_noticed_before_the_next() -> None:
    turns, events = Turns(), []
    here, there = socket.socketpair()
    here.setblocking(False)

    def noticed() -> None:
        here.recv(1)
        events.append("answer")

    async def work(name: str) -> None:
        async with turns.turn():
            events.append(name)
            if name == "first":
                there.send(b"!")

    asyncio.get_running_loop().add_reader(here, noticed)
    async with asyncio.TaskGroup() as group:
        for name in ("first", "second", "third"):
            group.create_task(work(name))
    asyncio.get_running_loop().remove_reader(here)
    here.close()
    there.close()
    assert events == ["first", "answer", "second", "third"]


async def test_one_that_fails_or_is_cancelled_gives_its_turn_away() -> None:
    turns, done = Turns(), []

    async def work(name: str) -> None:
        async with turns.turn():
            if name == "fails":
                raise ValueError(name)
            done.append(name)

    failing = asyncio.create_task(work("fails"))
    cancelled, last = asyncio.create_task(work("cancelled")), asyncio.create_task(work("last"))
    await asyncio.sleep(0)
    cancelled.cancel()
    await last
    assert done == ["last"]
    with pytest.raises(ValueError, match="fails"):
        await failing
