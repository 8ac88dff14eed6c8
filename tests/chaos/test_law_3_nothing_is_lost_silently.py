"""Law 3: every captured exchange ends in exactly one counted outcome, and the verdict says so."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

from tests.support.processes import Shadow, proxy, refused, target, until
from tests.support.user import User, same_answers


def accounting(shadow: Shadow) -> dict[str, Any]:
    _, verdict = shadow.gate()
    found: dict[str, Any] = verdict["accounting"]
    return found


def test_all_that_users_asked_is_accounted_for(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        target() as secondary,
        proxy(tmp_path, primary=primary, candidate=candidate, secondary=secondary) as shadow,
    ):
        same_answers(primary, f"http://127.0.0.1:{shadow.port}", 200)
        user = User(f"http://127.0.0.1:{shadow.port}")
        user.get("/items/1", "Content-Length: 0", method="POST")
        user.close()
        assert shadow.stop() == 0
        assert accounting(shadow) == {
            "captured": 201,
            "compared": 200,
            "uninformative": 0,
            "skipped": 1,
            "dropped": 0,
            "missing": 0,
            "reasons": {
                "compared": {},
                "uninformative": {},
                "skipped": {"method": 1},
                "dropped": {},
            },
        }


def test_workers_killed_again_and_again_lose_nothing(tmp_path: Path) -> None:
    asked = 600
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings="workers: 2") as shadow,
    ):
        through = f"http://127.0.0.1:{shadow.port}"
        users = threading.Thread(target=same_answers, args=(primary, through, asked))
        users.start()
        for _ in range(4):
            os.kill(until(shadow.workers)[0], signal.SIGKILL)
            users.join(0.7)
        users.join()
        until(lambda: accounting(shadow)["compared"] == asked, "all to be compared")
        assert shadow.stop() == 0
        assert accounting(shadow)["missing"] == 0
        assert accounting(shadow)["captured"] == asked


def test_what_does_not_fit_the_queue_is_dropped_and_counted(tmp_path: Path) -> None:
    with (
        target() as primary,
        target() as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings="capture: {queue_exchanges: 10}",
        ) as shadow,
    ):
        workers = until(shadow.workers)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        same_answers(primary, f"http://127.0.0.1:{shadow.port}", 50)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        assert shadow.stop() == 0
        found = accounting(shadow)
        assert (found["captured"], found["compared"], found["missing"]) == (50, 10, 0)
        assert found["reasons"]["dropped"] == {"queue_full": 40}


def test_a_live_process_that_is_killed_takes_no_more_than_it_held_and_the_sum_says_so(
    tmp_path: Path,
) -> None:
    with (
        target() as primary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        through = f"http://127.0.0.1:{shadow.port}"
        same_answers(primary, through, 100)
        until(lambda: accounting(shadow)["compared"] == 100, "all to be compared")
        until(lambda: accounting(shadow)["captured"] == 100, "the totals to be stored")
        os.kill(shadow.live(), signal.SIGKILL)
        until(lambda: _served(through), "another live process")
        assert shadow.stop() == 0
        found = accounting(shadow)
        outcomes = ("compared", "uninformative", "skipped", "dropped", "missing")
        assert found["captured"] == sum(found[outcome] for outcome in outcomes)
        assert found["compared"] >= 101


def test_a_candidate_that_is_not_there_is_counted_as_such(tmp_path: Path) -> None:
    with (
        target() as primary,
        proxy(tmp_path, primary=primary, candidate=refused()) as shadow,
    ):
        same_answers(primary, f"http://127.0.0.1:{shadow.port}", 60)
        assert shadow.stop() == 0
        found = accounting(shadow)
        assert (found["captured"], found["dropped"], found["missing"]) == (60, 60, 0)
        assert set(found["reasons"]["dropped"]) == {
            "candidate_unreachable",
            "candidate_held_back",
        }


def _served(through: str) -> bool:
    try:
        with User(through) as user:
            return bool(user.get("/items/1"))
    except OSError:
        return False
