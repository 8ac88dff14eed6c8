"""A user's connection and the one to the primary that is made for it.

Every user has a connection to the primary alone, so that no answer can reach anybody else. It is
made when the user's first bytes come: who connects and says nothing costs the primary nothing.
Over TLS the two agree on the protocol that the user speaks, or else the user is let go.
"""

import asyncio
import logging
from time import monotonic
from typing import Protocol

from shadow.capture.tee.afterwards import Afterwards
from shadow.capture.tee.ends import End
from shadow.capture.tee.limits import TeeLimits
from shadow.capture.tee.primary import NotSpokenError
from shadow.capture.tee.tls import Alpn
from shadow.capture.tee.transcript import Event, Transcript

logger = logging.getLogger(__name__)

HALF_CLOSED_SECONDS = 60.0
"""How long a connection may rest whose primary says nothing more."""

LEAVING_SECONDS = 2.0
"""How long a user's end is waited for whose connection was ended between two answers."""

_LOOKS_IN_A_LIMIT = 4


class Keeper(Protocol):
    """Who keeps the relays of a process."""

    limits: TeeLimits
    afterwards: Afterwards

    def left(self, relay: "Relay") -> None:
        """A relay has ended."""


class Way(Protocol):
    """How the primary is reached."""

    def spoken(self, user: End, said: bytes) -> Alpn | None:
        """What to speak for a user who has `said` this; None where more has to be said first."""

    async def connect(self, user: End, end: End, spoken: Alpn) -> None:
        """Connect `end` for a user; raises `OSError`."""


