"""Probes of the primary, directly and through what stands before it."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from shadow.capture.guard.latency import ProbePair
from shadow.capture.probing import ProbeOptions, Prober, ProbeTo
from shadow.settings import Settings
from shadow.wiring.sentry import probe_mark, probes
from tests.support.processes import free_port, until


class Server(ThreadingHTTPServer):
    """Answers after `delay` seconds, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.delay = delay
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def to(self) -> ProbeTo:
        return ProbeTo(host="127.0.0.1", port=self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_GET(self) -> None:
        self._answer(200, b"x" * 200_000)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.server.asked.append((f"{self.command} {self.path}", dict(self.headers)))
        time.sleep(self.server.delay)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def server(delay: float = 0.0) -> Iterator[Server]:
    with Server(delay) as running:
        serving = Thread(target=running.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield running
        finally:
            running.shutdown()
            serving.join()


@contextmanager
def probing(direct: ProbeTo, through: ProbeTo, **more: object) -> Iterator[Prober]:
    given = {"authority": "shop:80", "mark": b"probe-7", "every_seconds": 0.01, **more}
    prober = Prober(ProbeOptions(direct=direct, through=through, **given))  # type: ignore[arg-type]
    prober.start()
    try:
        yield prober
    finally:
        prober.stop()


def test_what_is_slow_between_the_two_shows() -> None:
    with server() as primary, server(0.2) as shadow, probing(primary.to, shadow.to) as prober:
        until(lambda: len(prober.pairs) >= 2)
        pairs: list[ProbePair] = list(prober.pairs)
    assert all(pair.through > 0.2 and pair.through > pair.direct for pair in pairs)


@pytest.mark.parametrize(("method", "target"), [("HEAD", "/"), ("GET", "/healthz?a=%20")])
def test_each_probe_bears_the_loop_guard_and_asks_what_is_set(method: str, target: str) -> None:
    with (
        server() as primary,
        server() as shadow,
        probing(primary.to, shadow.to, method=method, target=target) as prober,
    ):
        until(lambda: prober.pairs)
        for asked in (primary.asked[0], shadow.asked[0]):
            line, headers = asked
            assert line == f"{method} {target}"
            assert (headers["x-shadow-loop-guard"], headers["Host"]) == ("probe-7", "shop:80")


def test_a_primary_that_cannot_be_probed_gives_no_pairs_and_a_reason() -> None:
    nobody = ProbeTo(host="127.0.0.1", port=free_port())
    with server() as shadow, probing(nobody, shadow.to) as prober:
        until(lambda: prober.failures >= 3)
        assert not prober.pairs
        assert prober.problem == "ConnectionRefusedError"


def test_a_primary_that_speaks_no_http_gives_no_pairs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as garbage, server() as shadow:
        port = garbage.getsockname()[1]
        garbage.settimeout(0.05)
        with probing(ProbeTo(host="127.0.0.1", port=port), shadow.to) as prober:
            until(lambda: _says_nonsense(garbage) or prober.failures >= 2)
            until(lambda: _says_nonsense(garbage) or prober.failures >= 2)
            assert not prober.pairs


def _says_nonsense(listening: socket.socket) -> bool:
    try:
        user, _ = listening.accept()
    except TimeoutError:
        return False
    with user:
        user.recv(1000)
        user.sendall(b"\x00\xff no HTTP\r\n\r\n")
    return False


def test_only_engines_that_users_wait_for_are_probed_and_only_if_wanted() -> None:
    settings = Settings(primary="http://prod:8080")
    mark = probe_mark(settings)
    found = probes(settings, "0.0.0.0:8000", mark)
    assert found is not None
    assert (found.through.host, found.through.port) == ("127.0.0.1", 8000)
    assert (found.direct.host, found.direct.port) == ("prod", 8080)
    assert (found.method, found.target, found.authority) == ("HEAD", "/", "prod:8080")
    quiet = Settings.model_validate({"primary": "http://p", "capture": {"guard": {"probe": False}}})
    assert probes(quiet, "0.0.0.0:8000", mark) is None
    assert probes(Settings(), "0.0.0.0:8000", mark) is None


def test_processes_of_one_supervisor_know_each_others_probes() -> None:
    one = Settings.model_validate({"redact": {"key": "k" * 32}})
    other = Settings.model_validate({"redact": {"key": "l" * 32}})
    assert probe_mark(one) == probe_mark(one) != probe_mark(other)
    assert "k" * 8 not in probe_mark(one).decode()
