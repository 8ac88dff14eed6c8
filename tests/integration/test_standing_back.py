"""Workers and pages take what production leaves of the processor, and stay out of the terminal."""

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tests.support.processes import (
    ROOT,
    accepts,
    clean_environment,
    command_line,
    descendants,
    free_port,
    kill,
    proxy,
    target,
    until,
)
from tests.support.user import User

LOWEST_PRIORITY = 19


def test_workers_and_pages_stand_back_behind_all_of_their_session(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        proxy(
            tmp_path,
            primary=production,
            candidate=candidate,
            environment={
                "SHADOW_WEB__ENABLED": "true",
                "SHADOW_WEB__LISTEN": f"127.0.0.1:{free_port()}",
            },
        ) as running,
    ):
        family = (running.supervisor.pid, *descendants(running.supervisor.pid))
        back = [pid for pid in family if _role(pid) in {"worker-role", "web-role"}]
        before = [pid for pid in family if pid not in back]
        assert {_role(pid) for pid in back} == {"worker-role", "web-role"}
        until(lambda: {_niceness(pid) for pid in back} == {LOWEST_PRIORITY})
        assert {_niceness(pid) for pid in before} == {_niceness(os.getpid())}
        # Linux may look at niceness only within one session.
        assert len({os.getsid(pid) for pid in family}) == 1


def test_what_children_log_to_a_terminal_that_stops_others_holds_nobody_up(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        in_terminal(tmp_path, production, candidate) as there,
    ):
        assert answered(there.url, 5) == 5
        # The live process says so on the terminal.
        there.shadow.send_signal(signal.SIGUSR1)
        until(lambda: b"paused" in there.seen)
        assert answered(there.url, 5) == 5
        assert _states(there.shadow.pid).isdisjoint("Tt")


def test_ctrl_c_is_for_the_supervisor_which_ends_all_in_order(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        in_terminal(tmp_path, production, candidate) as there,
    ):
        assert answered(there.url, 20) == 20
        os.write(there.terminal, b"\x03")
        assert there.shadow.wait(60) == 0
        until(lambda: b"stopped; ask" in there.seen)
        assert b"Traceback" not in there.seen
        assert b"starting it again" not in there.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class InTerminal:
    """A `shadow proxy` in the foreground of a terminal, which shows what is `seen`."""

    shadow: subprocess.Popen[bytes]
    terminal: int
    url: str
    seen: bytearray

    def child(self, role: str) -> int:
        """The first child with this role."""
        found = _role_of(self.shadow.pid, role)
        assert found is not None
        return found


@contextmanager
def in_terminal(folder: Path, production: str, candidate: str) -> Iterator[InTerminal]:
    """Run `shadow proxy` in a terminal that stops who writes there from the background."""
    port = free_port()
    terminal, own = pty.openpty()
    modes = termios.tcgetattr(own)
    modes[3] |= termios.TOSTOP | termios.ISIG
    termios.tcsetattr(own, termios.TCSANOW, modes)
    # The session's leader takes the terminal for its own, as a shell does.
    takes = (
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(2, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'shadow', *sys.argv[1:]])\n"
    )
    options = ("--primary", production, "--candidate", candidate, "--release", "1")
    where = ("--listen", f"127.0.0.1:{port}", "--store", f"sqlite:///{folder / 'shadow.db'}")
    shadow = subprocess.Popen(
        (sys.executable, "-c", takes, "proxy", *options, *where),
        stdin=own,
        stdout=own,
        stderr=own,
        cwd=ROOT,
        env=clean_environment(),
        start_new_session=True,
    )
    os.close(own)
    seen = bytearray()
    reader = Thread(target=_read_all, args=(terminal, seen), daemon=True)
    reader.start()
    try:
        until(lambda: accepts(port) and _role_of(shadow.pid, "worker-role") is not None)
        yield InTerminal(
            shadow=shadow, terminal=terminal, url=f"http://127.0.0.1:{port}", seen=seen
        )
    finally:
        for pid in (shadow.pid, *descendants(shadow.pid)):
            kill(pid)
        shadow.wait()
        reader.join(10)
        os.close(terminal)


def _read_all(terminal: int, seen: bytearray) -> None:
    """Read what is shown until nobody has the terminal open any more."""
    while True:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # as Linux says it
            return
        if not shown:
            return
        seen += shown


def answered(url: str, number: int) -> int:
    """Ask so many times; return how many were answered."""
    with User(url) as user:
        return sum(user.get("/items/1").startswith(b"HTTP/1.1 200") for _ in range(number))


def _niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def _role(pid: int) -> str:
    return next((word for word in command_line(pid).split() if word.endswith("-role")), "")


def _role_of(family: int, role: str) -> int | None:
    return next((pid for pid in descendants(family) if _role(pid) == role), None)


def _states(family: int) -> set[str]:
    """The states of a process and all below it, as letters; T is stopped."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in (family, *descendants(family))]
    return {stat.rpartition(")")[2].split()[0] for stat in stats}
