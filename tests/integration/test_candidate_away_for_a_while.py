"""A candidate that comes late: what comes meanwhile is counted as what it is, and then compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.load import put_load
from tests.support.processes import Shadow, free_port, proxy, target, until
from tests.support.user import same_answers

USERS = 32
SECONDS = 2.0
SETTINGS = """
workers: 2
replay: {candidate: {breaker_failures: 3, breaker_seconds: 0.5}}
"""
AWAY = {"candidate_unreachable", "candidate_held_back"}

both_engines = pytest.mark.parametrize("engine", ["tee", "mitmproxy"])


@contextmanager
def left_alone(engine: str, folder: Path, port: int) -> Iterator[tuple[str, Shadow, int]]:
    """A primary and a proxy whose candidate is not there, and how many exchanges that outlived."""
    settings = f"capture: {{engine: {engine}}}{SETTINGS}"
    away = f"http://127.0.0.1:{port}"
    with (
        # Slow, so that of many users some are always in the middle of something.
        target(delay=0.05) as primary,
        proxy(folder, primary=primary, candidate=away, settings=settings) as running,
    ):
        until(lambda: _dropped(_asked_some(primary, running)).get("candidate_held_back"))
        answered = len(put_load(running.port, USERS, SECONDS).latencies)
        assert answered > USERS
        yield primary, running, answered


@both_engines
def test_all_that_comes_meanwhile_is_held_back_and_what_comes_later_is_compared(
    engine: str, tmp_path: Path
) -> None:
    port = free_port()
    with left_alone(engine, tmp_path, port) as (primary, running, answered):
        with target(port=port):
            until(lambda: _asked_some(primary, running)["compared"])
        assert running.stop() == 0
        found = running.gate()[1]["accounting"]
    assert set(_dropped(found)) == AWAY
    assert _dropped(found)["candidate_held_back"] > answered * 0.9
    assert found["missing"] == 0


@both_engines
def test_a_stop_meanwhile_loses_nothing(engine: str, tmp_path: Path) -> None:
    with left_alone(engine, tmp_path, free_port()) as (_, running, answered):
        assert running.stop() == 0
        found = running.gate()[1]["accounting"]
    assert set(_dropped(found)) == AWAY
    assert found["dropped"] > answered
    assert (found["compared"], found["missing"]) == (0, 0)


def _asked_some(primary: str, running: Shadow) -> dict[str, Any]:
    """Ask a little more, and return the accounting as it is then."""
    same_answers(primary, running.url, 10)
    accounting: dict[str, Any] = running.gate()[1]["accounting"]
    return accounting


def _dropped(accounting: dict[str, Any]) -> dict[str, int]:
    dropped: dict[str, int] = accounting["reasons"]["dropped"]
    return dropped
