"""A way through Shadow that is slow though its event loop is not: the probe alone sees that."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from tests.integration.guard.test_watching import PROBING, accounting
from tests.support.processes import proxy, target, until
from tests.support.user import User, same_answers

STAYS_SECONDS = 0.3
MAX_ADDED_MS = 150
"""More than the loop is late on a busy machine, and less than somebody stays."""


def test_what_probes_alone_show_ends_capture_and_users_are_served(tmp_path: Path) -> None:
    # With one connection at once, who comes waits for those before to leave, and the loop rests.
    settings = "capture: {engine: tee, tee: {max_connections: 1}, guard: {probe_seconds: 0.1}}\n"
    environment = {**PROBING, "SHADOW_CAPTURE__GUARD__MAX_ADDED_MS": str(MAX_ADDED_MS)}
    with (
        target() as primary,
        target() as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings=settings,
            environment=environment,
        ) as running,
    ):
        with users_who_stay(running.url) as answered:
            until(lambda: "capture stops" in running.log.read_text(), "capture to stop")
        assert same_answers(primary, running.url, 20) == 20
        found = accounting(running)
        log = running.log.read_text()
    assert "as probes show" in log
    assert "as the event loop shows" not in log
    assert found["captured"] == len(answered) + 20
    assert found["reasons"]["dropped"]["added_latency"] >= 20
    assert found["compared"] > 0


@contextmanager
def users_who_stay(url: str) -> Iterator[list[bytes]]:
    """Two users who come again and again, and keep each connection for a while; their answers."""
    answered: list[bytes] = []
    enough = Event()

    def comes_again() -> None:
        while not enough.is_set():
            with User(url) as user:
                answered.append(user.get("/items/1"))
                time.sleep(STAYS_SECONDS)

    with ThreadPoolExecutor(2) as pool:
        coming = [pool.submit(comes_again) for _ in range(2)]
        try:
            yield answered
        finally:
            enough.set()
    for user in coming:
        user.result()
    assert all(answer.startswith(b"HTTP/1.1 200 OK\r\n") for answer in answered)
