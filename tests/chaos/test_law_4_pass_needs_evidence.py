"""Law 4: no traffic, too little of it, too much of it lost, or no candidate is never PASS."""

from pathlib import Path

import pytest

from tests.support.processes import proxy, refused, shadow, target
from tests.support.user import same_answers

INCONCLUSIVE = 3


def test_no_traffic_is_inconclusive(tmp_path: Path) -> None:
    with target() as primary, proxy(tmp_path, primary=primary, candidate=refused()) as running:
        running.stop()
        code, verdict = running.gate()
    assert (code, verdict["decision"]) == (INCONCLUSIVE, "INCONCLUSIVE")


def test_too_little_traffic_is_inconclusive_and_says_how_much_is_missing(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as running,
    ):
        same_answers(primary, f"http://127.0.0.1:{running.port}", 20)
        running.stop()
        code, verdict = running.gate()
    assert code == INCONCLUSIVE
    assert any("more" in reason for reason in verdict["reasons"])


def test_enough_traffic_without_a_difference_passes(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        target() as secondary,
        proxy(tmp_path, primary=primary, candidate=candidate, secondary=secondary) as running,
    ):
        same_answers(primary, f"http://127.0.0.1:{running.port}", 600)
        running.stop()
        code, verdict = running.gate()
    assert (code, verdict["decision"]) == (0, "PASS"), verdict["reasons"]


@pytest.mark.parametrize("mode", ["refuses", "hang", "close"])
def test_a_candidate_that_was_down_is_inconclusive(mode: str, tmp_path: Path) -> None:
    settings = "replay: {candidate: {timeout_seconds: 0.2}}"
    with target() as primary, target(mode if mode != "refuses" else "good") as there:
        candidate = refused() if mode == "refuses" else there
        with proxy(tmp_path, primary=primary, candidate=candidate, settings=settings) as running:
            same_answers(primary, f"http://127.0.0.1:{running.port}", 300)
            running.stop()
            code, verdict = running.gate()
    assert code == INCONCLUSIVE, verdict["reasons"]


def test_a_release_nobody_has_heard_of_is_never_a_pass(tmp_path: Path) -> None:
    done = shadow("gate", "--release", "1.0", "--store", f"sqlite:///{tmp_path}/none.db")
    assert done.returncode in {INCONCLUSIVE, 4}
