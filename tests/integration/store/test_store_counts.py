"""The store's contract: what is committed is counted, each delivery once."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.errors import UsageError
from shadow.model import (
    DeliveryId,
    DifferenceKind,
    Drop,
    Endpoint,
    EndpointCounts,
    NoiseSource,
    Outcome,
    OutcomeKey,
    SignatureCounts,
    Skip,
    Uninformative,
)
from shadow.pipeline import Batch
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    ITEMS,
    RELEASE,
    batch,
    compared,
    difference,
    ended,
    live,
    signature,
)
from tests.support.effort import examples


@pytest.fixture
def reader(engine):
    return StoreReader(engine)


def test_what_production_could_be_asked_again_for_adds_up(engine, reader):
    asked = {"noise_from": NoiseSource.SELF}
    for line, paired in (("one", True), ("two", False)):
        writer = StoreWriter(engine, RELEASE, line)
        writer.commit(batch(compared(paired=paired, **asked), compared(), line=line))
    counts = reader.counts(RELEASE).endpoints[ITEMS]
    assert (counts.compared, counts.paired, counts.self_sampled) == (4, 3, 2)


def test_two_writers_increments_add_up(engine, reader):
    one, two = StoreWriter(engine, RELEASE, "one"), StoreWriter(engine, RELEASE, "two")
    for number in range(1, 6):
        one.commit(batch(compared(differences=(difference(),)), line="one", first=number))
        two.commit(batch(compared(noise=(difference(),)), line="two", first=number))
    counts = reader.counts(RELEASE)
    assert counts.signatures == {signature(): SignatureCounts(only_candidate=5, only_secondary=5)}
    assert counts.endpoints == {
        ITEMS: EndpointCounts(
            compared=10, paired=10, statuses={"2xx": 10}, compared_statuses={"2xx": 10}
        )
    }


def test_outcomes_are_counted_by_endpoint_and_reason(engine, reader):
    StoreWriter(engine, RELEASE, "one").commit(
        batch(
            compared(paired=False, differences=(difference(),)),
            ended(Outcome.UNINFORMATIVE, Uninformative.NOT_MODIFIED, status=304),
            ended(Outcome.DROPPED, Drop.CANDIDATE_UNREACHABLE),
            ended(Outcome.DROPPED, Drop.CANDIDATE_HELD_BACK),
        )
    )
    counts = reader.counts(RELEASE)
    assert counts.endpoints[ITEMS] == EndpointCounts(
        compared=1,
        uninformative=1,
        dropped=2,
        statuses={"2xx": 3, "3xx": 1},
        compared_statuses={"2xx": 1},
    )
    assert counts.signatures == {signature(): SignatureCounts(unpaired=1)}
    assert counts.accounting.outcomes == {
        OutcomeKey(outcome=Outcome.COMPARED): 1,
        OutcomeKey(outcome=Outcome.UNINFORMATIVE, reason=Uninformative.NOT_MODIFIED): 1,
        OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_UNREACHABLE): 1,
        OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.CANDIDATE_HELD_BACK): 1,
    }


def test_releases_are_counted_apart(engine, reader):
    StoreWriter(engine, "2.4.0", "one").commit(batch(compared()))
    StoreWriter(engine, "2.4.1", "one").commit(batch(compared(), compared()))
    assert reader.counts("2.4.0").endpoints[ITEMS].compared == 1
    assert reader.counts("2.4.1").endpoints[ITEMS].compared == 2


_numbers = itertools.count()
_places = st.sets(st.sampled_from(["$.a", "$.b"])).map(
    lambda places: tuple(difference(place) for place in sorted(places))
)
_observations = st.lists(
    st.builds(compared, differences=_places, noise=_places, paired=st.booleans()),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(observations=_observations, data=st.data())
def test_any_split_and_order_of_batches_gives_the_same_counts(engine, reader, observations, data):
    # Hypothesis may draw a name again, and the database outlives an example.
    number = next(_numbers)
    whole, split = f"whole-{number}", f"split-{number}"
    deliveries = batch(*observations).counted
    StoreWriter(engine, whole, "one").commit(Batch(counted=deliveries))
    writer, waiting = StoreWriter(engine, split, "one"), data.draw(st.permutations(deliveries))
    while waiting:
        size = data.draw(st.integers(min_value=1, max_value=len(waiting)))
        writer.commit(Batch(counted=tuple(waiting[:size])))
        waiting = waiting[size:]
    expected, found = reader.counts(whole), reader.counts(split)
    assert found.signatures == expected.signatures
    assert found.endpoints == expected.endpoints
    assert found.accounting == expected.accounting


def test_a_redelivered_batch_counts_once(engine, reader):
    writer, sent = StoreWriter(engine, RELEASE, "one"), batch(compared(), compared())
    writer.commit(sent)
    writer.commit(sent)
    StoreWriter(engine, RELEASE, "one").commit(sent)
    assert reader.counts(RELEASE).endpoints[ITEMS].compared == 2


def test_a_delivery_twice_in_one_batch_counts_once(engine, reader):
    once = batch(compared()).counted
    StoreWriter(engine, RELEASE, "one").commit(Batch(counted=once * 2))
    assert reader.counts(RELEASE).endpoints[ITEMS].compared == 1


def test_deliveries_that_finish_out_of_order_are_told_apart(engine):
    writer = StoreWriter(engine, RELEASE, "one")
    writer.commit(batch(compared(), first=3))
    writer.commit(batch(compared(), first=1))
    fresh = StoreWriter(engine, RELEASE, "two")
    for asked in (writer, fresh):
        counted = [asked.was_counted(DeliveryId(line="one", number=n)) for n in (1, 2, 3, 4)]
        assert counted == [True, False, True, False]


def test_what_a_dead_worker_committed_is_known_to_the_next_one(engine, reader):
    StoreWriter(engine, RELEASE, "dead").commit(batch(compared(), line="dead"))
    heir = StoreWriter(engine, RELEASE, "heir")
    assert heir.was_counted(DeliveryId(line="dead", number=1))
    assert not heir.was_counted(DeliveryId(line="dead", number=2))
    assert not heir.was_counted(DeliveryId(line="never seen", number=1))
    heir.commit(batch(compared(), line="dead", first=1))
    heir.commit(batch(compared(), line="dead", first=2))
    assert reader.counts(RELEASE).endpoints[ITEMS].compared == 2


def test_live_counts_replace_those_before_and_never_go_back(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one")
    writer.commit(batch(live=(live(captured=10, skipped=2), live(captured=30, skipped=5))))
    writer.commit(batch(live=(live(captured=20, skipped=4),)))
    writer.commit(batch(live=(live("live-2", captured=100, dropped=7),)))
    accounting = reader.counts(RELEASE).accounting
    assert accounting.captured == 130
    assert accounting.total(Outcome.SKIPPED) == 5
    assert accounting.total(Outcome.DROPPED) == 7


def test_accounting_adds_live_and_worker_outcomes_of_the_same_reason(engine, reader):
    dropped = ended(Outcome.DROPPED, "why")
    StoreWriter(engine, RELEASE, "one").commit(batch(dropped, live=(live(captured=3, dropped=2),)))
    accounting = reader.counts(RELEASE).accounting
    assert accounting.outcomes == {OutcomeKey(outcome=Outcome.DROPPED, reason="why"): 3}
    assert accounting.missing == 0


def test_releases_are_listed_with_the_one_changed_last_first(engine, reader):
    early, late = iter(range(100, 200)), iter(range(1000, 1100))
    old = StoreWriter(engine, "2.4.0", "one", clock=lambda: next(early))
    old.commit(batch(compared(), live=(live(captured=4, skipped=1),)))
    StoreWriter(engine, "2.4.1", "one", clock=lambda: next(late)).commit(batch())
    newest, oldest = reader.releases()
    assert (newest.name, newest.captured, newest.compared) == ("2.4.1", 0, 0)
    assert (oldest.name, oldest.captured, oldest.compared) == ("2.4.0", 4, 1)
    assert oldest.created_at == 100
    assert 100 < oldest.updated_at < 200


def test_a_report_of_a_live_process_updates_its_release(engine, reader):
    StoreWriter(engine, RELEASE, "one", clock=lambda: 100.0).commit(batch(compared()))
    reporter = StoreWriter(engine, RELEASE, "live-1", clock=lambda: 500.0)
    reporter.commit(Batch(live=(live(captured=3),)))
    assert [row.updated_at for row in reader.releases()] == [500.0]


def test_a_report_leaves_the_ledger_of_a_line_alone(engine, reader):
    counting, reporting = StoreWriter(engine, RELEASE, "one"), StoreWriter(engine, RELEASE, "one")
    reporting.commit(Batch(live=(live(captured=3),)))
    counting.commit(batch(compared()))
    reporting.commit(Batch(live=(live(captured=4),)))
    StoreWriter(engine, RELEASE, "one").commit(batch(compared()))
    assert reader.counts(RELEASE).endpoints[ITEMS].compared == 1


def test_an_unknown_release_is_answered_with_the_known_ones_nearest_first(engine, reader):
    for name in ("nightly", "2.4.0", "2.3.9"):
        StoreWriter(engine, name, "one").commit(batch())
    with pytest.raises(UsageError, match=r"'2\.4\.O'.* it has 2\.4\.0, 2\.3\.9, nightly$"):
        reader.counts("2.4.O")


def test_an_unknown_release_of_an_empty_store_says_what_to_start(reader):
    with pytest.raises(UsageError, match="start `shadow proxy`"):
        reader.counts(RELEASE)


@pytest.mark.parametrize("name", ["", "nul\0", "x" * 600])
def test_a_release_name_that_cannot_be_kept_is_refused(engine, name):
    with pytest.raises(UsageError, match="release needs a name"):
        StoreWriter(engine, name, "one")


def test_texts_that_no_database_takes_are_kept_apart(engine, reader):
    hostile = ("$.\0", "$.\\u0000", "$.\ud800", "$." + "é" * 5000, "$." + "é" * 4999 + "e")
    writer = StoreWriter(engine, RELEASE, "one")
    for number, location in enumerate(hostile, start=1):
        endpoint = Endpoint(method="GET", template=location)
        found = compared(endpoint=endpoint, differences=(difference(location),))
        writer.commit(batch(found, first=number))
    counts = reader.counts(RELEASE)
    # A NUL is kept as the escape that JSON has for it, so the first two are one.
    assert sorted(c.compared for c in counts.endpoints.values()) == [1, 1, 1, 2]
    assert all(reader.examples(RELEASE, found) for found in counts.signatures)
    raw = signature(hostile[2], endpoint=Endpoint(method="GET", template=hostile[2]))
    assert reader.examples(RELEASE, raw)


def test_two_texts_kept_as_one_may_come_in_the_same_batch(engine, reader):
    found = (difference("$.\0"), difference("$.\\u0000"))
    StoreWriter(engine, RELEASE, "one").commit(batch(compared(differences=found)))
    assert list(reader.counts(RELEASE).signatures.values()) == [SignatureCounts(only_candidate=1)]


def test_excused_differences_are_counted_apart(engine, reader):
    found = (difference(), difference(excused_by="rounding"), difference("$.id"))
    StoreWriter(engine, RELEASE, "one").commit(
        batch(compared(differences=found, noise=(difference("$.id"),)))
    )
    assert reader.counts(RELEASE).signatures == {
        signature(): SignatureCounts(only_candidate=1),
        signature(excused_by="rounding"): SignatureCounts(only_candidate=1),
        signature("$.id"): SignatureCounts(both=1),
    }


def test_live_reports_need_no_observation(engine, reader):
    outcomes = live(captured=9, skipped=9)
    StoreWriter(engine, RELEASE, "one").commit(Batch(live=(outcomes,)))
    counts = reader.counts(RELEASE)
    assert (counts.accounting.captured, counts.accounting.missing) == (9, 0)
    assert counts.endpoints == {}


def test_every_kind_and_reason_comes_back(engine, reader):
    kinds = tuple(difference(kind=kind) for kind in DifferenceKind)
    ends = [ended(Outcome.SKIPPED, reason) for reason in Skip]
    StoreWriter(engine, RELEASE, "one").commit(batch(compared(differences=kinds), *ends))
    counts = reader.counts(RELEASE)
    assert {found.kind for found in counts.signatures} == set(DifferenceKind)
    assert counts.accounting.total(Outcome.SKIPPED) == len(Skip)
