"""`shadow proxy` as the processes it is: how it starts, what it restarts, how it stops."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support.processes import (
    PATIENCE_SECONDS,
    Shadow,
    accepts,
    alive,
    clean_environment,
    command_line,
    descendants,
    free_port,
    kill,
    process,
    proxy,
    shadow,
    target,
    until,
)
from tests.support.user import User, same_answers

COULD_NOT_RUN = 4
SECRETS = ("token-for-the-pre-release-4711", "key-to-redact-with-0815")
SECRETIVE = f"""
replay: {{candidate: {{set_headers: {{authorization: {SECRETS[0]}}}}}}}
redact: {{key: {SECRETS[1]}}}
"""


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture(scope="module")
def candidate() -> Iterator[str]:
    with target() as url:
        yield url


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A temporary folder for `shadow proxy`, short enough for a socket's path."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_answers_finish_and_leaves_nothing_behind(
    number: signal.Signals, candidate: str, tmp_path: Path, scratch: Path
) -> None:
    journal = tmp_path / "journal"
    with (
        target(journal=journal) as primary,
        User(primary) as direct,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings=SECRETIVE,
            environment={"TMPDIR": str(scratch)},
        ) as running,
        User(running.url) as user,
    ):
        family = until(lambda: found if len(found := _family(running)) == 3 else ())
        same = _in_background(lambda: user.get("/slow") == direct.get("/slow"))
        until(lambda: "/slow" in journal.read_text(), "the request to be under way")
        assert not _holding(scratch, SECRETS)
        assert not [pid for pid in family if any(secret in command_line(pid) for secret in SECRETS)]
        running.supervisor.send_signal(number)
        assert running.supervisor.wait(PATIENCE_SECONDS) == 0
        assert same()
    assert list(scratch.iterdir()) == []
    assert not [pid for pid in family if alive(pid)]
    log = running.log.read_text()
    assert "stopping: " in log
    assert log.endswith(f"stopped; ask shadow gate --release 2.4.0 --store {running.store}\n")
    _, verdict = running.gate()
    assert verdict["accounting"]["captured"] == 1
    assert verdict["accounting"]["missing"] == 0


def test_a_second_ctrl_c_ends_all_at_once(
    primary: str, candidate: str, tmp_path: Path, scratch: Path
) -> None:
    with (
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings="capture: {drain_seconds: 3600}",
            environment={"TMPDIR": str(scratch)},
        ) as running,
        User(running.url) as user,
    ):
        user.send("/never")
        family = until(lambda: found if len(found := _family(running)) == 3 else ())
        running.supervisor.send_signal(signal.SIGINT)
        until(lambda: "stopping: " in running.log.read_text(), "the first Ctrl-C to show")
        running.supervisor.send_signal(signal.SIGINT)
        assert running.supervisor.wait(PATIENCE_SECONDS) == 0
        until(lambda: not [pid for pid in family if alive(pid)], "all to be gone")
    assert list(scratch.iterdir()) == []


def test_the_live_process_serves_on_without_supervisor_and_the_worker_ends_after_it(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(tmp_path, primary=primary, candidate=candidate) as running:
        (worker,), live = until(running.workers), running.live()
        try:
            running.supervisor.kill()
            running.supervisor.wait()
            assert same_answers(primary, running.url, 20) == 20
            os.kill(live, signal.SIGTERM)
            until(lambda: not alive(live), "the live process to end")
            until(lambda: not alive(worker), "the worker to end")
        finally:
            for pid in (live, worker):
                kill(pid)
    _, verdict = running.gate()
    assert verdict["accounting"]["compared"] == verdict["accounting"]["captured"] == 20
    assert "Traceback" not in running.log.read_text()


def test_what_is_killed_is_started_again_and_the_log_says_so(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(tmp_path, primary=primary, candidate=candidate) as running:
        (worker,) = until(running.workers)
        kill(worker)
        until(lambda: set(running.workers()) - {worker}, "another worker")
        _served_again(running.supervisor.pid, running.port)
        assert same_answers(primary, running.url, 20) == 20
        assert running.stop() == 0
    log = running.log.read_text()
    assert "worker 1 was killed (signal 9); starting it again" in log
    assert "the live process was killed (signal 9); starting it again" in log


def test_a_log_that_nobody_reads_stops_nobody(primary: str, candidate: str, tmp_path: Path) -> None:
    port = free_port()
    with _started(primary, candidate, port, tmp_path) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        _served_again(running.pid, port)
        assert same_answers(primary, f"http://127.0.0.1:{port}", 20) == 20
        running.terminate()
        assert running.wait(PATIENCE_SECONDS) == 0


def test_a_live_process_that_cannot_start_is_not_tried_for_ever(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    (tmp_path / "shadow.yaml").write_text("queue: ipc:///nowhere/at/all\n")
    port = free_port()
    with _started(primary, candidate, port, tmp_path, stderr=subprocess.PIPE) as running:
        _, said = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == COULD_NOT_RUN
    assert said.startswith("shadow: the queue cannot listen at ipc:///nowhere/at/all")
    assert len(said.splitlines()) == 1


def test_totals_that_cannot_be_stored_at_the_end_are_said(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    store = f"sqlite:///{tmp_path}/store/shadow.db"
    with proxy(tmp_path, primary=primary, candidate=candidate, store=store) as running:
        shutil.rmtree(tmp_path / "store")
        assert running.stop() == COULD_NOT_RUN
    assert "stopped, but the last totals are not stored: " in running.log.read_text()


def test_a_second_proxy_on_the_same_address_does_not_disturb_the_first(
    primary: str, candidate: str, tmp_path: Path
) -> None:
    with proxy(tmp_path, primary=primary, candidate=candidate) as running:
        targets = ("--primary", primary, "--candidate", candidate)
        listen = ("--listen", f"127.0.0.1:{running.port}")
        done = shadow("proxy", *running.asked(), *targets, *listen)
        assert done.returncode == COULD_NOT_RUN
        assert "Address already in use" in done.stderr
        assert same_answers(primary, running.url, 5) == 5


def _started(
    primary: str, candidate: str, port: int, folder: Path, **streams: int
) -> AbstractContextManager[subprocess.Popen[str]]:
    """`shadow proxy` with its streams as asked, from settings in `folder`."""
    targets = ("--primary", primary, "--candidate", candidate)
    listen = ("--listen", f"127.0.0.1:{port}", "--release", "1")
    command = (sys.executable, "-m", "shadow", "proxy", *targets, *listen)
    return process(*command, cwd=folder, env=clean_environment(), **streams)


def _served_again(supervisor: int, port: int) -> None:
    """Kill the live process, and wait for the next one to listen at the same port."""
    killed = until(lambda: _live(supervisor))
    kill(killed[0])
    until(lambda: set(_live(supervisor)) - set(killed), "another live process")
    until(lambda: accepts(port), "the same port to be served")


def _live(supervisor: int) -> tuple[int, ...]:
    return tuple(pid for pid in descendants(supervisor) if "live-role" in command_line(pid))


def _in_background(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Begin to ask, and give a function that waits for the answer."""
    executor = ThreadPoolExecutor(1)
    asked = executor.submit(ask)
    executor.shutdown(wait=False)
    return lambda: asked.result(PATIENCE_SECONDS)


def _family(running: Shadow) -> tuple[int, ...]:
    pids = (running.supervisor.pid, *descendants(running.supervisor.pid))
    return tuple(
        pid for pid in pids if "-role" in command_line(pid) or "proxy" in command_line(pid)
    )


def _holding(folder: Path, secrets: tuple[str, ...]) -> list[Path]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return [f for f in files if any(secret.encode() in f.read_bytes() for secret in secrets)]
