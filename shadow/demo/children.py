"""The demo's child processes: started with their output in files, always stopped again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shadow.errors import UnavailableError

_POLL_SECONDS = 0.05
_HURRY_SECONDS = 5.0
_TAIL_LINES = 15
_TAIL_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running child process and the files its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path

    def wait_until[T](self, ready: Callable[[], T | None], seconds: float) -> T:
        """Ask `ready` again and again until it gives something.

        Raises UnavailableError, with the tail of the child's stderr, when the child ends first or
        `seconds` have passed.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = ready()
            if answer is not None:
                return answer
            if self.process.poll() is not None:
                raise self._failed(f"ended with exit code {self.process.returncode}")
            time.sleep(_POLL_SECONDS)
        raise self._failed(f"was not ready after {seconds:.0f} s")

    def stop(self, seconds: float) -> None:
        """Ask the child to end (SIGTERM) and wait until it has.

        Raises UnavailableError when it has not ended after `seconds`, or not with exit code 0.
        """
        self.process.terminate()
        self.end(seconds, allowed=frozenset({0}))

    def end(self, seconds: float, allowed: frozenset[int]) -> int:
        """Wait until the child ends by itself and give its exit code.

        Raises UnavailableError when it has not ended after `seconds`, or with another exit code
        than `allowed`.
        """
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise self._failed(f"had not ended after {seconds:.0f} s") from None
        if code not in allowed:
            raise self._failed(f"ended with exit code {code}")
        return code

    def end_now(self) -> None:
        """See to it that the child is gone: asked, asked again (which hurries it), killed."""
        for _ in range(2):
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_HURRY_SECONDS)
                return
        self.process.kill()
        self.process.wait()

    def _failed(self, what: str) -> UnavailableError:
        tail = _tail_of(self.stderr) or _tail_of(self.stdout) or "(it wrote nothing)"
        return UnavailableError(f"{self.name} {what}; the end of what it wrote:\n{tail}")


@contextmanager
def started(name: str, arguments: Sequence[str], place: Path) -> Iterator[Child]:
    """Run `python -m ARGUMENTS` as a child whose output goes to files in `place`.

    The child has a session of its own, so that a Ctrl-C reaches us alone and we can stop
    everything in order. When the context is left the child is gone.
    """
    stdout, stderr = place / f"{name}.out", place / f"{name}.err"
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", *arguments],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    child = Child(name=name, process=process, stdout=stdout, stderr=stderr)
    try:
        yield child
    finally:
        child.end_now()


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment() -> dict[str, str]:
    """Ours without the settings of Shadow: somebody's SHADOW_STORE is not the demo's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SHADOW_")}


def _tail_of(path: Path) -> str:
    """The last lines of a file, or nothing."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
