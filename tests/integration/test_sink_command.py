"""`shadow sink` as its operator runs it: real processes, a mirror that writes raw requests."""

import resource
import socket
import time
from pathlib import Path
from typing import Any

from tests.support.processes import (
    Shadow,
    proxy,
    refused,
    shadow,
    target,
    until,
)
from tests.support.user import User

ACCEPTED = b"HTTP/1.1 202 Accepted"
OPTED_IN = """
capture:
  unsafe:
    - endpoint: POST /orders
      isolation: The candidate has a database of its own.
"""


def mirror(sink: Shadow, number: int, method: str = "GET", path: str = "/items/{}") -> None:
    with User(sink.url) as user:
        for n in range(number):
            answer = user.get(path.format(n), method=method)
            assert answer.startswith(ACCEPTED)


def settled(sink: Shadow) -> dict[str, Any]:
    """Stop the sink, and give its verdict."""
    assert sink.stop() == 0, sink.log.read_text()
    return sink.gate()[1]


def test_what_is_copied_is_compared_and_all_of_it_is_counted(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, command="sink") as sink,
    ):
        mirror(sink, 50)
        accounting = settled(sink)["accounting"]
        assert (accounting["captured"], accounting["compared"]) == (50, 50)
        said = sink.log.read_text()
        assert f"mirrors    {sink.url}" in said
        assert "engine" not in said


def test_a_primary_that_is_away_is_no_difference(tmp_path: Path) -> None:
    with (
        target() as candidate,
        proxy(tmp_path, primary=refused(), candidate=candidate, command="sink") as sink,
    ):
        mirror(sink, 30)
        verdict = settled(sink)
        assert verdict["decision"] == "INCONCLUSIVE"
        assert verdict["findings"] == []
        reasons = verdict["accounting"]["reasons"]
        primary_failed = reasons["skipped"].get("primary_failed", 0)
        held_back = reasons["dropped"].get("primary_held_back", 0)
        assert primary_failed
        assert primary_failed + held_back == verdict["accounting"]["captured"] == 30


def test_a_write_that_is_opted_in_is_still_not_sent_to_the_primary_again(tmp_path: Path) -> None:
    journal = tmp_path / "primary.jsonl"
    with (
        target(journal=journal) as primary,
        target() as candidate,
        proxy(
            tmp_path, primary=primary, candidate=candidate, settings=OPTED_IN, command="sink"
        ) as sink,
    ):
        mirror(sink, 5, "POST", "/orders")
        assert settled(sink)["accounting"]["reasons"]["skipped"] == {"method": 5}
        assert journal.read_text() == ""


def test_the_primary_itself_can_stand_for_the_secondary(tmp_path: Path) -> None:
    settings = "replay: {self: {share: 1, requests_per_second: 1000, delay_seconds: 0}}"
    with (
        target("stamped") as primary,
        target("stamped") as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            secondary="self",
            settings=settings,
            command="sink",
        ) as sink,
    ):
        mirror(sink, 40)
        verdict = settled(sink)
        assert verdict["accounting"]["compared"] == 40
        assert verdict["findings"] == []
        assert [each["location"] for each in verdict["noise"]] == ["$.at"]


def test_another_sink_takes_over_and_no_copy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, command="sink") as first,
        proxy(
            tmp_path / "next",
            primary=primary,
            candidate=candidate,
            port=first.port,
            store=first.store,
            command="sink",
        ) as second,
    ):
        until(lambda: "mirrors" in second.log.read_text(), "the second sink to listen")
        for _ in range(20):
            mirror(first, 1)
        assert first.stop() == 0
        for _ in range(20):
            mirror(second, 1)
        accounting = settled(second)["accounting"]
        assert (accounting["captured"], accounting["compared"]) == (40, 40)


def test_a_sink_without_descriptors_left_goes_on_when_there_are_some_again(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, command="sink") as sink,
    ):
        live = sink.live()
        resource.prlimit(live, resource.RLIMIT_NOFILE, (64, 64))
        flood = [socket.create_connection(("127.0.0.1", sink.port)) for _ in range(200)]
        time.sleep(0.2)
        for connection in flood:
            connection.close()
        until(lambda: _is_answered(sink), "an answer")
        assert sink.live() == live


def _is_answered(sink: Shadow) -> bool:
    try:
        mirror(sink, 1)
    except OSError:
        return False
    return True


def test_users_are_never_sent_to_a_sink(tmp_path: Path) -> None:
    config = tmp_path / "shadow.yaml"
    config.write_text("capture: {engine: sink}\n")
    targets = ("--primary", refused(), "--candidate", refused())
    done = shadow("proxy", "--release", "1", *targets, "--config", str(config))
    assert done.returncode == 2
    assert "`shadow sink` starts" in done.stderr


def test_a_sink_says_what_it_needs(tmp_path: Path) -> None:
    done = shadow("sink", "--release", "1", "--candidate", refused(), cwd=tmp_path)
    assert done.returncode == 2
    assert "give --primary" in done.stderr
