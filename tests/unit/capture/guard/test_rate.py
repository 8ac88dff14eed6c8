import math
import random
from hashlib import blake2b

import pytest

from shadow.capture.guard.rate import TargetRate


class Traffic:
    """Requests with keys, as seen by a live process that follows a target rate."""

    def __init__(self, target: float, seed: int, keys: int = 0) -> None:
        self.rate = TargetRate(target, 0.0)
        self._chance = random.Random(seed)
        self._keys = keys
        self._now = 0.0
        self._in_sample = self._in_rate = 0

    def second(self, requests: float) -> int:
        """Let a second pass; return what was captured."""
        before = self._in_rate
        for _ in range(_poisson(self._chance, requests)):
            self._in_sample += 1
            self._in_rate += self._place() < self.rate.share
        self._now += 1.0
        self.rate.look(self._in_sample, self._in_rate, self._now)
        return self._in_rate - before

    def seconds(self, number: int, requests: float) -> float:
        """Let seconds pass; return what was captured in each, on average."""
        return sum(self.second(requests) for _ in range(number)) / number

    def _place(self) -> float:
        if not self._keys:
            return self._chance.random()
        key = b"%d" % self._chance.randrange(self._keys)
        return int.from_bytes(blake2b(key, digest_size=8).digest()) / 2**64


def _poisson(chance: random.Random, mean: float) -> int:
    number, product, least = 0, chance.random(), math.exp(-mean)
    while product > least:
        number += 1
        product *= chance.random()
    return number


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("requests", "target"), [(500, 20.0), (500, 200.0), (60, 5.0), (200, 1.0)])
def test_the_rate_is_met_whatever_comes(requests: float, target: float, seed: int) -> None:
    traffic = Traffic(target, seed)
    traffic.seconds(120, requests)
    assert traffic.seconds(300, requests) == pytest.approx(target, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_it_follows_traffic_that_grows_and_shrinks(seed: int) -> None:
    traffic = Traffic(20.0, seed)
    for requests in (50, 500, 50, 300):
        traffic.seconds(120, requests)
        assert traffic.seconds(200, requests) == pytest.approx(20.0, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_met_with_few_keys_too_as_far_as_they_divide(seed: int) -> None:
    traffic = Traffic(50.0, seed, keys=200)
    traffic.seconds(120, 500)
    assert traffic.seconds(300, 500) == pytest.approx(50.0, rel=0.25)


def test_all_is_captured_where_less_comes_than_the_target() -> None:
    traffic = Traffic(50.0, 1)
    traffic.seconds(30, 10)
    assert traffic.rate.share == 1.0


def test_a_start_under_full_load_begins_low() -> None:
    traffic = Traffic(5.0, 1)
    assert traffic.second(500) < 30


def test_without_any_traffic_the_share_is_ready_for_what_comes() -> None:
    rate = TargetRate(10.0, 0.0)
    for now in range(1, 100):
        rate.look(0, 0, float(now))
    assert rate.share == 1.0


def test_the_share_stays_one_under_any_totals() -> None:
    chance = random.Random(7)
    rate, in_sample, in_rate, now = TargetRate(3.0, 0.0), 0, 0, 0.0
    for _ in range(5000):
        came = chance.choice([0, 1, 10, 10_000])
        in_sample, in_rate = in_sample + came, in_rate + chance.randint(0, came)
        now += chance.choice([0.0, 0.5, 1.0, 30.0])
        assert 0 < rate.look(in_sample, in_rate, now) <= 1
