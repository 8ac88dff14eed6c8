"""Several workers and readers at once: nothing is lost, and readers see whole batches."""

import multiprocessing
import threading
import time

from shadow.model import DeliveryId, Outcome, OutcomeKey
from shadow.store.engine import open_store
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    ITEMS,
    RELEASE,
    batch,
    commit_many,
    compared,
    difference,
)

BATCHES = 500
MOST = 400


def test_two_processes_lose_nothing(url):
    context = multiprocessing.get_context("spawn")
    lines = ("one", "two")
    workers = [context.Process(target=commit_many, args=(url, n, BATCHES)) for n in lines]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    engine = open_store(url)
    counts = StoreReader(engine).counts(RELEASE)
    engine.dispose()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert counts.endpoints[ITEMS].compared == 2 * BATCHES
    assert sum(c.only_candidate for c in counts.signatures.values()) == 2 * BATCHES


def test_what_a_killed_worker_left_is_counted_once_by_the_next(url, engine):
    context = multiprocessing.get_context("spawn")
    killed = context.Process(target=commit_many, args=(url, "killed", MOST))
    StoreWriter(engine, RELEASE, "heir").commit(batch(line="heir"))
    killed.start()
    while StoreReader(engine).releases()[0].compared < 30:
        time.sleep(0.01)
    killed.kill()
    killed.join()
    heir = StoreWriter(engine, RELEASE, "heir")
    left = [
        n for n in range(1, MOST + 1) if not heir.was_counted(DeliveryId(line="killed", number=n))
    ]
    for number, _ in enumerate(left, start=1):
        heir.commit(batch(compared(), line="heir", first=number))
    assert StoreReader(engine).counts(RELEASE).endpoints[ITEMS].compared == MOST


def test_readers_see_whole_batches_while_writers_write(engine):
    pairs = (compared(differences=(difference(),)), compared(noise=(difference(),)))
    writers = [
        threading.Thread(target=_commit_all, args=(engine, line, pairs)) for line in ("one", "two")
    ]
    StoreWriter(engine, RELEASE, "first").commit(batch(*pairs, line="first"))
    for writer in writers:
        writer.start()
    seen = [_numbers(engine)]
    while any(writer.is_alive() for writer in writers):
        seen.append(_numbers(engine))
    seen.append(_numbers(engine))
    assert all(total == alone + other and alone == other for total, alone, other in seen)
    assert seen == sorted(seen)
    assert seen[-1] == (82, 41, 41)


def _commit_all(engine, line, observations):
    writer = StoreWriter(engine, RELEASE, line)
    for number in range(20):
        writer.commit(batch(*observations, line=line, first=2 * number + 1))


def _numbers(engine):
    counts = StoreReader(engine).counts(RELEASE)
    (found,) = counts.signatures.values()
    ended = counts.accounting.outcomes[OutcomeKey(outcome=Outcome.COMPARED)]
    assert counts.endpoints[ITEMS].compared == ended
    return ended, found.only_candidate, found.only_secondary


def test_writers_that_meet_new_signatures_in_any_order_do_not_stop_each_other(engine):
    found = tuple(difference(f"$.f{number}") for number in range(40))
    threads = [
        threading.Thread(target=_commit_each, args=(engine, line, order))
        for line, order in (("one", found), ("two", found[::-1]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    signatures = StoreReader(engine).counts(RELEASE).signatures
    assert len(signatures) == 40
    assert {counts.only_candidate for counts in signatures.values()} == {2}


def _commit_each(engine, line, differences):
    writer = StoreWriter(engine, RELEASE, line)
    for number, found in enumerate(differences, start=1):
        writer.commit(batch(compared(differences=(found,)), line=line, first=number))
