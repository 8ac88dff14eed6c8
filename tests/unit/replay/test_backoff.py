import random
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.model import Response
from shadow.replay.backoff import MOST_WAIT_SECONDS, Answered, BackOff, retry_after


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def answers(
    clock: Clock, back_off: BackOff, seconds: float, number: int, wait: float | None = None
) -> int:
    """Give answers one after the other; return what is allowed after them."""
    for _ in range(number):
        sent_at, clock.now = clock.now, clock.now + seconds
        back_off.report(Answered(sent_at=sent_at, seconds=seconds, retry_after=wait))
    return back_off.allowed


def test_a_target_that_answers_as_ever_is_asked_as_much_as_is_allowed() -> None:
    clock = Clock()
    assert answers(clock, BackOff(16, clock), 0.05, 1000) == 16


def test_a_target_that_becomes_slow_is_asked_less_and_less_but_never_nothing() -> None:
    clock = Clock()
    back_off = BackOff(16, clock)
    answers(clock, back_off, 0.05, 100)
    found = [answers(clock, back_off, 2.0, 20) for _ in range(6)]
    assert found == [8, 4, 2, 1, 1, 1]


def test_a_target_that_has_recovered_is_asked_more_step_by_step() -> None:
    clock = Clock()
    back_off = BackOff(4, clock)
    answers(clock, back_off, 0.05, 100)
    assert answers(clock, back_off, 2.0, 60) == 1
    assert [answers(clock, back_off, 0.05, 20) for _ in range(4)] == [2, 3, 4, 4]


def test_a_target_that_stays_slow_is_taken_for_slow_by_nature_after_a_while() -> None:
    clock = Clock()
    back_off = BackOff(4, clock)
    answers(clock, back_off, 0.05, 100)
    assert answers(clock, back_off, 2.0, 100) == 1
    assert answers(clock, back_off, 2.0, 400) == 4


def test_small_changes_of_small_latencies_are_no_sign_of_trouble() -> None:
    clock = Clock()
    back_off = BackOff(16, clock)
    answers(clock, back_off, 0.001, 100)
    assert answers(clock, back_off, 0.09, 100) == 16


def test_more_requests_to_slow_endpoints_change_nothing() -> None:
    clock = Clock()
    back_off = BackOff(16, clock)
    answers(clock, back_off, 0.05, 100)
    for _ in range(50):
        answers(clock, back_off, 0.05, 6)
        answers(clock, back_off, 9.0, 14)
    assert back_off.allowed == 16


def test_answers_that_ask_to_wait_halve_at_once_and_hold_growth_until_then() -> None:
    clock = Clock()
    back_off = BackOff(16, clock)
    assert answers(clock, back_off, 0.01, 3, wait=30.0) == 8
    assert answers(clock, back_off, 0.01, 200) == 8
    clock.now += 30.0
    assert answers(clock, back_off, 0.01, 20) == 9


def test_what_was_sent_before_the_halving_does_not_halve_again() -> None:
    clock = Clock()
    back_off = BackOff(16, clock)
    sent_at, clock.now = clock.now, clock.now + 1.0
    for _ in range(16):
        back_off.report(Answered(sent_at=sent_at, seconds=1.0, retry_after=1.0))
    assert back_off.allowed == 8


@given(st.integers(1, 64), st.integers(0, 2**32))
def test_whatever_comes_at_least_one_and_at_most_all_are_allowed(most: int, seed: int) -> None:
    clock, chance = Clock(), random.Random(seed)
    back_off = BackOff(most, clock)
    for _ in range(500):
        wait = chance.choice([None, None, None, 0.0, 1e9])
        answers(clock, back_off, chance.choice([0.0, 0.01, 0.5, 30.0]), 1, wait)
        assert 1 <= back_off.allowed <= most


NOW = 1_790_000_000.0


def answer(status: int, value: bytes | None) -> Response:
    headers = () if value is None else ((b"Retry-After", value),)
    return Response(status=status, headers=headers, body=b"", seconds=0.0)


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, b"7", 7.0),
        (503, b" 0 ", 0.0),
        (503, formatdate(NOW + 20, usegmt=True).encode(), 20.0),
        (503, formatdate(NOW - 20, usegmt=True).encode(), 0.0),
        (429, b"9" * 400, MOST_WAIT_SECONDS),
        (429, None, None),
        (500, b"7", None),
        (429, b"soon", None),
        (429, b"-3", None),
        (429, "\u00b2".encode("latin-1"), None),
        (429, b"Mon, 99 Foo 2026", None),
    ],
)
def test_only_429_and_503_that_name_a_time_ask_to_wait(
    status: int, value: bytes | None, seconds: float | None
) -> None:
    assert retry_after(answer(status, value), NOW) == seconds
