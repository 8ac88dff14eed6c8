"""Noise learned from production itself, with real processes."""

import json
from pathlib import Path

from tests.support.processes import proxy, shadow, target
from tests.support.user import User

PASS, FAIL = 0, 1
USERS = 600
SELF = "secondary: self\nreplay: {self: {requests_per_second: 100, delay_seconds: 0.5}}\n"
OPTED_IN = """
capture: {unsafe: [{endpoint: POST /search, isolation: A search writes nothing.}]}
policy: {ignore_endpoints: ["POST *"]}
"""


def asked(journal: Path) -> list[list[str]]:
    """The heads of all requests that a target got."""
    return [json.loads(line) for line in journal.read_text().splitlines()]


def is_shadow(head: list[str]) -> bool:
    return "x-shadow-loop-guard: 1" in head


def browse(url: str, number: int) -> None:
    with User(url) as user:
        for n in range(number):
            assert user.get(f"/items/{n}").startswith(b"HTTP/1.1 200")


def test_timestamps_pass_and_production_gets_a_twentieth_more_of_safe_requests_alone(
    tmp_path: Path,
) -> None:
    journal, copies = tmp_path / "primary", tmp_path / "candidate"
    with (
        target("stamped", journal=journal) as primary,
        target("stamped", journal=copies) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings=SELF + OPTED_IN) as running,
    ):
        browse(running.url, USERS)
        with User(running.url) as user:
            for n in range(40):
                user.get(f"/search?q={n}", "Content-Length: 0", method="POST")
        assert running.stop() == 0
        code, verdict = running.gate()
    again = [head for head in asked(journal) if is_shadow(head)]
    assert len(asked(journal)) - len(again) == USERS + 40
    assert USERS * 0.02 <= len(again) <= USERS * 0.09
    assert all(head[0].startswith("GET /items/") for head in again)
    assert sum(head[0].startswith("POST") for head in asked(copies)) == 40
    assert (code, verdict["decision"]) == (PASS, "PASS"), verdict["reasons"]
    assert (verdict["noise_known"], verdict["noise_from"]) == (True, "self")
    assert sum(each["paired"] for each in verdict["endpoints"]) == len(again)
    assert verdict["noise"][0]["location"] == "$.at"
    told = "\n".join(verdict["reasons"])
    assert f"asked again in {len(again)} of {USERS + 40} comparisons" in told


def test_a_regression_beside_a_timestamp_is_the_one_finding(tmp_path: Path) -> None:
    with (
        target("stamped") as primary,
        target("stamped", mark="pre-release") as worse,
        proxy(tmp_path, primary=primary, candidate=worse, settings=SELF) as running,
    ):
        browse(running.url, USERS)
        assert running.stop() == 0
        code, verdict = running.gate()
    assert (code, verdict["decision"]) == (FAIL, "FAIL")
    assert [finding["location"] for finding in verdict["findings"]] == ["$.mark"]
    assert f" of {verdict['findings'][0]['paired']} as noise" in verdict["reasons"][0]


def test_what_waits_to_be_asked_again_is_not_lost_when_shadow_stops(tmp_path: Path) -> None:
    journal = tmp_path / "primary"
    journal.touch()
    settings = "secondary: self\nreplay: {self: {share: 1, delay_seconds: 3}}\n"
    with (
        target("stamped", journal=journal) as primary,
        target("stamped") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings=settings) as running,
    ):
        browse(running.url, 4)
        assert running.stop() == 0
        _, verdict = running.gate()
    assert verdict["accounting"]["compared"] == verdict["accounting"]["captured"] == 4
    assert sum(map(is_shadow, asked(journal))) == 4
    assert sum(each["paired"] for each in verdict["endpoints"]) == 4


def test_check_and_worker_know_what_self_takes(tmp_path: Path) -> None:
    common = ("--release", "1", "--secondary", "self")
    store = f"sqlite:///{tmp_path / 'shadow.db'}"
    with target() as primary, target() as candidate:
        done = shadow(
            "check",
            *common,
            *("--primary", primary, "--candidate", candidate, "--store", store),
            *("--listen", "127.0.0.1:0"),
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "secondary: self" in done.stdout + done.stderr
    done = shadow("worker", *common, "--candidate", "http://127.0.0.1:1", "--store", store)
    assert done.returncode == 2
    assert "primary" in done.stderr
