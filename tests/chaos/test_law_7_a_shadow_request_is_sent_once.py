"""Law 7: no retries, no redirects followed, a guard against loops on every shadow request."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.support.processes import proxy, target
from tests.support.user import User, same_answers


def journal_of(file: Path) -> list[list[str]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("mode", ["good", "close", "redirect", "garbage"])
def test_a_candidate_gets_each_request_once_whatever_it_answers(mode: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with (
        target() as primary,
        target(mode, mark="candidate", journal=journal) as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings="replay: {candidate: {breaker_failures: 1000}}",
        ) as shadow,
    ):
        same_answers(primary, f"http://127.0.0.1:{shadow.port}", 100)
        assert shadow.stop() == 0
    heads = journal_of(journal)
    assert Counter(head[0] for head in heads) == Counter(
        f"GET /items/{number} HTTP/1.1" for number in range(100)
    )
    assert all("x-shadow-loop-guard: 1" in head for head in heads)
    assert all("x-shadow-release: 2.4.0" in head for head in heads)


def test_a_request_that_bears_the_guard_reaches_production_and_no_candidate(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    with (
        target() as primary,
        target(mark="candidate", journal=journal) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        user = User(f"http://127.0.0.1:{shadow.port}")
        answer = user.get("/items/1", "x-shadow-loop-guard: 1")
        user.close()
        assert shadow.stop() == 0
        _, verdict = shadow.gate()
    assert b'"mark": "production"' in answer
    assert journal_of(journal) == []
    assert verdict["accounting"]["reasons"]["skipped"] == {"loop_guard": 1}


def test_two_shadows_in_a_row_do_not_shadow_each_others_copies(tmp_path: Path) -> None:
    inner_folder, outer_folder = tmp_path / "inner", tmp_path / "outer"
    inner_folder.mkdir()
    outer_folder.mkdir()
    with (
        target() as primary,
        target(mark="candidate") as candidate,
        proxy(inner_folder, primary=primary, candidate=candidate) as inner,
        proxy(outer_folder, primary=primary, candidate=f"http://127.0.0.1:{inner.port}") as outer,
    ):
        same_answers(primary, f"http://127.0.0.1:{outer.port}", 30)
        assert outer.stop() == 0
        assert inner.stop() == 0
        _, verdict = inner.gate()
    assert verdict["accounting"]["reasons"]["skipped"] == {"loop_guard": 30}
