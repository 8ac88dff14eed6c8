"""Times are kept as sketches that add up, and the same gate comes out of them."""

from dataclasses import replace
from random import Random

import pytest

from shadow.latency.sketch import SECONDS, SLOWDOWNS
from shadow.model import Decision, Endpoint, LatencyCounts, Timing
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.integration.store.builders import ITEMS, RELEASE, batch, compared, live

CARTS = Endpoint(method="GET", template="/carts")


@pytest.fixture
def reader(engine):
    return StoreReader(engine)


def timing(slowdown=1.5, seconds=0.02):
    return Timing(
        primary=seconds, candidate=seconds * slowdown, secondary=seconds, slowdown=slowdown
    )


def test_sketches_of_two_workers_add_up_and_endpoints_are_kept_apart(engine, reader):
    one, two = StoreWriter(engine, RELEASE, "one"), StoreWriter(engine, RELEASE, "two")
    one.commit(batch(compared(timing=timing()), compared(timing=timing()), line="one"))
    one.commit(batch(compared(timing=timing()), line="one", first=3))
    alone = Timing(primary=0.02, candidate=0.02)
    two.commit(batch(compared(timing=alone), compared(endpoint=CARTS, timing=alone), line="two"))
    StoreWriter(engine, "other", "one").commit(batch(compared(timing=timing())))
    slow, fast = SECONDS.bucket(0.03), SECONDS.bucket(0.02)
    assert reader.counts(RELEASE).latency == {
        ITEMS: LatencyCounts(
            primary={fast: 4},
            candidate={fast: 1, slow: 3},
            secondary={fast: 3},
            slowdown={SLOWDOWNS.bucket(1.5): 3},
        ),
        CARTS: LatencyCounts(primary={fast: 1}, candidate={fast: 1}, secondary={}, slowdown={}),
    }


def test_observations_without_times_leave_no_rows(engine, reader):
    StoreWriter(engine, RELEASE, "one").commit(batch(compared()))
    assert reader.counts(RELEASE).latency == {}


def test_any_split_over_workers_gives_the_same_verdict(engine, reader):
    random = Random(5)
    seen = [compared(timing=timing(random.lognormvariate(0.6, 0.3))) for _ in range(400)]
    StoreWriter(engine, "whole", "one").commit(batch(*seen, live=(live(captured=400),)))
    random.shuffle(seen)
    for line, (start, end) in {"one": (0, 37), "two": (37, 300), "three": (300, 400)}.items():
        StoreWriter(engine, "split", line).commit(batch(*seen[start:end], line=line))
    StoreWriter(engine, "split", "live").commit(batch(live=(live(captured=400),)))
    whole, split = (judge(reader.counts(name), Policy(), 0.0) for name in ("whole", "split"))
    assert whole.decision is Decision.FAIL
    assert replace(split, release="whole") == whole
