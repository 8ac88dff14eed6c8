"""Real processes for tests: targets, `shadow proxy`, `shadow gate`; all ended when a test ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import shadow as package

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
"""How long anything may take before a test gives up; nothing is judged by it."""

_INSTALLED = Path(package.__file__).resolve().parents[1]
PACKAGES = {
    "PYTHONPATH": os.pathsep.join(dict.fromkeys((str(_INSTALLED), str(ROOT)))),
    "PYTHONSAFEPATH": "1",
}
"""Has what is started take the same `shadow` as who starts it: the sources, or a compiled one."""

UNGUARDED = {
    "SHADOW_CAPTURE__GUARD__PROBE": "false",
    "SHADOW_CAPTURE__GUARD__MAX_ADDED_MS": "60000",
    "SHADOW_REPLAY__CANDIDATE__BACK_OFF": "false",
    "SHADOW_REPLAY__SECONDARY__BACK_OFF": "false",
    "SHADOW_WEB__ENABLED": "false",
}
"""A primary is asked what a test's users ask, and how busy the machine is that runs the tests
changes nothing of what is compared. Several may run at once, and only one could serve pages."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until[T](what: Callable[[], T], doing: str = "") -> T:
    """Call `what` until it gives something true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"gave up waiting: {doing or what}")
        time.sleep(0.05)


@contextmanager
def process(*command: str, **more: object) -> Iterator[subprocess.Popen[str]]:
    """Run a command from the root of the project; at the end it and all below it are killed."""
    started = subprocess.Popen(  # type: ignore[call-overload]
        command, **{"stdout": subprocess.PIPE, "text": True, "cwd": ROOT, **more}
    )
    try:
        yield started
    finally:
        for pid in (started.pid, *descendants(started.pid)):
            kill(pid)
        started.wait()
        started.stdout.close()


@contextmanager
def target(
    mode: str = "good",
    *,
    mark: str = "production",
    journal: Path | None = None,
    port: int = 0,
    certificate: Path | None = None,
    key: Path | None = None,
    delay: float = 0.0,
) -> Iterator[str]:
    """Run a target and give its base URL; with a certificate it speaks TLS."""
    files = {"--journal": journal, "--certificate": certificate, "--key": key}
    more = tuple(word for flag, file in files.items() if file for word in (flag, str(file)))
    scheme = "https" if certificate else "http"
    command = (sys.executable, "-m", "tests.support.target", "--mode", mode, "--mark", mark)
    with process(*command, "--port", str(port), "--delay", str(delay), *more) as running:
        assert running.stdout is not None
        yield f"{scheme}://127.0.0.1:{json.loads(running.stdout.readline())['port']}"


@contextmanager
def fast_server(*mode: str) -> Iterator[int]:
    """Run a server that costs next to nothing, and give its port."""
    port = free_port()
    with process(sys.executable, "-m", "tests.support.fast_server", str(port), *mode):
        until(lambda: accepts(port))
        yield port


def refused() -> str:
    """The base URL of a target that is not there."""
    return f"http://127.0.0.1:{free_port()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A running `shadow proxy`."""

    supervisor: subprocess.Popen[str]
    port: int
    release: str
    store: str
    log: Path
    config: Path

    @property
    def url(self) -> str:
        """Where users connect, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> tuple[int, ...]:
        return tuple(
            pid for pid in descendants(self.supervisor.pid) if "worker-role" in command_line(pid)
        )

    def live(self) -> int:
        return next(p for p in descendants(self.supervisor.pid) if "live-role" in command_line(p))

    def stop(self) -> int:
        """End it as an operator would, and give its exit code."""
        self.supervisor.send_signal(signal.SIGTERM)
        return self.supervisor.wait(PATIENCE_SECONDS)

    def gate(self, *more: str) -> tuple[int, dict[str, Any]]:
        """Exit code and verdict."""
        done = shadow("gate", "--format", "json", *self.asked(), *more)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def asked(self) -> tuple[str, ...]:
        """What every command about this release is given."""
        config = str(self.config)
        return ("--release", self.release, "--store", self.store, "--config", config)


def shadow(
    *arguments: str,
    cwd: Path = ROOT,
    environment: dict[str, str] | None = None,
    patience: float = PATIENCE_SECONDS * 3,
) -> subprocess.CompletedProcess[str]:
    """Run a command of Shadow to its end."""
    return subprocess.run(
        (sys.executable, "-m", "shadow", *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=patience,
        cwd=cwd,
        env={**clean_environment(), **(environment or {})},
    )


def clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SHADOW_")}
    return {**kept, **UNGUARDED, **PACKAGES, "COLUMNS": "200", "NO_COLOR": "1"}


@contextmanager
def proxy(
    folder: Path,
    *,
    primary: str,
    candidate: str,
    secondary: str | None = None,
    release: str = "2.4.0",
    store: str | None = None,
    settings: str = "",
    environment: dict[str, str] | None = None,
    command: str = "proxy",
    port: int | None = None,
) -> Iterator[Shadow]:
    """Run the real `shadow proxy`, or another such command, until the test is done with it.

    `store` goes into the environment, where an operator puts a URL with a password.
    """
    port = port or free_port()
    config = folder / "shadow.yaml"
    config.write_text(settings or "{}\n")
    store = store or f"sqlite:///{folder / 'shadow.db'}"
    words = [
        sys.executable,
        "-m",
        "shadow",
        command,
        "--release",
        release,
        "--primary",
        primary,
        "--candidate",
        candidate,
        "--listen",
        f"127.0.0.1:{port}",
        "--config",
        str(config),
    ]
    if secondary:
        words += ["--secondary", secondary]
    environment = {**clean_environment(), "SHADOW_STORE": store, **(environment or {})}
    log = folder / "shadow.log"
    with log.open("w") as err, _ended_with_children(words, err, environment) as supervisor:
        until(lambda: accepts(port) or supervisor.poll() is not None, f"shadow {command} to listen")
        assert supervisor.poll() is None, log.read_text()
        yield Shadow(
            supervisor=supervisor, port=port, release=release, store=store, log=log, config=config
        )


@contextmanager
def _ended_with_children(
    command: list[str], err: IO[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        command,
        stdout=err,
        stderr=err,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    try:
        yield started
    finally:
        family = [started.pid, *descendants(started.pid)]
        for pid in family:
            kill(pid)
        started.wait()


def descendants(pid: int) -> tuple[int, ...]:
    """Processes below `pid`, as /proc tells."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return ()
    found = tuple(int(child) for child in children)
    return found + tuple(below for child in found for below in descendants(child))


def rss_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def accepts(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def alive(pid: int) -> bool:
    """Whether a process is there and has not ended (a zombie has, once its last thread has).

    Threads that outlive the first one keep what the process had open, such as a socket that goes on
    being given connections.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return False
    return state != "Z" or threads > 1
