"""Health over time, with real processes: it says what the accounting says, and when it was."""

import time
from pathlib import Path

from shadow.model import Health, HealthSeries
from shadow.store.engine import open_store
from shadow.store.review import ReviewReader
from tests.support.processes import Shadow, proxy, target
from tests.support.user import User

ASKED = 40
NOT_THERE = "http://127.0.0.1:9"


def ask(url: str) -> None:
    with User(url) as user:
        for number in range(ASKED):
            assert user.get(f"/items/{number}").startswith(b"HTTP/1.1 200")


def health_of(running: Shadow) -> HealthSeries:
    engine = open_store(running.store)
    try:
        return ReviewReader(engine).health(running.release)
    finally:
        engine.dispose()


def test_each_exchange_is_in_it_once_with_both_times(tmp_path: Path) -> None:
    begun = time.time()
    with (
        target() as primary,
        target() as secondary,
        target() as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, secondary=secondary) as running,
    ):
        ask(running.url)
        assert running.stop() == 0
    series = health_of(running)
    total = series.total
    assert total.compared == ASKED
    assert total.candidate == total.secondary == {Health.ANSWERED: ASKED}
    times = (total.candidate_seconds, total.secondary_seconds)
    assert [sum(buckets.values()) for buckets in times] == [ASKED, ASKED]
    assert all(begun - 60 <= start <= time.time() for start in series.periods)


def test_a_candidate_that_is_away_is_seen_to_be(tmp_path: Path) -> None:
    with (
        target() as primary,
        proxy(tmp_path, primary=primary, candidate=NOT_THERE) as running,
    ):
        ask(running.url)
        assert running.stop() == 0
    total = health_of(running).total
    _, verdict = running.gate()
    dropped = verdict["accounting"]["reasons"]["dropped"]
    assert sum(dropped.values()) == ASKED
    assert set(dropped) <= {"candidate_unreachable", "candidate_held_back"}
    assert (total.failed, total.compared) == (sum(total.candidate.values()), 0)
    assert total.candidate[Health.UNREACHABLE] == dropped["candidate_unreachable"]
    # What came when no worker had use for it any more, none of them has seen.
    assert total.candidate.get(Health.NOT_ASKED, 0) <= dropped.get("candidate_held_back", 0)
