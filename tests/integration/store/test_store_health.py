"""Health over time adds up like all counts, and stays small however long a release runs."""

import multiprocessing
import threading

import pytest

from shadow.health.periods import PERIODS
from shadow.latency.sketch import HEALTH_SECONDS
from shadow.model import Asked, Health, HealthCounts, HealthSeries, Outcome, Timing
from shadow.store.engine import migrate, open_store
from shadow.store.review import ReviewReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    RELEASE,
    batch,
    compared,
    difference,
    ended,
    rows_of,
)

SINCE = 1_700_000_000.0
MINUTE = int(SINCE // 60) * 60
FINE = Asked(at=SINCE, candidate=Health.ANSWERED, secondary=Health.ANSWERED)
DAY = 86_400


def at(seconds, candidate=Health.ANSWERED, secondary=Health.ANSWERED):
    return Asked(at=SINCE + seconds, candidate=candidate, secondary=secondary)


def writer_of(engine, line="one", since=SINCE):
    return StoreWriter(engine, RELEASE, line, clock=lambda: since)


@pytest.fixture
def reader(engine):
    return ReviewReader(engine)


def test_what_became_of_the_candidate_is_counted_in_its_minute(engine, reader):
    timing = Timing(primary=0.02, candidate=0.05, secondary=0.02)
    writer_of(engine).commit(
        batch(
            compared(asked=FINE, timing=timing),
            compared(asked=FINE, differences=(difference(),)),
            compared(asked=at(120, candidate=Health.TIMEOUT)),
            ended(Outcome.DROPPED, "gone", asked=at(121, Health.UNREACHABLE, None)),
        )
    )
    assert reader.health(RELEASE) == HealthSeries(
        seconds=60,
        periods={
            MINUTE: HealthCounts(
                compared=2,
                differing=1,
                candidate={Health.ANSWERED: 2},
                secondary={Health.ANSWERED: 2},
                candidate_seconds={HEALTH_SECONDS.bucket(0.05): 1},
                secondary_seconds={HEALTH_SECONDS.bucket(0.02): 1},
            ),
            MINUTE + 120: HealthCounts(
                compared=1,
                candidate={Health.TIMEOUT: 1, Health.UNREACHABLE: 1},
                secondary={Health.ANSWERED: 1},
            ),
        },
    )


def test_only_what_differs_in_the_candidate_alone_and_is_not_excused_is_differing(engine, reader):
    excused = (difference(excused_by="rounding"),)
    noise = (difference(),)
    writer_of(engine).commit(
        batch(
            compared(asked=FINE, differences=excused),
            compared(asked=FINE, differences=noise, noise=noise),
            compared(asked=FINE, noise=noise),
            compared(asked=FINE, differences=noise, paired=False),
        )
    )
    (counts,) = reader.health(RELEASE).periods.values()
    assert (counts.compared, counts.differing) == (4, 1)


def test_exchanges_that_the_candidate_was_not_to_be_asked_are_left_out(engine, reader):
    writer_of(engine).commit(batch(ended(Outcome.UNINFORMATIVE, "not_modified")))
    assert reader.health(RELEASE).periods == {}
    assert reader.health("no such release").periods == {}


def test_a_delivery_is_counted_once_however_often_it_comes(engine, reader):
    once = batch(compared(asked=FINE), compared(asked=at(60)))
    writer_of(engine).commit(once)
    writer_of(engine).commit(once)
    writer_of(engine, line="heir").commit(once)
    counts = reader.health(RELEASE).periods
    assert [each.compared for each in counts.values()] == [1, 1]


def test_threads_of_several_lines_add_up(engine, reader):
    def commit_all(line):
        writer = writer_of(engine, line)
        for number in range(20):
            seen = (compared(asked=FINE), compared(asked=at(70, Health.TIMEOUT)))
            writer.commit(batch(*seen, line=line, first=2 * number + 1))

    threads = [threading.Thread(target=commit_all, args=(line,)) for line in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = reader.health(RELEASE).periods
    assert [each.candidate for each in counts.values()] == [
        {Health.ANSWERED: 40},
        {Health.TIMEOUT: 40},
    ]


def _commit_until_killed(url, line, many):
    engine = open_store(url)
    migrate(engine)
    writer = writer_of(engine, line)
    for number in range(1, many + 1):
        writer.commit(batch(compared(asked=at(number)), line=line, first=number))


def test_after_a_workers_death_health_says_what_the_counts_say(url, engine, reader):
    context = multiprocessing.get_context("spawn")
    killed = context.Process(target=_commit_until_killed, args=(url, "killed", 400))
    writer_of(engine, "heir").commit(batch(line="heir"))
    killed.start()
    while rows_of(engine, "health") < 4:
        pass
    killed.kill()
    killed.join()
    again = batch(*(compared(asked=at(n)) for n in range(1, 401)), line="killed")
    writer_of(engine, "heir").commit(again)
    counts = reader.health(RELEASE).periods.values()
    assert sum(each.compared for each in counts) == 400
    assert sum(each.candidate[Health.ANSWERED] for each in counts) == 400


def test_a_release_that_runs_for_long_is_read_in_few_periods_and_loses_nothing(engine, reader):
    writer = writer_of(engine)
    ages = range(0, 100 * DAY, 3 * 3_600)
    writer.commit(batch(*(compared(asked=at(age)) for age in ages)))
    found = reader.health(RELEASE)
    assert found.seconds == DAY // 2
    assert len(found.periods) <= PERIODS + 1
    assert sum(each.compared for each in found.periods.values()) == len(ages)
    assert all(start % found.seconds == 0 for start in found.periods)


def test_a_store_does_not_grow_with_traffic(engine):
    writer = writer_of(engine)
    timing = Timing(primary=1.0, candidate=1.0)
    for first in (1, 301, 601):
        seen = (compared(asked=at(n % 100), timing=timing) for n in range(300))
        writer.commit(batch(*seen, first=first))
    assert rows_of(engine, "health") == 6
    assert rows_of(engine, "health_latencies") == 2
