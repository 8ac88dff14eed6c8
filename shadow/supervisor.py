"""One machine's processes: starts them, restarts what dies, stops all of it in order.

Users first: the live process is stopped first and finishes what users have under way; it goes on
alone if everything else here dies. Workers stay until it has handed over all that it took. Pages
are served by a process of their own, which nothing waits for and which ends nothing.

A child reads its settings as one line from standard input, so that no secret lies in a file. That
pipe then stays open: its end tells the child that the supervisor is gone.
"""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 15.0
"""How long a live process that serves no more users waits for its workers to commit."""

TAKES_SIGNALS = '{"takes_signals": true}'
"""The line by which a child says that a signal does not end it any more."""

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 10.0
_STOP_WORKER_SECONDS = 15.0
_MOST_FAILED_STARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run.

    `settings` is one line of JSON for every child; `live_settings` those of each live process,
    where there are several. `scratch` is the folder for their temporary files, which whoever made
    it removes. `pages` says whether they are served. `options` are those of the command line for
    all commands. `stop_live_seconds` is how long the live process may take to drain before it is
    killed.
    """

    settings: str = field(repr=False)
    scratch: Path
    workers: int
    pages: bool = False
    stop_live_seconds: float
    options: tuple[str, ...] = ()
    live_settings: tuple[str, ...] = field(default=(), repr=False)
    python: str = sys.executable

    def command(self, role: str) -> tuple[str, ...]:
        """The command line of a child."""
        shadow = (self.python, "-m", "shadow", *self.options)
        return (*shadow, role, "--scratch", str(self.scratch))


class _Child:
    """A role that is kept running until it is stopped; `hear` gets each line it prints."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        role: str,
        hear: Callable[[str], None],
        settings: str | None = None,
    ) -> None:
        self._name = name
        self._command = plan.command(role)
        self._settings = (settings or plan.settings).encode() + b"\n"
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._takes_signals = False
        self._in_force: set[int] = set()
        self._delivered: set[int] = set()

    async def keep(self, again: Callable[[], bool]) -> str:
        """Run it, and run it `again` whenever it ends by itself; tell how it ended last."""
        pause = _FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            ending = await self._run_once()
            if self._stopping.is_set() or not again():
                return ending
            steady = loop.time() - started > _STEADY_SECONDS
            pause = _FIRST_PAUSE_SECONDS if steady else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            logger.error("%s %s; starting it again", self._name, ending)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return ending

    async def stop(self, seconds: float) -> None:
        """Ask it to end, and kill it when it has not within `seconds`."""
        self._stopping.set()
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
        self._stopping.set()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def signal(self, number: int) -> None:
        """Pass a signal on to it, as soon as it says that it takes signals; else it would end.

        Two of them undo each other, and what one has changed holds for who comes in its place too.
        """
        self._in_force ^= {number}
        if self._takes_signals:
            self._deliver()

    def _deliver(self) -> None:
        for number in self._in_force ^ self._delivered:
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.send_signal(number)
        self._delivered = set(self._in_force)

    def _heard(self, line: str) -> None:
        if line == TAKES_SIGNALS:
            self._takes_signals = True
            self._deliver()
        else:
            self._hear(line)

    async def _run_once(self) -> str:
        """Run it until it ends, and tell how it did."""
        try:
            process = await self._started()
        except OSError as error:
            return f"could not be started ({error})"
        self._process = process
        if self._stopping.is_set():
            process.terminate()
        # Both are there, as `_started` asks for them.
        if process.stdin is not None:
            process.stdin.write(self._settings)
        if process.stdout is not None:
            async for line in process.stdout:
                self._heard(line.decode(errors="replace").strip())
        self._takes_signals = False
        self._delivered.clear()
        return _ending(await process.wait())

    async def _started(self) -> asyncio.subprocess.Process:
        # A group of its own: Ctrl-C in the terminal must reach the supervisor alone. The session is
        # the same for all, as Linux may look at who stands back only within one.
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            process_group=0,
        )


