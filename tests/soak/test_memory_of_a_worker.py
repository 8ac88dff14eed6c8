"""A worker stays as small as it was, and the live process too, while it compares on and on."""

from pathlib import Path

from tests.soak.memory import Memory
from tests.support.chaos import settled, shadowed
from tests.support.load import put_load
from tests.support.processes import fast_server, until

EXCHANGES = 20_000
MOST_GROWTH_MEGABYTES = 3
"""200 bytes of each exchange that is compared, were they kept."""


def test_what_is_compared_leaves_nothing_behind(tmp_path: Path) -> None:
    with (
        fast_server() as primary,
        fast_server() as candidate,
        shadowed(
            "tee", tmp_path, f"http://127.0.0.1:{primary}", f"http://127.0.0.1:{candidate}"
        ) as shadow,
    ):
        (worker,) = (Memory(pid) for pid in until(shadow.workers))
        live, compared, passed = Memory(shadow.live()), 0, 0
        while compared < EXCHANGES:
            passed += len(put_load(shadow.port, connections=2, seconds=1).latencies)
            compared = shadow.gate()[1]["accounting"]["compared"]
            worker.read(compared)
            live.read(passed)
        found = settled(shadow)
    print(f"{compared:,} of {passed:,} compared, worker {worker}, live process {live}")
    assert worker.growth < MOST_GROWTH_MEGABYTES, worker
    assert live.growth < MOST_GROWTH_MEGABYTES, live
    assert found["compared"] >= compared
    assert set(found["reasons"]["dropped"]) <= {"queue_full"}
