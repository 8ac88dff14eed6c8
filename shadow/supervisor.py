"""One machine's processes: starts them, restarts what dies, stops all of it in order.

Users first: the live process is stopped first and finishes what users have under way; it goes on
alone if everything else here dies. Workers stay until it has handed over all that it took.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 15.0
"""How long a live process that serves no more users waits for its workers to commit."""

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 10.0
_STOP_WORKER_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run. `settings_file` is handed to every child.

    `stop_live_seconds` is how long the live process may take to drain before it is killed.
    """

    settings_file: Path
    workers: int
    stop_live_seconds: float
    python: str = sys.executable

    def command(self, role: str) -> tuple[str, ...]:
        """The command line of a child."""
        return (self.python, "-m", "shadow", role, "--settings-file", str(self.settings_file))


class _Child:
    """A role that is kept running until it is stopped."""

    def __init__(self, name: str, command: tuple[str, ...], hear: Callable[[str], None]) -> None:
        self._name = name
        self._command = command
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def keep(self) -> None:
        """Run it, and run it again whenever it ends by itself."""
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while not self._stopping:
            started = loop.time()
            code = await self._run_once()
            if self._stopping:
                return
            steady = loop.time() - started > _STEADY_SECONDS
            pause = _FIRST_PAUSE_SECONDS if steady else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            logger.error("%s ended (exit code %s); starting it again", self._name, code)
            await asyncio.sleep(pause)

    async def stop(self, seconds: float) -> None:
        """Ask it to end, and kill it when it has not within `seconds`."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            logger.error("%s did not end within %g s and is killed", self._name, seconds)
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        self._stopping = True
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _run_once(self) -> int:
        # A session of its own: Ctrl-C in the terminal must reach the supervisor alone.
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._process = process
        if self._stopping:
            process.terminate()
        assert process.stdout is not None  # noqa: S101 - asked for above
        async for line in process.stdout:
            self._hear(line.decode(errors="replace").strip())
        return await process.wait()


class Supervisor:
    """Runs a `Plan` until it is told to stop.

    `ready` gets the address that users connect to, each time the live process has started;
    `final_counts` the live process's last totals, as JSON, which no worker may have committed.
    """

    def __init__(
        self, plan: Plan, ready: Callable[[str], None], final_counts: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._ready = ready
        self._final_counts = final_counts
        self._listening = asyncio.Event()
        self._workers = tuple(
            _Child(f"worker {number}", plan.command("worker-role"), lambda _line: None)
            for number in range(1, plan.workers + 1)
        )
        self._live = _Child("the live process", plan.command("live-role"), self._hear)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises `UnavailableError` when users cannot be served."""
        live = asyncio.create_task(self._live.keep())
        workers = [asyncio.create_task(worker.keep()) for worker in self._workers]
        try:
            await _first_of(self._listening, live)
            await _first_of(stop, live)
            live.result() if live.done() else None
        finally:
            await self._live.stop(self._plan.stop_live_seconds)
            await asyncio.gather(*(w.stop(_STOP_WORKER_SECONDS) for w in self._workers))
            await asyncio.gather(live, *workers, return_exceptions=True)

    def hurry(self) -> None:
        """End everything at once, whatever is under way."""
        for child in (self._live, *self._workers):
            child.kill()

    def _hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        match said:
            case {"listening": str(address)}:
                self._listening.set()
                self._ready(address)
            case {"final_counts": dict(counts)}:
                self._final_counts(json.dumps(counts))
            case {"unavailable": str(problem)} if not self._listening.is_set():
                raise UnavailableError(problem)


async def _first_of(event: asyncio.Event, task: "asyncio.Task[None]") -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait((waiting, task), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
