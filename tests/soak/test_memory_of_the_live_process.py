"""The live process stays small: under 150 MB, and as small as it was when its queue was full.

It does so however many exchanges pass while no worker works. The large bodies fill the queue by
bytes, the small ones by number.
"""

import os
import signal
from pathlib import Path

import pytest

from tests.soak.memory import Memory
from tests.support.chaos import settled, shadowed
from tests.support.load import put_load
from tests.support.processes import fast_server, until

MOST_MEGABYTES = 150
MOST_GROWTH_MEGABYTES = 10
"""About 70 bytes of each small exchange of the tee's, and 140 of mitmproxy's, were they kept."""

USERS = 8


@pytest.mark.parametrize(
    ("engine", "body", "exchanges"),
    [
        pytest.param("mitmproxy", "small", 100_000, id="mitmproxy, 1 KB"),
        pytest.param("mitmproxy", "large", 20_000, id="mitmproxy, 60 KB"),
        pytest.param("tee", "small", 200_000, id="tee, 1 KB"),
        pytest.param("tee", "large", 60_000, id="tee, 60 KB"),
    ],
)
def test_the_live_process_stays_small_while_the_workers_are_stopped(
    engine: str, body: str, exchanges: int, tmp_path: Path
) -> None:
    with (
        fast_server(body) as primary,
        fast_server(body) as candidate,
        shadowed(
            engine, tmp_path, f"http://127.0.0.1:{primary}", f"http://127.0.0.1:{candidate}"
        ) as shadow,
    ):
        workers = until(shadow.workers)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        live, passed, left_waiting = Memory(shadow.live()), 0, 0
        while passed < exchanges:
            passed += len(put_load(shadow.port, connections=USERS, seconds=1).latencies)
            left_waiting += USERS
            live.read(passed)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        found = settled(shadow)
    print(f"{passed:,} exchanges, {live}")
    assert live.most < MOST_MEGABYTES
    assert live.growth < MOST_GROWTH_MEGABYTES, live
    assert passed <= found["captured"] <= passed + left_waiting
    assert set(found["reasons"]["dropped"]) == {"queue_full"}
