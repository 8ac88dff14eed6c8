"""A time limit that holds inside any code of a process's main thread.

It is counted in the processor's time: a busy machine makes no comparison undecided.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from shadow.diff.limits import DeadlineReachedError

_AGAIN_SECONDS = 0.05
"""A library that swallows the first interruption gets another."""


class Deadline:
    """Interrupts what burns too many seconds; one for each process, made in its main thread.

    Code in C is interrupted when it returns. A process that may not hang at all is ended by the
    kernel when a guarded block has burnt `most_cpu_seconds`.
    """

    def __init__(self, seconds: float, most_cpu_seconds: float | None = None) -> None:
        self._seconds = seconds
        self._most_cpu_seconds = most_cpu_seconds
        self._is_guarding = False
        signal.signal(signal.SIGPROF, self._ring)
        if most_cpu_seconds is not None:
            signal.signal(signal.SIGVTALRM, signal.SIG_DFL)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Raise DeadlineReachedError in the block when its time is over, and only in the block."""
        self._is_guarding = True
        signal.setitimer(signal.ITIMER_PROF, self._seconds, _AGAIN_SECONDS)
        if self._most_cpu_seconds is not None:
            signal.setitimer(signal.ITIMER_VIRTUAL, self._most_cpu_seconds)
        try:
            yield
        finally:
            self._is_guarding = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_guarding:
            message = f"took more than {self._seconds:g} s"
            raise DeadlineReachedError(message)
