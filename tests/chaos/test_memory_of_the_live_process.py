"""The live process stays small: under 150 MB while 100,000 exchanges pass and no worker works."""

import os
import signal
from pathlib import Path

from tests.support.load import put_load
from tests.support.processes import fast_server, proxy, rss_megabytes, until

EXCHANGES = 100_000
MOST_MEGABYTES = 150


def test_the_live_process_stays_small_while_the_workers_are_stopped(tmp_path: Path) -> None:
    with (
        fast_server() as primary,
        fast_server() as candidate,
        proxy(
            tmp_path,
            primary=f"http://127.0.0.1:{primary}",
            candidate=f"http://127.0.0.1:{candidate}",
        ) as shadow,
    ):
        for worker in until(shadow.workers):
            os.kill(worker, signal.SIGSTOP)
        live, passed, most = shadow.live(), 0, 0.0
        while passed < EXCHANGES:
            passed += len(put_load(shadow.port, connections=8, seconds=5).latencies)
            most = max(most, rss_megabytes(live))
        print(f"{passed:,} exchanges, at most {most:.0f} MB")
        assert most < MOST_MEGABYTES
