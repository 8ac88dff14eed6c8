"""A live process that watches itself: users are served whatever it stops, and all is counted."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.load import put_load
from tests.support.processes import Shadow, fast_server, proxy, target, until
from tests.support.user import same_answers

PROBING = {"SHADOW_CAPTURE__GUARD__PROBE": "true"}


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture(scope="module")
def candidate() -> Iterator[str]:
    with target() as url:
        yield url


def accounting(running: Shadow) -> dict[str, Any]:
    assert running.stop() == 0
    found: dict[str, Any] = running.gate()[1]["accounting"]
    assert found["missing"] == 0
    return found


def test_above_the_ceiling_nothing_is_captured_and_users_are_served(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    # Less than a live process takes when it has just started.
    settings = "capture: {max_memory_bytes: 67108864}\n"
    with proxy(tmp_path, primary=primary, candidate=candidate, settings=settings) as running:
        until(lambda: "capture stops" in running.log.read_text())
        assert same_answers(primary, running.url, 20) == 20
        found = accounting(running)
        log = running.log.read_text()
    assert (found["captured"], found["dropped"]) == (20, 20)
    assert found["reasons"]["dropped"] == {"memory": 20}
    assert log.count("may take 64 (capture.max_memory_bytes)") == 1


def test_near_the_ceiling_capture_stops_and_goes_on_when_workers_have_caught_up(
    tmp_path: Path,
) -> None:
    # A full queue and all else take some 355 of 375 MiB: above 90 %, and below the ceiling, however
    # much comes between two looks.
    settings = """
capture: {max_memory_bytes: 393216000, queue_bytes: 268435456, queue_exchanges: 100000}
"""
    with (
        fast_server("large") as primary,
        fast_server("large") as candidate,
        proxy(
            tmp_path,
            primary=f"http://127.0.0.1:{primary}",
            candidate=f"http://127.0.0.1:{candidate}",
            settings=settings,
        ) as running,
    ):
        for worker in until(running.workers):
            os.kill(worker, signal.SIGSTOP)
        until(lambda: put_load(running.port, connections=4, seconds=1) and _says(running, "more"))
        for worker in running.workers():
            os.kill(worker, signal.SIGCONT)
        until(lambda: _says(running, "capture goes on"))
        found = accounting(running)
    assert found["reasons"]["dropped"]["memory"] > 0
    assert found["compared"] > 0


def _says(running: Shadow, what: str) -> bool:
    return what in running.log.read_text()


def test_when_too_much_is_added_less_is_captured_and_nothing_in_the_end(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    # Every timer is later than that.
    environment = {"SHADOW_CAPTURE__GUARD__MAX_ADDED_MS": "0.001"}
    with proxy(tmp_path, primary=primary, candidate=candidate, environment=environment) as running:
        same_answers(primary, running.url, 5)
        until(lambda: _says(running, "0.5 of the sample is captured"))
        until(lambda: _says(running, "capture stops"))
        assert same_answers(primary, running.url, 20) == 20
        found = accounting(running)
    assert (found["captured"], found["compared"]) == (25, 5)
    assert found["reasons"]["dropped"] == {"added_latency": 20}


def test_probes_reach_the_primary_alone_and_are_no_exchanges(tmp_path: Path) -> None:
    journal, copies = tmp_path / "primary", tmp_path / "candidate"
    settings = "capture: {guard: {probe_seconds: 0.1, probe_request: GET /items/9}}\n"
    with (
        target(journal=journal) as primary,
        target(journal=copies) as candidate,
        proxy(
            tmp_path, primary=primary, candidate=candidate, settings=settings, environment=PROBING
        ) as running,
    ):
        same_answers(primary, running.url, 10)
        until(lambda: len(_probes(journal)) >= 8)
        found = accounting(running)
        log = running.log.read_text()
    assert (found["captured"], found["compared"], found["skipped"]) == (10, 10, 0)
    assert all(head[0] == "GET /items/9 HTTP/1.1" for head in _probes(journal))
    assert not _probes(copies)
    assert "cannot be probed" not in log


def _probes(journal: Path) -> list[list[str]]:
    heads = [json.loads(line) for line in journal.read_text().splitlines()]
    return [head for head in heads if any("loop-guard: probe-" in line.lower() for line in head)]


def test_that_the_primary_cannot_be_probed_is_told_once_and_changes_nothing(
    candidate: str, tmp_path: Path
) -> None:
    settings = "capture: {guard: {probe_seconds: 0.1}}\n"
    with (
        target("close") as primary,
        proxy(
            tmp_path, primary=primary, candidate=candidate, settings=settings, environment=PROBING
        ) as running,
    ):
        until(lambda: _says(running, "the primary cannot be probed"))
        found = accounting(running)
        assert running.log.read_text().count("cannot be probed") == 1
    assert found["captured"] == 0


def test_a_target_rate_leaves_out_what_is_above_it_and_counts_it(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    settings = "capture: {target_rate: 0.1}\n"
    with proxy(tmp_path, primary=primary, candidate=candidate, settings=settings) as running:
        same_answers(primary, running.url, 200)
        found = accounting(running)
    assert found["captured"] == found["compared"] + found["skipped"] == 200
    assert set(found["reasons"]["skipped"]) == {"target_rate"}
    assert found["skipped"] > 100
