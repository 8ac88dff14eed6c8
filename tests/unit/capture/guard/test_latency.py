import random

from hypothesis import given
from hypothesis import strategies as st

from shadow.capture.guard.latency import LAG_SAMPLES, AddedLatency, LatencyGuard, ProbePair

LIMIT = 0.025


def lags(of: AddedLatency, seconds: float, number: int = LAG_SAMPLES) -> None:
    for _ in range(number):
        of.lag(seconds)


def pairs(of: AddedLatency, direct: float, through: float, number: int = 5) -> None:
    for _ in range(number):
        of.pair(ProbePair(direct=direct, through=through))


def test_nothing_is_said_before_enough_is_measured() -> None:
    added = AddedLatency()
    lags(added, 0.05, LAG_SAMPLES - 1)
    pairs(added, 0.0, 1.0, 2)
    assert added.added() is None


def test_the_worse_measurement_counts_and_is_named() -> None:
    added = AddedLatency()
    lags(added, 0.03125)
    pairs(added, 0.25, 0.3125)
    found = added.added()
    assert found is not None
    assert (found.seconds, found.shown_by) == (0.0625, "probes show")
    lags(added, 0.09375)
    found = added.added()
    assert found is not None
    assert (found.seconds, found.shown_by) == (0.09375, "the event loop shows")


def test_a_slow_primary_adds_nothing() -> None:
    added = AddedLatency()
    pairs(added, 3.0, 3.0)
    found = added.added()
    assert found is not None
    assert found.seconds == 0.0


def test_a_pause_now_and_then_is_not_what_users_wait() -> None:
    added = AddedLatency()
    for number in range(LAG_SAMPLES):
        added.lag(0.3 if number % 10 == 0 else 0.001)
    for through in (0.01, 4.0, 0.01, 0.01, 4.0):
        added.pair(ProbePair(direct=0.01, through=through))
    found = added.added()
    assert found is not None
    assert found.seconds <= 0.001


def test_a_loop_that_stands_still_shows_at_once_what_a_beat_each_would_have_shown() -> None:
    added = AddedLatency()
    added.lag(10.0)
    found = added.added()
    assert found is not None
    assert 5.0 <= found.seconds <= 10.0


def test_after_a_change_it_is_measured_anew() -> None:
    added = AddedLatency()
    lags(added, 1.0)
    pairs(added, 0.0, 1.0)
    added.forget()
    assert added.added() is None


def test_too_much_halves_step_by_step_and_stops() -> None:
    guard = LatencyGuard(LIMIT)
    shares = []
    for now in range(6):
        guard.look(LIMIT * 2, float(now))
        shares.append(guard.share)
    assert shares == [0.5, 0.25, 0.125, 0.0, 0.0, 0.0]


def test_it_recovers_a_step_for_each_half_minute_of_calm() -> None:
    guard = LatencyGuard(LIMIT)
    for now in range(4):
        guard.look(1.0, float(now))
    changes = [(now, guard.share) for now in range(4, 200) if guard.look(LIMIT / 4, float(now))]
    assert changes == [(34, 0.125), (64, 0.25), (94, 0.5), (124, 1.0)]


def test_between_half_the_limit_and_the_limit_nothing_moves() -> None:
    guard = LatencyGuard(LIMIT)
    guard.look(1.0, 0.0)
    assert not any(guard.look(LIMIT * 0.75, float(now)) for now in range(1, 1000))
    assert guard.share == 0.5


def test_calm_that_is_interrupted_begins_anew() -> None:
    guard = LatencyGuard(LIMIT)
    guard.look(1.0, 0.0)
    for now in range(1, 500):
        guard.look(LIMIT * 0.75 if now % 20 == 0 else 0.0, float(now))
    assert guard.share == 0.5


@given(st.integers(0, 2**32))
def test_the_share_never_rises_within_half_a_minute_of_too_much(seed: int) -> None:
    chance = random.Random(seed)
    guard, last_too_much, share = LatencyGuard(LIMIT), -1e9, 1.0
    for now in range(300):
        added = chance.choice([0.0] * 20 + [LIMIT * 0.4, LIMIT * 0.9, LIMIT * 2])
        guard.look(added, float(now))
        if added > LIMIT:
            last_too_much = now
            assert guard.share < share or guard.share == share == 0.0
        assert guard.share <= share or now - last_too_much > 30
        assert guard.share in LatencyGuard.SHARES
        share = guard.share
