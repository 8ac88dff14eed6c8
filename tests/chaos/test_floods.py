"""Very many connections that say nothing, or half of something; users among them are served."""

import asyncio
import contextlib
import resource
import socket
from pathlib import Path

import pytest

from tests.support.chaos import assert_all_right, numbered, settled, shadowed
from tests.support.numbered import Connection, Tally, answer_to, request_of, users_ask
from tests.support.processes import target

ASKED = 60
MANY = "capture: {tee: {max_connections: 20000, processes: 2, head_seconds: 3600}}"
"""Of two descriptors for each user, one process may not have enough for all of them. Who says
nothing is not let go, however long it takes to make so many connections."""


def idle_connections(wanted: int) -> int:
    """As many as `wanted`, or as the descriptors of this process allow for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert hard >= 4096, f"this test needs more than {hard} descriptors: ulimit -n"
    return min(wanted, hard - 300)


@pytest.mark.parametrize(("engine", "wanted"), [("tee", 10_000), ("mitmproxy", 400)])
def test_users_are_served_beside_idle_connections(engine: str, wanted: int, tmp_path: Path) -> None:
    number = idle_connections(wanted)
    with (
        numbered() as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate, MANY) as shadow,
        contextlib.ExitStack() as idle,
    ):
        address = ("127.0.0.1", shadow.port)
        held = [idle.enter_context(socket.create_connection(address, 60)) for _ in range(number)]
        assert_all_right(asyncio.run(users_ask(shadow.port, range(ASKED))), ASKED)
        for late in held[:: number // 10]:
            late.sendall(request_of(1))
            assert late.makefile("rb").read(len(answer_to(1))) == answer_to(1)
        idle.close()
        found = settled(shadow)
        assert found["captured"] == ASKED + len(held[:: number // 10])


@pytest.mark.parametrize(("engine", "number"), [("tee", 1_000), ("mitmproxy", 150)])
def test_users_are_served_beside_requests_that_are_half_sent(
    engine: str, number: int, tmp_path: Path
) -> None:
    with (
        numbered() as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate) as shadow,
    ):
        users, slow = asyncio.run(half_sent(shadow.port, number))
        assert_all_right(users, ASKED)
        assert_all_right(slow, number // 2)
        found = settled(shadow)
        assert found["compared"] + found["dropped"] == ASKED + number // 2
        assert set(found["reasons"]["skipped"]) <= {"client_left"}


async def half_sent(port: int, number: int) -> tuple[Tally, Tally]:
    """Send halves, ask beside them, then finish every second one and leave the others."""
    halves = [await Connection.to(port) for _ in range(number)]
    for index, half in enumerate(halves):
        await half.send(request_of(index)[:20])
    users = await users_ask(port, range(ASKED))
    slow = Tally()
    for index, half in enumerate(halves):
        if index % 2:
            half.vanish()
            continue
        await half.send(request_of(index)[20:])
        slow.take(index, await half.answer(index))
        half.close()
    return users, slow
