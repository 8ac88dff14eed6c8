"""A live process that has far fewer file descriptors than its users would need."""

import asyncio
import os
import resource
import signal
from pathlib import Path

from tests.support.chaos import assert_all_right, each_engine, numbered, settled, shadowed
from tests.support.numbered import Connection, Tally, ask
from tests.support.processes import Shadow, target, until

DESCRIPTORS, AT_ONCE = 256, 250
AFTER = range(1000, 1060)


@each_engine
def test_users_get_right_answers_while_descriptors_run_out(engine: str, tmp_path: Path) -> None:
    with (
        numbered() as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate) as shadow,
    ):
        start_again_with_few(shadow)
        crowd = asyncio.run(come_at_once(shadow.port))
        assert_all_right(crowd, AT_ONCE)
        assert_all_right(ask(shadow.port, AFTER), len(AFTER))
        found = settled(shadow)
        assert found["captured"] >= crowd.right + len(AFTER)


def start_again_with_few(shadow: Shadow) -> None:
    """Have the supervisor, and so the next live process, make do with few descriptors."""
    limits = (DESCRIPTORS, DESCRIPTORS)
    resource.prlimit(shadow.supervisor.pid, resource.RLIMIT_NOFILE, limits)
    before = shadow.live()
    os.kill(before, signal.SIGKILL)
    until(lambda: _other_live(shadow, before), "another live process")
    until(lambda: ask(shadow.port, [0], 1).right, "users to be served again")


def _other_live(shadow: Shadow, before: int) -> bool:
    try:
        return shadow.live() != before
    except StopIteration:
        return False


async def come_at_once(port: int) -> Tally:
    """Connect all, have each ask, and let each go when it has its answer."""
    tally = Tally()
    connections = [await Connection.to(port) for _ in range(AT_ONCE)]

    async def one(number: int, connection: Connection) -> None:
        tally.take(number, await connection.ask(number))
        await asyncio.sleep(0.2)
        connection.close()

    await asyncio.gather(*(one(number, each) for number, each in enumerate(connections)))
    return tally
