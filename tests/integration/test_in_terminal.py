"""`shadow proxy` in the foreground of a terminal, its children in the background."""

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
    descendants,
    free_port,
    kill,
    target,
    until,
)
from tests.support.user import User


def test_what_children_log_to_a_terminal_that_stops_others_holds_nobody_up(tmp_path: Path) -> None:
    with in_terminal(tmp_path) as there:
        assert answered(there.url, 5) == 5
        # The live process says so on the terminal.
        there.shadow.send_signal(signal.SIGUSR1)
        until(lambda: b"paused" in there.seen)
        assert answered(there.url, 5) == 5
        assert _states(there.shadow.pid).isdisjoint("Tt")


def test_ctrl_c_is_for_the_supervisor_which_ends_all_in_order(tmp_path: Path) -> None:
    with in_terminal(tmp_path) as there:
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


@contextmanager
def in_terminal(folder: Path) -> Iterator[InTerminal]:
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
    with target() as production, target(mark="pre-release") as candidate:
        targets = ("--primary", production, "--candidate", candidate, "--release", "1")
        where = ("--listen", f"127.0.0.1:{port}", "--store", f"sqlite:///{folder / 'shadow.db'}")
        shadow = subprocess.Popen(
            (sys.executable, "-c", takes, "proxy", *targets, *where),
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
            until(lambda: accepts(port), "shadow proxy to listen")
            url = f"http://127.0.0.1:{port}"
            yield InTerminal(shadow=shadow, terminal=terminal, url=url, seen=seen)
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


def _states(family: int) -> set[str]:
    """The states of a process and all below it, as letters; T is stopped."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for pid in (family, *descendants(family))]
    return {stat.rpartition(")")[2].split()[0] for stat in stats}
