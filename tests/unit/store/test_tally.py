from dataclasses import replace

import pytest

from shadow.latency.sketch import SECONDS, SLOWDOWNS
from shadow.model import (
    OTHER,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    GroupCounts,
    LatencyCounts,
    NoiseSource,
    Observation,
    Outcome,
    OutcomeKey,
    Signature,
    SignatureCounts,
    Timing,
    Trait,
)
from shadow.store.tally import tally

USERS = Endpoint(method="GET", template="/users")
CARTS = Endpoint(method="GET", template="/carts")


def _difference(location="$.id", kind=DifferenceKind.VALUE, excused_by=None, pointer=""):
    return Difference(location=location, kind=kind, excused_by=excused_by, pointer=pointer)


def _signature(excused_by="", kind=DifferenceKind.VALUE):
    return Signature(endpoint=USERS, location="$.id", kind=kind, excused_by=excused_by)


def _compared(endpoint=USERS, **fields):
    return Observation(
        exchange_id="x", endpoint=endpoint, status=200, outcome=Outcome.COMPARED, **fields
    )


@pytest.mark.parametrize(
    ("in_candidate", "in_secondary", "expected"),
    [
        (True, False, SignatureCounts(only_candidate=1)),
        (False, True, SignatureCounts(only_secondary=1)),
        (True, True, SignatureCounts(both=1)),
    ],
)
def test_a_pair_is_counted_by_which_sides_differ(in_candidate, in_secondary, expected):
    found = (_difference(),)
    observation = _compared(
        paired=True,
        differences=found if in_candidate else (),
        noise=found if in_secondary else (),
    )
    assert tally((observation,)).signatures == {_signature(): expected}


def test_what_production_could_be_asked_again_for_is_counted_where_it_was_compared():
    asked, not_asked = (_compared(paired=p, noise_from=NoiseSource.SELF) for p in (True, False))
    other = _compared(paired=True, noise_from=NoiseSource.SECONDARY)
    dropped = replace(asked, outcome=Outcome.DROPPED, reason="shutdown")
    (counts,) = tally((asked, not_asked, other, dropped)).endpoints.values()
    assert (counts.compared, counts.paired, counts.self_sampled) == (3, 2, 2)


def test_without_a_secondary_differences_are_unpaired():
    counts = tally((_compared(differences=(_difference(),)),))
    assert counts.signatures == {_signature(): SignatureCounts(unpaired=1)}


def test_equal_replies_add_no_signature():
    assert tally((_compared(paired=True),)).signatures == {}


def test_a_signature_counts_once_for_an_exchange_however_often_it_occurs():
    found = tuple(_difference(pointer=f"/{n}") for n in range(5))
    counts = tally((_compared(differences=found), _compared(differences=found)))
    assert counts.signatures == {_signature(): SignatureCounts(unpaired=2)}


def test_noise_of_another_kind_at_the_place_does_not_cancel():
    gone = _difference(kind=DifferenceKind.MISSING)
    counts = tally((_compared(paired=True, differences=(gone,), noise=(_difference(),)),))
    assert counts.signatures == {
        _signature(kind=DifferenceKind.MISSING): SignatureCounts(only_candidate=1),
        _signature(): SignatureCounts(only_secondary=1),
    }


def test_sides_are_matched_by_place_whatever_rule_excuses_them():
    excused = _difference(excused_by="rounding")
    counts = tally((_compared(paired=True, differences=(excused,), noise=(_difference(),)),))
    assert counts.signatures == {_signature("rounding"): SignatureCounts(both=1)}


def test_excused_and_other_differences_of_a_place_are_counted_each():
    both = (_difference(), _difference(excused_by="rounding"))
    counts = tally((_compared(paired=True, differences=both),))
    assert counts.signatures == {
        _signature(): SignatureCounts(only_candidate=1),
        _signature("rounding"): SignatureCounts(only_candidate=1),
    }


