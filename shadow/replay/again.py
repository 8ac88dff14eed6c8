"""The primary asked again for a share of the exchanges, where there is no second production server.

Which exchanges, and when, hangs on a hash of their ids: every worker decides the same, and what
an exchange holds has no part in it.
"""

import asyncio
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b

from shadow.model import SAFE_METHODS, FailureKind, NoiseSource, Replies, Reply, Request, Response
from shadow.replay.fanout import FanOut
from shadow.replay.target import Target

WAITING_PLACES = 16
"""How many exchanges wait for their time at once; others are asked again at the same moment. What
waits is not committed, and so takes room in the queue."""

_HASH_SPACE = 2**64
_NOT_COMPARED = frozenset({FailureKind.UNREACHABLE, FailureKind.NOT_ASKED})


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
    is how many wait for their time.
    """

    def __init__(self, candidate: Target, primary: Target, options: AgainOptions) -> None:
        self._primary = primary
        self._options = options
        self._alone = FanOut(candidate, None)
        self._together = FanOut(candidate, primary)
        self.waiting = 0

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        """Send `request` once to the candidate, and to the primary where it is its turn."""
        if request.method not in SAFE_METHODS:
            return await self._alone.ask(request)
        when = self._options.when(request.method, exchange_id)
        if when is When.LATER and self.waiting < WAITING_PLACES:
            replies = await self._in_turn(request)
        else:
            replies = await (self._together if when else self._alone).ask(request)
        return replace(replies, noise_from=NoiseSource.SELF)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._together.aclose()

    async def _in_turn(self, request: Request) -> Replies:
        self.waiting += 1
        try:
            replies = await self._alone.ask(request)
            if _is_compared(replies.candidate):
                await asyncio.sleep(self._options.delay_seconds)
        finally:
            self.waiting -= 1
        if not _is_compared(replies.candidate):
            return replies
        return replace(replies, secondary=await self._once_more(request))

    async def _once_more(self, request: Request) -> Reply:
        async with self._primary.slots:
            return self._primary.held_back() or await self._primary.send(request)


def _is_compared(candidate: Reply) -> bool:
    return isinstance(candidate, Response) or candidate.kind not in _NOT_COMPARED
