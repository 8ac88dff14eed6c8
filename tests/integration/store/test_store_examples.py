"""Examples: a bounded number for each signature, as they were."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from shadow.errors import UnavailableError
from shadow.model import Failure, FailureKind
from shadow.store.limits import StoreLimits
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    RELEASE,
    batch,
    compared,
    difference,
    example,
    rows_of,
    signature,
)


@pytest.fixture
def reader(engine):
    return StoreReader(engine)


@pytest.fixture
def writer(engine):
    return StoreWriter(engine, RELEASE, "one")


def _commit_one_by_one(writer, count):
    for number in range(1, count + 1):
        found = compared(f"x-{number}", differences=(difference(), difference("$.name")))
        writer.commit(batch(found, first=number))


def test_an_example_comes_back_exactly(writer, reader):
    shown = example(differences=(difference(), replace(difference("$.é"), primary=None)))
    writer.commit(batch(compared(differences=shown.differences, example=shown)))
    assert reader.examples(RELEASE, signature()) == (shown,)


def test_an_example_of_a_failure_comes_back_exactly(writer, reader):
    late = Failure(kind=FailureKind.TIMEOUT, detail="after 5 s", seconds=5.0)
    shown = replace(example(), candidate=late)
    writer.commit(batch(compared(differences=(difference(),), example=shown)))
    assert reader.examples(RELEASE, signature()) == (shown,)


def test_bodies_that_are_too_large_are_cut_with_a_mark(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", StoreLimits(max_example_bytes=1000))
    shown = example(body=b"z" * 5000)
    writer.commit(batch(compared(differences=(difference(),), example=shown)))
    (kept,) = reader.examples(RELEASE, signature())
    assert kept.primary.body.startswith(b"zzz")
    assert kept.primary.body.endswith(b"[cut: 5000 bytes in all]")
    assert kept.candidate == shown.candidate


def test_the_first_three_examples_stay_and_the_others_are_a_sample(writer, reader):
    _commit_one_by_one(writer, 60)
    kept = [found.exchange_id for found in reader.examples(RELEASE, signature(), most=100)]
    assert kept[:3] == ["x-1", "x-2", "x-3"]
    assert len(kept) == 5
    assert set(kept[3:]) != {"x-4", "x-5"}


def test_only_as_many_examples_as_asked_for_are_read(writer, reader):
    _commit_one_by_one(writer, 4)
    assert len(reader.examples(RELEASE, signature())) == 1
    assert len(reader.examples(RELEASE, signature(), most=2)) == 2


def test_an_exchange_is_kept_once_however_many_signatures_it_shows(engine, writer, reader):
    _commit_one_by_one(writer, 40)
    assert rows_of(engine, "signature_examples") == 10
    assert rows_of(engine, "examples") == 5


def test_batches_of_any_size_keep_the_same_examples(engine, writer, reader):
    _commit_one_by_one(writer, 40)
    numbers = range(1, 41)
    both = (difference(), difference("$.name"))
    at_once = [compared(f"x-{number}", differences=both) for number in numbers]
    StoreWriter(engine, "at once", "one").commit(batch(*at_once))
    expected = reader.examples(RELEASE, signature(), most=9)
    assert reader.examples("at once", signature(), most=9) == expected


def test_a_store_may_keep_no_examples_at_all(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", StoreLimits(examples_per_signature=0))
    writer.commit(batch(compared(differences=(difference(),))))
    assert reader.examples(RELEASE, signature()) == ()
    assert reader.counts(RELEASE).signatures[signature()].only_candidate == 1


def test_a_signature_nobody_saw_has_no_examples(writer, reader):
    writer.commit(batch())
    assert reader.examples(RELEASE, signature()) == ()


def test_a_damaged_example_says_so(engine, writer, reader):
    _commit_one_by_one(writer, 1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE examples SET content = :damaged"), {"damaged": b"\x00"})
    with pytest.raises(UnavailableError, match="example in the store cannot be read"):
        reader.examples(RELEASE, signature())
