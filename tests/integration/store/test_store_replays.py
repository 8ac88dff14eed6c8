"""A line that several workers count on, and how far it is."""

import threading

from shadow.model import DeliveryId
from shadow.store.ledger import Ledger
from shadow.store.reader import StoreReader
from shadow.store.replays import ledgers_of
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import ITEMS, RELEASE, batch, compared

LINE = "replay/a/b/c/1"


def writer(engine):
    return StoreWriter(engine, RELEASE, LINE, shared=True)


def test_workers_on_one_line_count_each_number_once(engine):
    first, second = writer(engine), writer(engine)
    first.commit(batch(compared(), line=LINE, first=1))
    second.commit(batch(compared(), line=LINE, first=2))
    first.commit(batch(compared(), line=LINE, first=2))
    first.commit(batch(compared(), line=LINE, first=3))
    second.commit(batch(compared(), line=LINE, first=3))
    assert second.was_counted(DeliveryId(line=LINE, number=3))
    assert StoreReader(engine).counts(RELEASE).endpoints[ITEMS].compared == 3
    assert ledgers_of(engine, RELEASE, "replay/") == {LINE: Ledger(upto=3)}


def test_workers_on_one_line_at_the_same_time_lose_nothing(engine):
    def commit_all(numbers):
        own = writer(engine)
        for number in numbers:
            own.commit(batch(compared(), line=LINE, first=number))

    threads = [
        threading.Thread(target=commit_all, args=(range(start, 61, 2),)) for start in (1, 2, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert StoreReader(engine).counts(RELEASE).endpoints[ITEMS].compared == 60
    assert ledgers_of(engine, RELEASE, "replay/") == {LINE: Ledger(upto=60)}


def test_only_lines_that_begin_so_are_told(engine):
    StoreWriter(engine, RELEASE, "other").commit(batch(compared(), line="other", first=1))
    StoreWriter(engine, "another", LINE).commit(batch(compared(), line=LINE, first=1))
    writer(engine).commit(batch(compared(), line=LINE, first=5))
    assert ledgers_of(engine, RELEASE, "replay/") == {LINE: Ledger(upto=0, spans=((5, 5),))}
    assert ledgers_of(engine, RELEASE, "repl_y/") == {}
