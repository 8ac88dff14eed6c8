"""Workers that are killed under load, and a queue whose socket is removed."""

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.chaos import (
    assert_all_right,
    each_engine,
    numbered,
    settled,
    shadowed,
)
from tests.support.numbered import ask
from tests.support.processes import Shadow, until

ASKED = 300


@pytest.fixture
def queue() -> Iterator[Path]:
    """Where the queue is; in a short folder, as a socket's path has little room."""
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        yield Path(folder) / "queue"


def kill(workers: tuple[int, ...]) -> None:
    for worker in workers:
        os.kill(worker, signal.SIGKILL)


def compares_all(shadow: Shadow) -> None:
    found = settled(shadow)
    assert (found["captured"], found["compared"]) == (ASKED, ASKED)


@each_engine
@pytest.mark.parametrize("killed", [1, 2], ids=["one of two", "all"])
def test_workers_killed_under_load_cost_no_user_and_no_exchange(
    killed: int, engine: str, tmp_path: Path
) -> None:
    with (
        numbered() as primary,
        numbered() as candidate,
        shadowed(engine, tmp_path, primary, candidate, "workers: 2") as shadow,
        ThreadPoolExecutor(1) as meanwhile,
    ):
        until(lambda: len(shadow.workers()) == 2, "both workers")
        asking = meanwhile.submit(ask, shadow.port, range(ASKED), 4, 0.01)
        kill(shadow.workers()[:killed])
        assert_all_right(asking.result(), ASKED)
        compares_all(shadow)


@each_engine
def test_queue_whose_socket_is_removed_is_found_by_workers_that_start(
    engine: str, queue: Path, tmp_path: Path
) -> None:
    half = range(ASKED // 2)
    with (
        numbered() as primary,
        numbered() as candidate,
        shadowed(
            engine, tmp_path, primary, candidate, environment={"SHADOW_QUEUE": f"ipc://{queue}"}
        ) as shadow,
    ):
        workers = until(shadow.workers)
        queue.unlink()
        assert_all_right(ask(shadow.port, half), len(half))
        kill(workers)
        assert_all_right(ask(shadow.port, half), len(half))
        compares_all(shadow)