class Supervisor:
    """Runs a `Plan` until it is told to stop.

    `ready` gets the address that users connect to, each time a live process has started and none
    is missing; `progress` what one tells of how far it is, if its work has an end; `pages` what
    there is to say about the pages, for people.
    """

    def __init__(
        self,
        plan: Plan,
        ready: Callable[[str], None],
        progress: Callable[[Mapping[str, object]], None] = lambda _: None,
        pages: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._plan = plan
        self._pages_told = pages
        self._ready = ready
        self._progress = progress
        self._finished = False
        self._listening: set[str] = set()
        self._failed_starts = 0
        self._problem: str | None = None
        self._final_counts: list[Mapping[str, object]] = []
        self._workers = tuple(
            _Child(f"worker {number}", plan, "worker-role", lambda _line: None)
            for number in range(1, plan.workers + 1)
        )
        self._pages = tuple(
            _Child("the process that serves pages", plan, "web-role", self._hear_of_pages)
            for _ in range(plan.pages)
        )
        self._lives = tuple(
            _Child(name, plan, "live-role", partial(self._hear, name), settings)
            for name, settings in _live_processes(plan)
        )

    async def run(self, stop: asyncio.Event) -> tuple[Mapping[str, object], ...]:
        """Run until `stop` is set, or the live process has finished its work.

        Return the last totals of each live process, as JSON values; they may be what no
        worker could commit any more. Raises `UnavailableError` when users could not be served in
        the first place.
        """
        lives = [asyncio.create_task(each.keep(self._may_listen_yet)) for each in self._lives]
        others = [
            asyncio.create_task(each.keep(lambda: True)) for each in (*self._workers, *self._pages)
        ]
        try:
            await _first_of(stop, *lives)
            for live in lives:
                if live.done() and not stop.is_set() and not self._finished:
                    raise UnavailableError(self._problem or f"the live process {live.result()}")
        finally:
            seconds = self._plan.stop_live_seconds
            await asyncio.gather(*(each.stop(seconds) for each in self._lives))
            last = (*self._workers, *self._pages)
            await asyncio.gather(*(each.stop(_STOP_WORKER_SECONDS) for each in last))
            await asyncio.gather(*lives, *others)
        return tuple(self._final_counts)

    @property
    def finished(self) -> bool:
        """Whether the live process has said that its work is done."""
        return self._finished

    def hurry(self) -> None:
        """End everything at once, whatever is under way."""
        for child in (*self._lives, *self._workers, *self._pages):
            child.kill()

    def signal_live(self, number: int) -> None:
        """Pass a signal on to each live process."""
        for live in self._lives:
            live.signal(number)

    def _may_listen_yet(self) -> bool:
        """Whether another try makes sense: not when all is done, nor for ever."""
        if self._finished:
            return False
        if not self._listening:
            self._failed_starts += 1
        most = _MOST_FAILED_STARTS * len(self._lives)
        return self._problem is None and self._failed_starts < most

    def _hear_of_pages(self, line: str) -> None:
        match _message(line):
            case {"pages": str(url)}:
                self._pages_told(f"review pages and API at {url}")
            case {"no_pages": str(problem)}:
                self._pages_told(f"no review pages: {problem}")

    def _hear(self, name: str, line: str) -> None:
        match _message(line):
            case {"listening": str(address)}:
                self._listening.add(name)
                if len(self._listening) == len(self._lives):
                    self._ready(address)
            case {"progress": dict(progress)}:
                self._progress(progress)
            case {"finished": True}:
                self._finished = True
            case {"final_counts": dict(counts)}:
                self._final_counts.append(counts)
            case {"unavailable": str(problem)} if self._listening:
                logger.error("the live process cannot start again: %s", problem)
            case {"unavailable": str(problem)}:
                self._problem = problem


def _message(line: str) -> object:
    """What a child said; None for what is no message."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _live_processes(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The name and settings of each."""
    if len(plan.live_settings) < 2:
        return (("the live process", plan.settings),)
    numbered = enumerate(plan.live_settings, start=1)
    return tuple((f"live process {number}", settings) for number, settings in numbered)


def _ending(code: int) -> str:
    return f"ended (exit code {code})" if code >= 0 else f"was killed (signal {-code})"


async def _first_of(event: asyncio.Event, *tasks: asyncio.Task[str]) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait((waiting, *tasks), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