class Relay:
    """Passes bytes on, and has them read afterwards."""

    __slots__ = (
        "__weakref__",
        "_connecting",
        "_ends_when_answered",
        "_holds_user",
        "_is_late",
        "_keeper",
        "_leaving",
        "_loop",
        "_moved_at",
        "_reading",
        "_timer",
        "_waiting",
        "_way",
        "primary",
        "transcript",
        "user",
    )

    def __init__(self, keeper: Keeper, way: Way, transcript: Transcript) -> None:
        self.transcript = transcript
        self.user = End(self, by_user=True)
        self.primary = End(self, by_user=False)
        self.user.other, self.primary.other = self.primary, self.user
        self._keeper = keeper
        self._way = way
        self._connecting: asyncio.Task[None] | None = None
        self._waiting = b""
        self._ends_when_answered = False
        self._holds_user = False
        self._leaving = False
        self._is_late = False
        self._loop = asyncio.get_running_loop()
        self._moved_at = monotonic()
        self._reading = False
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def received(self, end: End, data: bytes) -> None:
        """Have the copy read when the bytes are on their way."""
        self._moved_at = now = monotonic()
        if self.transcript.wrote(data, now, by_user=end.by_user) and not self._reading:
            self._reading = True
            self._keeper.afterwards.call(self._read)

    def not_passed_on(self, end: End, data: bytes) -> None:
        """Connect to the primary for a user's first bytes; what comes after the end is let go."""
        if not end.by_user or self._leaving or (self._connecting and not self._waiting):
            return
        self._waiting += data
        if self._connecting is None:
            spoken = self._way.spoken(end, self._waiting)
            if spoken is not None:
                self._begin(spoken)
        self.received(end, data)

    def ended(self, end: End) -> None:
        """Pass the end on as it came, or close where nothing was under way yet."""
        self._happened(Event.USER_ENDED if end.by_user else Event.PRIMARY_ENDED)
        if end.by_user and self._connecting is None:
            if self._waiting:  # too little for HTTP/2
                self._begin(Alpn.HTTP_1)
            else:
                self.user.close()
        elif end.other.has_ended:
            self._close()
        elif end.by_user:
            self._pass_on_the_users_end()
        else:
            self.user.finish_writing()

    def lost(self, end: End, error: Exception | None) -> None:
        """Break the other connection as this one broke, or let it end in order."""
        if end.by_user:
            self._happened(Event.USER_BROKE)
            if error is None:
                self.primary.close()
            else:
                self.primary.reset()
        elif error is None or end.has_ended or self._leaving:
            self._happened(Event.PRIMARY_ENDED)
            self._leave()
        else:
            self._happened(Event.PRIMARY_BROKE)
            self.user.reset()
        self._gone()

    @property
    def is_busy(self) -> bool:
        """Whether the user waits for something, as far as can be told."""
        if self._connecting is None:
            return False
        return self.transcript.under_way or self.transcript.conversation.stopped

    def quiet_since(self) -> float:
        """When something last moved."""
        return self._moved_at

    def leave_between_answers(self) -> None:
        """End a connection on which nothing is under way; the user may ask again on another."""
        if self._connecting is None:
            self.user.close()
        elif not self._leaving:
            self._let_go()

    def leave_when_answered(self) -> None:
        """As `leave_between_answers`, behind those to what has been asked by now.

        What the user asks next is not taken up. To be called again and again: while something is
        still to come from the user for what was asked, nothing is done.
        """
        self.transcript.read()
        if not self.is_busy:
            self.leave_between_answers()
        elif self.transcript.heard_out and not self._holds_user:
            self._holds_user = True
            self.user.pause_reading()

    def never_began(self) -> None:
        """The user was gone before the connection was made."""
        self._gone()

    def cut(self) -> None:
        """End it, whatever is under way."""
        self.transcript.cut()
        self.user.reset()
        self.primary.reset()

    def _begin(self, spoken: Alpn) -> None:
        """Connect to the primary; the user is heard on when that is done."""
        self.user.pause_reading()
        self._connecting = self._loop.create_task(self._reach_primary(spoken))

    async def _reach_primary(self, spoken: Alpn) -> None:
        try:
            async with asyncio.timeout(self._keeper.limits.connect_seconds):
                await self._way.connect(self.user, self.primary, spoken)
        except NotSpokenError:
            self._happened(Event.PRIMARY_BROKE)
            self.user.resume_reading()
            self._let_go()
            return
        except Exception as error:  # or else the user would wait for nothing
            if not isinstance(error, OSError):  # which TimeoutError is
                logger.warning("the primary cannot be connected to: %s", type(error).__name__)
            self._happened(Event.PRIMARY_BROKE)
            self.user.close()
            return
        if not self.user.is_open:
            self.primary.close()
            return
        waiting, self._waiting = self._waiting, b""
        self.primary.transport.write(waiting)
        self.user.resume_reading()
        if self.user.has_ended:
            self._pass_on_the_users_end()

    def _read(self) -> bool:
        self._reading = self.transcript.read()
        if self._ends_when_answered and not self._reading:
            self._end_if_answered()
        if self._holds_user and not self._reading and not self.transcript.under_way:
            self._let_go_or_on()
        return self._reading

    def _pass_on_the_users_end(self) -> None:
        if self.primary.is_open and not self.primary.transport.can_write_eof():
            self._ends_when_answered = True
            self._end_if_answered()
        else:
            self.primary.finish_writing()

    def _end_if_answered(self) -> None:
        """Pass on the end of a user who has all answers, where only the whole can be ended."""
        if not self.transcript.under_way:
            self.primary.close()

    def _let_go_or_on(self) -> None:
        """Let a user go who is held and has all answers; on, where that cannot be told any more."""
        if self.transcript.conversation.stopped:
            self._hold_no_more()
        elif not self._leaving:
            self._let_go()

    def _hold_no_more(self) -> None:
        if self._holds_user:
            self._holds_user = False
            self.user.resume_reading()

    def _happened(self, event: Event) -> None:
        if self.transcript.happened(event, monotonic()) and not self._reading:
            self._reading = True
            self._keeper.afterwards.call(self._read)

    def _let_go(self) -> None:
        """End it in order, and in a while whether the user ends it too or not."""
        self.primary.close()
        self._leave()
        self._loop.call_later(LEAVING_SECONDS, self._close)

    def _leave(self) -> None:
        """Say the end to the user and wait for the user's, so that nothing written is lost."""
        self._leaving = True
        self._hold_no_more()
        if self.user.has_ended:
            self.user.close()
        else:
            self.user.finish_writing()

    def _close(self) -> None:
        self.user.close()
        self.primary.close()

    def _gone(self) -> None:
        if not (self.user.is_lost and self.primary.is_lost):
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._keeper.left(self)

    def _look(self) -> None:
        """See from time to time whether the connection still has a reason to be there."""
        limits, now = self._keeper.limits, monotonic()
        begun_at = self.transcript.conversation.begun_at
        slow_head = begun_at is not None and now - begun_at > limits.head_seconds
        half_closed = self._leaving or (self.primary.has_ended and not self.user.has_ended)
        longest = limits.idle_seconds
        if half_closed:
            longest = min(longest, HALF_CLOSED_SECONDS)
        elif self._connecting is None:
            # Who says nothing may not keep others out for as long as who rests between answers.
            longest = min(longest, limits.head_seconds)
        if self._is_late:
            self.user.reset()
            self.primary.reset()
        elif slow_head or now - self._moved_at > longest:
            self._is_late = True
            self._close()
        pause = min(limits.idle_seconds, limits.head_seconds) / _LOOKS_IN_A_LIMIT
        self._timer = self._loop.call_later(pause, self._look)
