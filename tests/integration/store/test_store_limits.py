"""A release takes a bounded number of rows, and what finds no row is counted all the same."""

import pytest

from shadow.model import OTHER, Endpoint, SignatureCounts
from shadow.store.limits import OTHER_ENDPOINT, StoreLimits
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

LIMITS = StoreLimits(max_endpoints=3, max_signatures_per_endpoint=2)


@pytest.fixture
def reader(engine):
    return StoreReader(engine)


def _at(number):
    return Endpoint(method="GET", template=f"/pages/{number}")


def test_endpoints_above_the_limit_are_counted_as_other(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", LIMITS)
    writer.commit(batch(*(compared(endpoint=_at(n)) for n in range(2)), first=1))
    writer.commit(batch(*(compared(endpoint=_at(n)) for n in range(5)), first=3))
    writer.commit(batch(*(compared(endpoint=_at(n)) for n in range(5)), first=8))
    endpoints = reader.counts(RELEASE).endpoints
    assert set(endpoints) == {_at(0), _at(1), _at(2), OTHER_ENDPOINT}
    assert endpoints[OTHER_ENDPOINT].compared == 4
    assert sum(counts.compared for counts in endpoints.values()) == 12


def test_two_writers_share_the_room_for_endpoints(engine, reader):
    one = StoreWriter(engine, RELEASE, "one", LIMITS)
    two = StoreWriter(engine, RELEASE, "two", LIMITS)
    for number in range(1, 5):
        one.commit(batch(compared(endpoint=_at(number)), line="one", first=number))
        two.commit(batch(compared(endpoint=_at(-number)), line="two", first=number))
    endpoints = reader.counts(RELEASE).endpoints
    assert set(endpoints) == {_at(1), _at(-1), _at(2), OTHER_ENDPOINT}
    assert endpoints[OTHER_ENDPOINT].compared == 5


def test_a_full_release_still_counts_its_own_endpoints_after_a_restart(engine, reader):
    StoreWriter(engine, RELEASE, "one", LIMITS).commit(
        batch(*(compared(endpoint=_at(n)) for n in range(9)))
    )
    StoreWriter(engine, RELEASE, "two", LIMITS).commit(
        batch(*(compared(endpoint=_at(n)) for n in range(3)), line="two")
    )
    endpoints = reader.counts(RELEASE).endpoints
    assert [endpoints[_at(n)].compared for n in range(3)] == [2, 2, 2]
    assert endpoints[OTHER_ENDPOINT].compared == 6


def test_locations_above_the_limit_are_counted_as_other_once_for_an_exchange(engine, reader):
    found = tuple(difference(f"$.f{n}") for n in range(6))
    writer = StoreWriter(engine, RELEASE, "one", LIMITS)
    writer.commit(batch(compared(differences=found), first=1))
    writer.commit(batch(compared(differences=found[3:]), compared(noise=found[4:]), first=2))
    assert reader.counts(RELEASE).signatures == {
        signature("$.f0"): SignatureCounts(only_candidate=1),
        signature("$.f1"): SignatureCounts(only_candidate=1),
        signature(OTHER): SignatureCounts(only_candidate=2, only_secondary=1),
    }
    assert reader.examples(RELEASE, signature(OTHER))


def test_excused_differences_without_room_stay_excused(engine, reader):
    found = tuple(difference(f"$.f{n}", excused_by="rounding") for n in range(3))
    StoreWriter(engine, RELEASE, "one", LIMITS).commit(
        batch(compared(differences=(*found, difference("$.real"))))
    )
    signatures = reader.counts(RELEASE).signatures
    assert signatures[signature(OTHER, excused_by="rounding")].only_candidate == 1
    assert signatures[signature(OTHER)].only_candidate == 1


def test_locations_of_endpoints_without_room_are_bounded_too(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", LIMITS)
    for number in range(1, 30):
        found = (difference(f"$.f{number}"),)
        writer.commit(batch(compared(endpoint=_at(number), differences=found), first=number))
    counts = reader.counts(RELEASE)
    assert rows_of(engine, "endpoints") == 4
    assert rows_of(engine, "signatures") == 3 + 3
    assert sum(c.only_candidate for c in counts.signatures.values()) == 29
