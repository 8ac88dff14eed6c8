"""Traits and groups at rest: they add up however they are split, and take a bounded number of
rows."""

import random

import pytest

from shadow.model import OTHER, DifferenceKind, Endpoint, Trait
from shadow.store.limits import StoreLimits
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import (
    ITEMS,
    RELEASE,
    batch,
    compared,
    difference,
    rows_of,
    signature,
)

USD, EUR = Trait("query:currency", "USD"), Trait("query:currency", "EUR")
LIMITS = StoreLimits(
    max_trait_names=3,
    max_trait_values=2,
    max_first_trait_values=5,
    traits_first=frozenset({"header:x-plan"}),
    max_groups_per_endpoint=2,
)


@pytest.fixture
def reader(engine):
    return StoreReader(engine)


def _differing(*locations, traits=(), noise=(), **fields):
    return compared(
        differences=tuple(difference(location) for location in locations),
        noise=tuple(difference(location) for location in noise),
        traits=traits,
        example=None,
        **fields,
    )


def _many(count):
    """Exchanges of many sorts, always the same."""
    draw = random.Random(4)
    places = [f"$.f{number}" for number in range(4)]
    for _ in range(count):
        yield _differing(
            *draw.sample(places, draw.randrange(3)),
            noise=draw.sample(places, draw.randrange(2)),
            traits=tuple(
                Trait(f"query:q{name}", str(draw.randrange(6))) for name in range(draw.randrange(3))
            ),
            paired=draw.random() < 0.9,
            endpoint=Endpoint(method="GET", template=f"/pages/{draw.randrange(2)}"),
        )


def test_traits_and_groups_are_read_as_they_were_counted(engine, reader):
    StoreWriter(engine, RELEASE, "one").commit(
        batch(
            compared(traits=(EUR,)),
            compared(traits=(USD,)),
            _differing("$.price", "$.tax", traits=(USD,)),
            _differing("$.tax", "$.price", traits=(USD, Trait("cookie:beta"))),
            _differing("$.price"),
        )
    )
    found = reader.traits(RELEASE, [ITEMS])[ITEMS]
    assert found.compared == 5
    assert found.traits == {USD: 3, EUR: 1, Trait("cookie:beta"): 1}
    both = found.groups[signature("$.price"), signature("$.tax")]
    assert (both.exchanges, both.traits) == (2, {USD: 2, Trait("cookie:beta"): 1})
    assert found.groups[(signature("$.price"),)].exchanges == 1
    assert len(found.groups) == 2


def test_only_what_differs_in_the_candidate_alone_and_unexcused_makes_a_group(engine, reader):
    excused = compared(differences=(difference("$.a", excused_by="rule"), difference("$.b")))
    StoreWriter(engine, RELEASE, "one").commit(
        batch(
            _differing("$.price", "$.at", noise=("$.at",)),
            _differing("$.at", noise=("$.at",)),
            _differing(noise=("$.at",)),
            _differing("$.at", paired=False),
            excused,
        )
    )
    groups = reader.traits(RELEASE, [ITEMS])[ITEMS].groups
    assert {tuple(each.location for each in group) for group in groups} == {
        ("$.price",),
        ("$.at",),
        ("$.b",),
    }


def test_an_endpoint_that_is_not_known_has_nothing(engine, reader):
    StoreWriter(engine, RELEASE, "one").commit(batch())
    found = reader.traits(RELEASE, [ITEMS])[ITEMS]
    assert (found.compared, found.traits, found.groups) == (0, {}, {})


