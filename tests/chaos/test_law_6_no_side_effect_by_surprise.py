"""Law 6: only safe methods are shadowed, unless the operator opts in, endpoint by endpoint."""

import json
from pathlib import Path

import pytest

from tests.support.processes import proxy, shadow, target
from tests.support.user import User

OPTED_IN = """
capture:
  unsafe:
    - endpoint: POST /search
      isolation: a search writes nothing
"""


def asked_of_the_candidate(journal: Path) -> list[str]:
    return [json.loads(line)[0] for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_a_method_that_may_write_reaches_production_alone(method: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    with (
        target() as primary,
        target(journal=journal) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as running,
    ):
        user = User(f"http://127.0.0.1:{running.port}")
        assert user.get("/items/1", "Content-Length: 0", method=method).startswith(b"HTTP/1.1 200")
        user.close()
        running.stop()
    assert asked_of_the_candidate(journal) == []


def test_an_endpoint_that_is_opted_in_is_shadowed_and_no_other(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    with (
        target() as primary,
        target(journal=journal) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings=OPTED_IN) as running,
    ):
        user = User(f"http://127.0.0.1:{running.port}")
        for path in ("/search?q=1", "/orders"):
            user.get(path, "Content-Length: 0", method="POST")
        user.close()
        running.stop()
    assert asked_of_the_candidate(journal) == ["POST /search?q=1 HTTP/1.1"]


def test_opting_in_without_saying_how_writes_are_isolated_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "shadow.yaml"
    config.write_text("capture:\n  unsafe:\n    - endpoint: POST /orders\n")
    done = shadow("check", "--config", str(config))
    assert done.returncode == 2
    assert "isolation" in done.stderr
