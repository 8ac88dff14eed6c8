"""From a mirror's copy to an exchange: strip, decide, offer; and all that waits for it, bounded."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shadow.capture.intake import Intake
from shadow.capture.sink.marks import MirrorMarks
from shadow.model import Drop, Skip

logger = logging.getLogger(__name__)

_MOST_WAITING = 2048
_MOST_AT_ONCE = 32
"""How many copies are taken in before mirrors are answered again."""


@dataclass(slots=True, kw_only=True)
class Copy:
    """One request as a mirror sent it.

    `left_out` says why it will not be taken; `held_bytes` is the room it has taken.
    """

    received_at: float
    method: str = ""
    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    held_bytes: int = 0
    left_out: Skip | Drop | None = None


class CopyDesk:
    """Takes whole copies in, after their mirrors have been answered.

    `later` runs a call after what is under way, as an event loop's `call_soon`. `most_bytes`
    bounds `held_bytes`: what is held of copies that are coming in or wait to be taken in, of all
    connections together.
    """

    def __init__(
        self,
        intake: Intake,
        marks: MirrorMarks,
        most_bytes: int,
        later: Callable[[Callable[[], None]], object],
    ) -> None:
        self._intake = intake
        self._marks = marks
        self._most_bytes = most_bytes
        self._later = later
        self.held_bytes = 0
        self._waiting: deque[Copy] = deque()
        self._max_body_bytes = intake.max_body_bytes

    def begin(self, copy: Copy, head_bytes: int) -> None:
        """Make room for a copy whose head is complete."""
        self._hold(copy, head_bytes)

    def keep(self, copy: Copy, part: bytes) -> None:
        """Add a part of a body, where the copy is still to be taken and there is room for it."""
        if copy.left_out is not None:
            return
        if len(copy.body) + len(part) > self._max_body_bytes:
            self.leave_out(copy, Skip.REQUEST_TOO_LARGE)
        elif self._hold(copy, len(part)):
            copy.body += part

    def leave_out(self, copy: Copy, why: Skip | Drop) -> None:
        """Do not take a copy, and forget what is held of its body."""
        copy.left_out = why
        copy.body.clear()

    def hand_in(self, copy: Copy) -> None:
        """Take a copy that is whole, or left out, a moment later."""
        if len(self._waiting) >= _MOST_WAITING:
            self.leave_out(copy, copy.left_out or Drop.QUEUE_FULL)
            self._take(copy)
            return
        self._waiting.append(copy)
        if len(self._waiting) == 1:
            self._later(self._take_some)

    def take_all(self) -> None:
        """Take everything that waits."""
        while self._waiting:
            self._take(self._waiting.popleft())

    def _take_some(self) -> None:
        for _ in range(min(_MOST_AT_ONCE, len(self._waiting))):
            self._take(self._waiting.popleft())
        if self._waiting:
            self._later(self._take_some)

    def _take(self, copy: Copy) -> None:
        try:
            self._decide(copy)
        except Exception as error:  # one copy must not cost the others
            logger.warning("a copy could not be taken: %s", type(error).__name__)
            self._intake.failed()
        finally:
            self._let_go(copy)

    def _decide(self, copy: Copy) -> None:
        request = self._marks.taken_off(copy.method, copy.target, copy.headers, bytes(copy.body))
        refused = self._intake.refusal(request.method, request.target, request.headers)
        left_out = refused or copy.left_out
        if left_out is None:
            self._intake.take(request, None, copy.received_at)
        else:
            self._count(left_out)

    def _count(self, why: Skip | Drop) -> None:
        if isinstance(why, Skip):
            self._intake.skip(why)
        else:
            self._intake.drop(why)

    def _hold(self, copy: Copy, number: int) -> bool:
        if self.held_bytes + number > self._most_bytes:
            self.leave_out(copy, copy.left_out or Drop.QUEUE_FULL)
            return False
        self.held_bytes += number
        copy.held_bytes += number
        return True

    def _let_go(self, copy: Copy) -> None:
        self.held_bytes -= copy.held_bytes
        copy.held_bytes = 0