@pytest.mark.parametrize("seed", range(3))
def test_any_split_over_writers_counts_the_same(engine, reader, seed):
    observations = list(_many(120))
    StoreWriter(engine, "whole", "one").commit(batch(*observations))
    draw = random.Random(seed)
    draw.shuffle(observations)
    writers = [StoreWriter(engine, "split", f"line-{number}") for number in range(3)]
    first = dict.fromkeys(range(3), 1)
    while observations:
        number = draw.randrange(3)
        some = [observations.pop() for _ in range(min(len(observations), draw.randrange(1, 20)))]
        writers[number].commit(batch(*some, line=f"line-{number}", first=first[number]))
        first[number] += len(some)
    places = [Endpoint(method="GET", template=f"/pages/{number}") for number in range(2)]
    assert reader.traits("whole", places) == reader.traits("split", places)


def test_a_batch_that_is_delivered_twice_counts_once(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one")
    again = batch(_differing("$.price", traits=(USD,)))
    writer.commit(again)
    writer.commit(again)
    found = reader.traits(RELEASE, [ITEMS])[ITEMS]
    assert found.traits == {USD: 1}
    assert found.groups[(signature("$.price"),)].exchanges == 1


def test_values_above_the_limit_are_counted_under_other(engine, reader):
    for line in ("one", "two"):
        writer = StoreWriter(engine, RELEASE, line, LIMITS)
        for number in range(1, 6):
            trait = Trait("query:cursor", f"{line}{number}")
            writer.commit(batch(_differing("$.x", traits=(trait,)), line=line, first=number))
    found = reader.traits(RELEASE, [ITEMS])[ITEMS]
    assert len(found.traits) == LIMITS.max_trait_values + 1
    assert found.traits[Trait("query:cursor", OTHER)] == 8
    assert sum(found.traits.values()) == 10
    assert found.groups[(signature("$.x"),)].traits == found.traits


def test_that_a_name_is_there_needs_no_room_among_its_values(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", LIMITS)
    traits = [Trait("query:q", value) for value in ("a", "b", "c", "")]
    writer.commit(batch(*(compared(traits=(trait,)) for trait in traits)))
    found = reader.traits(RELEASE, [ITEMS])[ITEMS].traits
    assert found[Trait("query:q")] == 1
    assert found[Trait("query:q", OTHER)] == 1


def test_names_above_the_limit_are_not_counted_but_those_that_were_asked_for(engine, reader):
    writer = StoreWriter(engine, RELEASE, "one", LIMITS)
    for number in range(1, 6):
        traits = (Trait(f"query:q{number}", "x"), Trait("header:x-plan", f"plan-{number}"))
        writer.commit(batch(compared(traits=traits), first=number))
    found = reader.traits(RELEASE, [ITEMS])[ITEMS].traits
    names = {trait.name for trait in found}
    assert names == {"query:q1", "query:q2", "query:q3", "header:x-plan"}
    assert Trait("header:x-plan", OTHER) not in found


def test_differences_that_find_no_room_together_are_counted_each(engine, reader):
    for line in ("one", "two"):
        writer = StoreWriter(engine, RELEASE, line, LIMITS)
        for number in range(1, 5):
            observation = _differing("$.bug", f"$.noise{number}", traits=(USD,))
            writer.commit(batch(observation, line=line, first=number))
    groups = reader.traits(RELEASE, [ITEMS])[ITEMS].groups
    together = [group for group in groups if len(group) > 1]
    assert len(together) == LIMITS.max_groups_per_endpoint
    bug = [counts for group, counts in groups.items() if signature("$.bug") in group]
    assert sum(counts.exchanges for counts in bug) == 8
    assert groups[(signature("$.bug"),)].traits == {USD: 4}


def test_a_set_of_very_many_differences_is_cut_to_the_shortest_places(engine, reader):
    locations = [f"$.list[*].field_{number}" for number in range(100)]
    StoreWriter(engine, RELEASE, "one").commit(batch(_differing(*locations, "$.a", "status")))
    (group,) = reader.traits(RELEASE, [ITEMS])[ITEMS].groups
    assert len(group) == 64
    assert {"$.a", "status"} <= {each.location for each in group}
    assert all(each.kind is DifferenceKind.VALUE for each in group)
    assert rows_of(engine, "group_signatures") == 64
