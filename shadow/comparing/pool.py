"""Processes that compare, so that no input can take the caller along.

A child that is beyond its deadline or has died is replaced, and its pair is undecided.
"""

import multiprocessing
import resource
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Protocol

from shadow.comparing.ahead import Ahead
from shadow.comparing.pair import (
    Compared,
    Pair,
    PairComparer,
    PairError,
    id_of,
    no_pair,
    unanswered,
)
from shadow.deadline import Deadline
from shadow.diff.limits import DeadlineReachedError
from shadow.errors import ShadowError, UnavailableError

GRACE_SECONDS = 5.0
"""So long after its deadline a child that does not say anything is ended."""
START_SECONDS = 60.0
"""So much more before it is ready to compare."""
_AHEAD = 64
_POLL_SECONDS = 0.05
"""So long the answers of children are waited for before it is looked whether a line has come."""
_MOST_MEMORY = 4 * 1024**3
_SPAWN = multiprocessing.get_context("spawn")


class Work(Protocol):
    """What a child does with a line."""

    def __call__(self, place: str, line: bytes) -> Compared:
        """Compare the pair in a line; DeadlineReachedError is raised in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePairs:
    """Reads a line, compares the pair in it."""

    comparer: PairComparer

    def __call__(self, place: str, line: bytes) -> Compared:
        """Compare; a line that is no pair is said to be none."""
        try:
            return self.comparer.compare(Pair.read(line))
        except (PairError, ShadowError) as error:
            return no_pair(place, str(error), line)
        except DeadlineReachedError as reached:
            return unanswered(id_of(line), str(reached))


@dataclass(slots=True)
class _Job:
    place: str
    line: bytes
    outcome: Compared | None = None


@dataclass(slots=True)
class _Child:
    process: multiprocessing.process.BaseProcess
    connection: Connection
    is_ready: bool = False
    job: _Job | None = None
    due: float = field(default=0.0)


class Pool:
    """Children that compare lines; used as a context manager, which ends them."""

    def __init__(self, work: Work, jobs: int, seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._children = [self._start() for _ in range(jobs)]

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.connection.close()
            child.process.kill()
            child.process.join()

    def compare(self, lines: Iterable[tuple[str, bytes]]) -> Iterator[Compared]:
        """What is said of each line, in their order; `lines` come with their places.

        A line is answered when it is compared, whether another one comes or not. Raises
        UnavailableError when no child can be started.
        """
        under_way: deque[_Job] = deque()
        waiting: deque[_Job] = deque()
        with Ahead(lines, _AHEAD) as coming:
            while True:
                while len(under_way) < _AHEAD * len(self._children):
                    following = coming.next(is_patient=not under_way)
                    if following is None:
                        break
                    waiting.append(_Job(*following))
                    under_way.append(waiting[-1])
                if not under_way:
                    return
                self._hand_out(waiting)
                self._collect(_POLL_SECONDS)
                while under_way and under_way[0].outcome is not None:
                    yield under_way.popleft().outcome or {}

    def _hand_out(self, waiting: deque[_Job]) -> None:
        for child in self._children:
            if child.job is None and waiting:
                child.job = waiting.popleft()
                child.due = time.monotonic() + self._seconds + GRACE_SECONDS
                if not child.is_ready:
                    child.due += START_SECONDS
                with suppress(OSError):
                    child.connection.send((child.job.place, child.job.line))

    def _collect(self, seconds: float) -> None:
        ready = wait([child.connection for child in self._children], seconds)
        for at, child in enumerate(self._children):
            if child.connection in ready:
                self._receive(at, child)
            elif child.job is not None and time.monotonic() > child.due:
                self._replace(at, child, "the parser does not come to an end")

    def _receive(self, at: int, child: _Child) -> None:
        try:
            outcome: Compared | None = child.connection.recv()
        except (EOFError, OSError):
            child.process.join()
            if not child.is_ready and child.process.exitcode == 1:
                raise UnavailableError("no process to compare in could be started") from None
            self._replace(at, child, "the parser has crashed, or taken more memory than it may")
            return
        if outcome is None:
            child.is_ready = True
            child.due = time.monotonic() + self._seconds + GRACE_SECONDS
        elif child.job is not None:
            child.job.outcome, child.job = outcome, None

    def _replace(self, at: int, child: _Child, reason: str) -> None:
        child.process.kill()
        child.process.join()
        child.connection.close()
        if child.job is not None:
            child.job.outcome = unanswered(id_of(child.job.line), reason)
        self._children[at] = self._start()

    def _start(self) -> _Child:
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=_serve, args=(there, self._work, self._seconds), daemon=True
        )
        with _without_interruption():
            process.start()
        there.close()
        return _Child(process, here)


@contextmanager
def _without_interruption() -> Iterator[None]:
    """A child that starts here is not interrupted from the keyboard: its parent ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, work: Work, seconds: float) -> None:
    """Be a child: say that it is ready, then compare until the parent has gone."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    deadline = Deadline(seconds)
    with suppress(OSError):
        connection.send(None)
    while True:
        try:
            place, line = connection.recv()
        except (EOFError, OSError):
            return
        try:
            with deadline():
                outcome = work(place, line)
        except DeadlineReachedError as reached:
            outcome = unanswered(id_of(line), str(reached))
        except MemoryError:
            outcome = unanswered(id_of(line), "more memory than it may take")
        with suppress(BrokenPipeError):
            connection.send(outcome)
