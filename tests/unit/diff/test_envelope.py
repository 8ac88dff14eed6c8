"""What is learned of noise at one place, and what is far outside of it."""

from itertools import cycle, islice
from random import Random

import pytest

from shadow.diff.envelope import FACTOR, FEWEST, Envelope, Forms
from shadow.diff.reach import Measure

JITTER = (0.01, 0.02, 0.03)


def learned(distances: list[float], measure: Measure = Measure.NUMBER) -> Envelope:
    envelope = Envelope(measure)
    for distance in distances:
        envelope.learn(distance)
    return envelope


def jitter(times: int) -> list[float]:
    return [*islice(cycle(JITTER), times)]


def test_nothing_is_outside_before_enough_was_seen() -> None:
    assert not learned(jitter(FEWEST - 1)).excludes(1e300)
    assert learned(jitter(FEWEST)).excludes(1e300)


def test_outside_is_what_is_some_times_as_far_away_as_noise_reaches() -> None:
    envelope = learned(jitter(100))
    assert not envelope.excludes(FACTOR * max(JITTER))
    assert envelope.excludes(FACTOR * max(JITTER) * 1.01)


def test_a_minute_is_never_outside_for_moments() -> None:
    envelope = learned(jitter(100), Measure.SECONDS)
    assert not envelope.excludes(60.0)
    assert envelope.excludes(61.0)


def test_one_offset_seen_a_thousand_times_is_one_observation() -> None:
    draw = Random(1)
    ages = [864_000 + draw.uniform(-2, 2) for _ in range(1_000)]
    assert not learned(ages).excludes(1e9)


@pytest.mark.parametrize("measure", [*Measure])
def test_what_was_far_away_once_is_forgotten_in_time(measure: Measure) -> None:
    envelope = learned([1e6, *jitter(255)], measure)
    assert not envelope.excludes(1e6)
    for distance in jitter(512):
        envelope.learn(distance)
    assert envelope.excludes(1e6)


def test_noise_without_end_excludes_nothing() -> None:
    assert not learned([*jitter(30), float("inf")]).excludes(float("inf"))


def test_a_form_is_outside_where_enough_others_were_seen() -> None:
    forms = Forms()
    for _ in range(FEWEST):
        assert not forms.excludes("placeholder")
        forms.learn({"text", "uuid"})
    assert forms.excludes("placeholder")
    assert not forms.excludes("uuid")
    forms.learn({"placeholder"})
    assert not forms.excludes("placeholder")


def test_where_anything_was_seen_no_form_is_outside() -> None:
    forms = Forms()
    for number in range(100):
        forms.learn({f"hex-{number}"})
    assert not forms.excludes("placeholder")
