"""Renamings at rest: they add up over writers, and take a bounded number of rows."""

from dataclasses import replace

from shadow.store.limits import StoreLimits
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    RELEASE,
    batch,
    compared,
    difference,
    rows_of,
    signature,
)


def _renamed(*locations, **fields):
    places = tuple(replace(difference(location), renaming=1) for location in locations)
    return compared(differences=places, example=None, **fields)


def test_renamings_of_any_writers_add_up(engine):
    observations = (_renamed("$.id", "$.by"), _renamed("$.by", "$.id"), _renamed("$.id", "$.at"))
    for number, each in enumerate((*observations, compared()), start=1):
        line = f"line-{number % 2}"
        StoreWriter(engine, RELEASE, line).commit(batch(each, line=line, first=number))
    counts = StoreReader(engine).counts(RELEASE)
    assert counts.renamings == {
        (signature("$.by"), signature("$.id")): 2,
        (signature("$.at"), signature("$.id")): 1,
    }


def test_above_the_limit_renamings_take_no_rows_and_their_places_are_counted_all_the_same(engine):
    limits = StoreLimits(max_renamings_per_endpoint=2)
    for line in ("one", "two"):
        seen = (_renamed("$.id", f"$.f{number}") for number in range(5))
        StoreWriter(engine, RELEASE, line, limits).commit(batch(*seen, line=line))
    assert (rows_of(engine, "renamings"), rows_of(engine, "renaming_signatures")) == (2, 4)
    counts = StoreReader(engine).counts(RELEASE)
    assert sum(counts.renamings.values()) == 4
    assert counts.signatures[signature("$.f4")].only_candidate == 2


def test_a_release_reads_its_own_renamings(engine):
    StoreWriter(engine, RELEASE, "one").commit(batch(_renamed("$.id", "$.by")))
    StoreWriter(engine, "other", "one").commit(batch(compared()))
    assert StoreReader(engine).counts("other").renamings == {}
