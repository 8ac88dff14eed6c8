"""Any number of workers, in any order and any split, leave the same verdict in a store."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.model import (
    DeliveryId,
    Difference,
    DifferenceKind,
    Endpoint,
    LiveCounts,
    Observation,
    Outcome,
    ReleaseCounts,
    Uninformative,
)
from shadow.pipeline import Batch, Counted
from shadow.store.engine import migrate, open_store
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from shadow.verdict.judge import judge
from shadow.verdict.policy import Policy
from tests.support.effort import examples

ENDPOINTS = tuple(Endpoint(method="GET", template=f"/{name}") for name in "ab")
POLICY = Policy(
    min_exchanges=3,
    max_excess_rate=0.4,
    fail_on=(DifferenceKind.STATUS_5XX,),
    required_endpoints=("GET /a",),
)

differences = st.lists(
    st.builds(
        Difference,
        location=st.sampled_from(("$.x", "$.y", "status")),
        kind=st.sampled_from((DifferenceKind.VALUE, DifferenceKind.STATUS_5XX)),
        excused_by=st.sampled_from((None, None, "rule")),
        renaming=st.sampled_from((None, 1)),
    ),
    max_size=3,
).map(tuple)

observations = st.one_of(
    st.builds(
        Observation,
        exchange_id=st.just("x"),
        endpoint=st.sampled_from(ENDPOINTS),
        status=st.sampled_from((200, 404)),
        outcome=st.just(Outcome.COMPARED),
        paired=st.booleans(),
        differences=differences,
        noise=differences,
    ),
    st.builds(
        Observation,
        exchange_id=st.just("x"),
        endpoint=st.sampled_from(ENDPOINTS),
        status=st.just(304),
        outcome=st.just(Outcome.UNINFORMATIVE),
        reason=st.sampled_from(Uninformative),
    ),
)


def counted_by(shares: Sequence[tuple[int, Observation]], batch_size: int) -> ReleaseCounts:
    """Count what each worker is given in its order; workers take turns, batch by batch."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{Path(folder) / 'shadow.db'}")
        migrate(engine)
        workers = sorted({worker for worker, _ in shares})
        writers = {n: StoreWriter(engine, "r", f"line-{n}") for n in workers}
        live = LiveCounts(source="live", captured=len(shares), outcomes=())
        StoreWriter(engine, "r", "reporter").commit(Batch(live=(live,)))
        given_to = {n: [seen for worker, seen in shares if worker == n] for n in workers}
        for first in range(0, len(shares), batch_size):
            for worker, own in given_to.items():
                batch = tuple(
                    Counted(
                        delivery=DeliveryId(line=f"line-{worker}", number=number),
                        observation=observation,
                    )
                    for number, observation in enumerate(own[first : first + batch_size], first + 1)
                )
                if batch:
                    writers[worker].commit(Batch(counted=batch))
        counts = StoreReader(engine).counts("r")
        engine.dispose()
    return counts


@given(
    st.lists(st.tuples(st.integers(0, 4), observations), min_size=1, max_size=60),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=examples(20))
def test_any_workers_in_any_order_and_any_split_leave_the_same_verdict(shares, batch_size, random):
    alone = [(0, observation) for _, observation in shares]
    shuffled = random.sample(shares, len(shares))
    expected, split = counted_by(alone, len(alone)), counted_by(shuffled, batch_size)
    assert split == expected
    assert judge(split, POLICY, 0.0) == judge(expected, POLICY, 0.0)