def test_endpoints_are_counted_by_outcome_and_status_class():
    dropped = Observation(
        exchange_id="x", endpoint=CARTS, status=503, outcome=Outcome.DROPPED, reason="internal"
    )
    counts = tally((_compared(paired=True), _compared(), dropped))
    assert counts.endpoints == {
        USERS: EndpointCounts(
            compared=2, paired=1, statuses={"2xx": 2}, compared_statuses={"2xx": 2}
        ),
        CARTS: EndpointCounts(dropped=1, statuses={"5xx": 1}),
    }
    assert counts.outcomes == {
        OutcomeKey(outcome=Outcome.COMPARED): 2,
        OutcomeKey(outcome=Outcome.DROPPED, reason="internal"): 1,
    }


def test_nothing_adds_nothing():
    counts = tally(())
    assert (counts.outcomes, counts.endpoints, counts.signatures) == ({}, {}, {})


def test_times_of_comparisons_are_sketched_by_endpoint():
    timing = Timing(primary=0.02, candidate=0.06, secondary=0.02, slowdown=3.0)
    alone = Timing(primary=0.02, candidate=0.02)
    counts = tally(
        (
            _compared(timing=timing),
            _compared(timing=alone),
            _compared(endpoint=CARTS),
            replace(_compared(timing=timing), outcome=Outcome.UNINFORMATIVE),
        )
    )
    fast, slow = SECONDS.bucket(0.02), SECONDS.bucket(0.06)
    assert counts.latency[USERS] == LatencyCounts(
        primary={fast: 2},
        candidate={fast: 1, slow: 1},
        secondary={fast: 1},
        slowdown={SLOWDOWNS.bucket(3.0): 1},
    )
    assert not counts.latency[CARTS].primary


def test_differences_that_come_together_are_a_group_with_its_requests_traits():
    beta, plan = Trait("cookie:beta"), Trait("header:x-plan", "pro")
    both = (_difference("$.name"), _difference())
    counts = tally(
        (
            _compared(differences=both, traits=(beta, plan)),
            _compared(differences=both[::-1], traits=(plan,)),
            _compared(traits=(beta,)),
        )
    )
    (group,) = counts.groups
    assert [each.location for each in group] == ["$.id", "$.name"]
    assert counts.groups[group] == GroupCounts(exchanges=2, traits={beta: 1, plan: 2})
    assert counts.traits == {USERS: {beta: 2, plan: 2}}


def test_noise_and_excused_differences_are_in_no_group():
    noise, excused = _difference("$.at"), _difference("$.banner", excused_by="rule")
    found = _compared(paired=True, differences=(noise, excused, _difference()), noise=(noise,))
    assert list(tally((found,)).groups) == [(_signature(),)]
    assert tally((_compared(paired=True, differences=(noise,), noise=(noise,)),)).groups == {}


def _renamed(*locations, number=1):
    return tuple(replace(_difference(location), renaming=number) for location in locations)


def test_places_that_are_one_renaming_are_counted_together_and_two_renamings_apart():
    one, other = _renamed("$.id", "$.by"), _renamed("$.ref", "$.seen", "$.was", number=2)
    counts = tally(
        (
            _compared(differences=(*one, _difference("$.at"))),
            _compared(differences=(*one, *other)),
            _compared(differences=one, paired=True),
        )
    )
    found = {tuple(p.location for p in group): n for group, n in counts.renamings.items()}
    assert found == {("$.by", "$.id"): 3, ("$.ref", "$.seen", "$.was"): 1}


def test_noise_and_what_has_no_room_are_in_no_renaming():
    found = _renamed("$.id", "$.by")
    noise = (_difference("$.by"),)
    assert tally((_compared(paired=True, differences=found, noise=noise),)).renamings == {}
    crowded = (found[0], replace(found[1], location=OTHER))
    assert tally((_compared(differences=crowded),)).renamings == {}
