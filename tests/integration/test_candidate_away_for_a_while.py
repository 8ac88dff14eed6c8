"""A candidate that comes late: what comes meanwhile is counted as what it is, and then compared."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import Shadow, free_port, proxy, target, until
from tests.support.user import same_answers

ASKED = 2000
SETTINGS = """
workers: 2
replay: {candidate: {breaker_failures: 3, breaker_seconds: 0.5}}
"""


@pytest.mark.parametrize("engine", ["tee", "mitmproxy"])
def test_nobody_is_overrun_by_what_a_candidate_is_not_there_for(
    engine: str, tmp_path: Path
) -> None:
    settings = f"capture: {{engine: {engine}}}{SETTINGS}"
    port = free_port()
    there = f"http://127.0.0.1:{port}"
    with (
        target() as primary,
        proxy(tmp_path, primary=primary, candidate=there, settings=settings) as running,
    ):
        until(lambda: _dropped(_asked_some(primary, running)).get("candidate_held_back"))
        assert same_answers(primary, running.url, ASKED) == ASKED
        with target(port=port):
            until(lambda: _asked_some(primary, running)["compared"])
        assert running.stop() == 0
        found = running.gate()[1]["accounting"]
    dropped = _dropped(found)
    assert set(dropped) == {"candidate_unreachable", "candidate_held_back"}
    assert dropped["candidate_held_back"] > ASKED * 0.9
    assert (found["captured"] >= ASKED, found["missing"]) == (True, 0)


def _asked_some(primary: str, running: Shadow) -> dict[str, Any]:
    """Ask a little more, and return the accounting as it is then."""
    same_answers(primary, running.url, 20)
    accounting: dict[str, Any] = running.gate()[1]["accounting"]
    return accounting


def _dropped(accounting: dict[str, Any]) -> dict[str, int]:
    dropped: dict[str, int] = accounting["reasons"]["dropped"]
    return dropped
