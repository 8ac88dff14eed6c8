"""From the stream of an Envoy's tap to the intake, never behind by more than it may hold.

Reading traces costs ten times what receiving them does, and a reader that receives nothing while
it reads makes Envoy hold the rest in its memory. So traces are read in slices of a few
milliseconds, in between all that came is received, and where too much is held it is let go and
counted, unread.
"""

import asyncio
import logging
import time

from shadow.capture.intake import Intake
from shadow.capture.tap.frames import Frame, Frames, Gap
from shadow.capture.tap.lateness import Lateness
from shadow.capture.tap.traces import Captured, TraceError, read_trace
from shadow.model import Skip

logger = logging.getLogger(__name__)

_SLICE_SECONDS = 0.003
_MOST_HEADER_BYTES = 8 * 1024 * 1024
"""What the headers of an exchange and all else in a trace may take, as JSON."""

_HELD_BYTES = 16 * 1024 * 1024
"""What may wait to be read besides one trace of the longest."""


class TapReader:
    """Takes what a tap tells into the intake; `late` is set where Envoy cannot keep up."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._frames = Frames(_most_trace_bytes(intake.max_body_bytes))
        self._most_held = _HELD_BYTES + 2 * _most_trace_bytes(intake.max_body_bytes)
        self._lateness = Lateness()
        self._slice: asyncio.Handle | None = None
        self._complained = False
        self.late = asyncio.Event()

    def begin(self) -> None:
        """Forget what an earlier connection left unfinished."""
        self._frames = Frames(_most_trace_bytes(self._intake.max_body_bytes))
        self._lateness.forget()
        self._complained = False
        self.late.clear()

    def feed(self, data: bytes) -> None:
        """Hold what came, and see to it that it is read soon; costs next to nothing."""
        self._frames.feed(data)
        if self._frames.held_bytes > self._most_held:
            self._intake.overrun(self._frames.shed())
        self._read_soon()

    def finish(self) -> None:
        """Read all that is complete, at once."""
        self._read_all()
        if self._slice is not None:
            self._slice.cancel()
            self._slice = None

    def _read_soon(self) -> None:
        if self._slice is None:
            self._slice = asyncio.get_running_loop().call_soon(self._read_slice)

    def _read_slice(self) -> None:
        self._slice = None
        end = time.perf_counter() + _SLICE_SECONDS
        while (frame := self._frames.next()) is not None:
            self._take(frame)
            if time.perf_counter() > end:
                self._read_soon()
                return

    def _read_all(self) -> None:
        while (frame := self._frames.next()) is not None:
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        """Count one trace exactly once, whatever is in it; never raises."""
        if isinstance(frame, Gap):
            self._intake.skip(Skip.RESPONSE_TOO_LARGE)
            return
        now = time.time()
        try:
            trace = read_trace(frame, self._intake.refusal)
        except TraceError as error:
            self._failed(error)
            return
        except Exception as error:  # the stream has to be read on, whatever this one did
            self._failed(error)
            return
        if trace.answered_at is not None and self._lateness.is_late(now, trace.answered_at):
            self.late.set()
        if isinstance(trace.exchange, Captured):
            self._offer(trace.exchange, now)
        else:
            self._intake.skip(trace.exchange)

    def _offer(self, exchange: Captured, now: float) -> None:
        at = exchange.captured_at
        try:
            self._intake.take(exchange.request, exchange.primary, at if at is not None else now)
        except Exception as error:  # as above
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._intake.failed()
        if not self._complained:
            self._complained = True
            logger.warning("capture failed in a trace: %s", type(error).__name__)


def _most_trace_bytes(max_body_bytes: int) -> int:
    """Both bodies in base64, and the rest."""
    return 2 * (max_body_bytes * 4 // 3 + 4) + _MOST_HEADER_BYTES
