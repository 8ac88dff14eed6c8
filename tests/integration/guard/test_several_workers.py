"""What several workers ask of a target together: each keeps to its own limits, as documented."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

from tests.support.processes import proxy, target, until
from tests.support.user import same_answers

WORKERS = 2


class Candidate(ThreadingHTTPServer):
    """Takes its time, and keeps how many requests it had at once at most."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seconds = seconds
        self.lock = Lock()
        self.asked = self.under_way = self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Candidate

    def do_GET(self) -> None:
        at = self.server
        with at.lock:
            at.asked += 1
            at.under_way += 1
            at.most = max(at.most, at.under_way)
        time.sleep(at.seconds)
        with at.lock:
            at.under_way -= 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def candidate(seconds: float) -> Iterator[Candidate]:
    with Candidate(seconds) as running:
        serving = Thread(target=running.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield running
        finally:
            running.shutdown()
            serving.join()


def test_workers_keep_to_the_concurrency_each(tmp_path: Path) -> None:
    settings = f"""
workers: {WORKERS}
replay: {{candidate: {{concurrency: 2}}}}
"""
    with (
        target() as primary,
        candidate(0.3) as slow,
        proxy(tmp_path, primary=primary, candidate=slow.url, settings=settings) as running,
    ):
        until(lambda: len(running.workers()) == WORKERS)
        same_answers(primary, running.url, 24)
        assert running.stop() == 0
        found = running.gate()[1]["accounting"]
    assert (found["compared"], slow.asked) == (24, 24)
    assert slow.most <= 2 * WORKERS


def test_workers_keep_to_the_rate_each_and_what_is_above_is_counted(tmp_path: Path) -> None:
    rate = 1
    settings = f"""
workers: {WORKERS}
replay: {{candidate: {{requests_per_second: {rate}}}}}
"""
    with (
        target() as primary,
        candidate(0.0) as asked,
        proxy(tmp_path, primary=primary, candidate=asked.url, settings=settings) as running,
    ):
        until(lambda: len(running.workers()) == WORKERS)
        began = time.monotonic()
        same_answers(primary, running.url, 200)
        assert running.stop() == 0
        seconds = time.monotonic() - began
        found = running.gate()[1]["accounting"]
    assert asked.asked <= WORKERS * rate * (1 + seconds)
    assert found["compared"] == asked.asked
    assert found["reasons"]["dropped"] == {"candidate_held_back": 200 - asked.asked}
