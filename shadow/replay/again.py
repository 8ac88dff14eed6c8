"""The primary asked again for a share of the exchanges, where there is no second production server.

Which exchanges, and when, hangs on a hash of their ids: every worker decides the same, and what
an exchange holds has no part in it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b

from shadow.model import (
    SAFE_METHODS,
    Failure,
    FailureKind,
    NoiseSource,
    Replies,
    Reply,
    Request,
    Response,
)
from shadow.replay.fanout import FanOut
from shadow.replay.target import BACKING_OFF, Target

WAITING_PLACES = 16
"""How many exchanges wait for their time at once; others are asked again at the same moment. What
waits is not committed, and so takes room in the queue."""

_HASH_SPACE = 2**64
_NOT_COMPARED = frozenset({FailureKind.UNREACHABLE, FailureKind.NOT_ASKED})

type _Ask = Callable[[FanOut, Request], Awaitable[Replies]]


class When(Enum):
    """When the primary is asked again."""

    AT_ONCE = "at once"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainOptions:
    """The `share` of the safe requests, from 0 to 1, and how long after the candidate half are."""

    share: float = 0.05
    delay_seconds: float = 2.0

    def when(self, method: str, exchange_id: str) -> When | None:
        """Say whether the primary is asked again for an exchange, and when."""
        if method not in SAFE_METHODS:
            return None
        data = exchange_id.encode("utf-8", "surrogatepass")
        digest = blake2b(data, digest_size=9, person=b"asked-again").digest()
        if int.from_bytes(digest[:8]) >= int(self.share * _HASH_SPACE):
            return None
        return When.LATER if digest[8] % 2 else When.AT_ONCE


class AskingAgain:
    """Asks the candidate each time, and the primary once more for a share of the safe requests.

    One half of the share is asked at the same moment as the candidate, so that what differs from
    answer to answer shows, the other a while later, so that what changes with time does. `waiting`
    is how many wait for their time. `first` is the primary as it is asked for its first answer, for
    exchanges that come without one.
    """

    def __init__(
        self,
        candidate: Target,
        primary: Target,
        options: AgainOptions,
        first: Target | None = None,
    ) -> None:
        self._primary = primary
        self._options = options
        self._alone = FanOut(candidate, None, first)
        self._together = FanOut(candidate, primary, first)
        self.waiting = 0

    @property
    def rests(self) -> bool:
        """Whether the candidate is left alone, but for one request from time to time."""
        return self._alone.rests

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        """Send `request` once to the candidate, and to the primary where it is its turn."""
        return await self._ask(request, exchange_id, FanOut.ask)

    async def ask_all(self, request: Request, exchange_id: str) -> Replies:
        """Do as `ask`, and send it to the primary for its first answer too."""
        return await self._ask(request, exchange_id, FanOut.ask_all)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._together.aclose()

    async def _ask(self, request: Request, exchange_id: str, ask: _Ask) -> Replies:
        if request.method not in SAFE_METHODS:
            return await ask(self._alone, request)
        when = self._options.when(request.method, exchange_id)
        if when is When.LATER and self.waiting < WAITING_PLACES:
            replies = await self._in_turn(request, ask)
        else:
            replies = await ask(self._together if when else self._alone, request)
        return replace(replies, noise_from=NoiseSource.SELF)

    async def _in_turn(self, request: Request, ask: _Ask) -> Replies:
        self.waiting += 1
        try:
            replies = await ask(self._alone, request)
            if _is_compared(replies):
                await asyncio.sleep(self._options.delay_seconds)
        finally:
            self.waiting -= 1
        if not _is_compared(replies):
            return replies
        return replace(replies, secondary=await self._once_more(request))

    async def _once_more(self, request: Request) -> Reply:
        async with self._primary.place() as got:
            if not got:
                return BACKING_OFF
            return self._primary.held_back() or await self._primary.send(request)


def _is_compared(replies: Replies) -> bool:
    if isinstance(replies.primary, Failure):
        return False
    candidate = replies.candidate
    return isinstance(candidate, Response) or candidate.kind not in _NOT_COMPARED
