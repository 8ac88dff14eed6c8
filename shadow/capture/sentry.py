"""Watches a live process from its own event loop, and has the intake do what the guard rules."""

import asyncio
import contextlib
import logging
import signal
import time
from typing import Protocol

from shadow.capture.guard.allowance import Allowance
from shadow.capture.guard.guard import Guard, Ruling, Seen
from shadow.capture.guard.latency import BEAT_SECONDS, AddedLatency
from shadow.capture.intake import Intake
from shadow.capture.pause_file import PauseWatch
from shadow.capture.probing import ProbeOptions, Prober
from shadow.capture.resident import give_back, resident_bytes
from shadow.model import Drop

logger = logging.getLogger(__name__)

BY_SIGNAL = "SIGUSR1"
"""What a pause by signal is called."""

_RULING_SECONDS = 1.0
_GIVE_BACK_SECONDS = 5.0
_PROBES_THAT_FAIL = 3


class Held(Protocol):
    """What this process keeps for its workers."""

    def let_go(self) -> int:
        """Forget what waits; tell how much that was."""

    def give_back(self) -> None:
        """Return to the system some of the memory that is not used; takes no time to speak of."""


class Sentry:
    """Looks every tenth of a second how late the loop is, and lets the guard rule each second.

    SIGUSR1 pauses and resumes where this runs in the main thread.
    """

    def __init__(self, guard: Guard, intake: Intake, pause: PauseWatch, held: Held) -> None:
        self._guard = guard
        self._intake = intake
        self._pause = pause
        self._held = held
        self._added = AddedLatency()
        self._paused_by_signal = False
        self._prober: Prober | None = None
        self._unprobed = False
        self._timer: asyncio.TimerHandle | None = None
        self._rules_at = 0.0
        self._gives_back_at = 0.0
        self._allowance = Allowance()
        self._failed = False

    def start(self) -> None:
        """Begin, on the running loop."""
        loop = asyncio.get_running_loop()
        # Elsewhere than in the main thread, or where there is no such signal, the file remains.
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            loop.add_signal_handler(signal.SIGUSR1, self.toggle)
        self._pause.start()
        self._try_to_rule(time.monotonic())
        self._wait_for_beat(loop)

    def probe(self, options: ProbeOptions) -> None:
        """Measure from now on what Shadow adds between these two addresses."""
        if self._prober is not None:
            self._prober.stop()
        self._prober = Prober(options)
        self._prober.start()

    def toggle(self) -> None:
        """Pause, or end a pause that was begun so."""
        self._paused_by_signal = not self._paused_by_signal
        self._rules_at = 0.0

    def stop(self) -> None:
        """End; what was allowed last stays so."""
        if self._timer is not None:
            self._timer.cancel()
        if self._prober is not None:
            self._prober.stop()
        self._pause.stop()

    def _wait_for_beat(self, loop: asyncio.AbstractEventLoop) -> None:
        due = time.monotonic() + BEAT_SECONDS
        self._timer = loop.call_later(BEAT_SECONDS, self._beat, loop, due)

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = time.monotonic()
        self._wait_for_beat(loop)
        self._added.lag(max(0.0, now - due))
        if now < self._rules_at:
            return
        self._rules_at = now + _RULING_SECONDS
        self._try_to_rule(now)

    def _try_to_rule(self, now: float) -> None:
        try:
            self._rule(now)
        except Exception as error:  # a guard that fails must not take the watch along
            if not self._failed:
                logger.error("%s while watching over users", type(error).__name__)
            self._failed = True

    def _rule(self, now: float) -> None:
        self._hear_prober()
        paused_by = self._paused_by()
        ruling = self._guard.rule(
            Seen(
                now=now,
                paused_by=paused_by,
                resident=resident_bytes(),
                added=self._added.added(),
                in_sample=self._intake.in_sample,
                in_rate=self._intake.in_rate,
            )
        )
        self._follow(ruling, now)
        self._pause.say(ruling.state, paused_by, now)

    def _follow(self, ruling: Ruling, now: float) -> None:
        if ruling.allowance != self._allowance:
            self._allowance = ruling.allowance
            self._intake.allow(ruling.allowance)
        if ruling.measure_anew:
            self._added.forget()
        for sentence in ruling.news:
            logger.warning("%s", sentence)
        if ruling.let_go and (gone := self._held.let_go()):
            self._intake.lost(Drop.MEMORY, gone)
        if ruling.give_back:
            self._held.give_back()
        if ruling.give_back and now >= self._gives_back_at:
            self._gives_back_at = now + _GIVE_BACK_SECONDS
            give_back()

    def _paused_by(self) -> tuple[str, ...]:
        by_file = (f"{self._pause.file} is there",) if self._pause.present else ()
        return (*by_file, BY_SIGNAL) if self._paused_by_signal else by_file

    def _hear_prober(self) -> None:
        prober = self._prober
        if prober is None:
            return
        while prober.pairs:
            self._added.pair(prober.pairs.popleft())
        fails = prober.failures >= _PROBES_THAT_FAIL
        if fails == self._unprobed or 0 < prober.failures < _PROBES_THAT_FAIL:
            return
        self._unprobed = fails
        if not fails:
            logger.warning("the primary can be probed again")
            return
        logger.warning(
            "the primary cannot be probed (%s): what Shadow adds is told by the event loop alone",
            prober.problem,
        )
