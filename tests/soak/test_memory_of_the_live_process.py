"""The live process stays small: under 150 MB however many exchanges pass while no worker works.

The large bodies fill the queue by bytes, the small ones by number."""

import os
import signal
from pathlib import Path

import pytest

from tests.support.load import put_load
from tests.support.processes import fast_server, proxy, rss_megabytes, until

MOST_MEGABYTES = 150


@pytest.mark.parametrize(
    ("engine", "body", "exchanges"),
    [
        pytest.param("mitmproxy", "small", 100_000, id="mitmproxy, 1 KB"),
        pytest.param("mitmproxy", "large", 5_000, id="mitmproxy, 60 KB"),
        pytest.param("tee", "small", 200_000, id="tee, 1 KB"),
        pytest.param("tee", "large", 20_000, id="tee, 60 KB"),
    ],
)
def test_the_live_process_stays_small_while_the_workers_are_stopped(
    engine: str, body: str, exchanges: int, tmp_path: Path
) -> None:
    with (
        fast_server(body) as primary,
        fast_server(body) as candidate,
        proxy(
            tmp_path,
            primary=f"http://127.0.0.1:{primary}",
            candidate=f"http://127.0.0.1:{candidate}",
            settings=f"capture: {{engine: {engine}}}",
        ) as shadow,
    ):
        for worker in until(shadow.workers):
            os.kill(worker, signal.SIGSTOP)
        live, passed, most = shadow.live(), 0, 0.0
        while passed < exchanges:
            passed += len(put_load(shadow.port, connections=8, seconds=3).latencies)
            most = max(most, rss_megabytes(live))
        print(f"{passed:,} exchanges, at most {most:.0f} MB")
        assert most < MOST_MEGABYTES
