"""Targets asked when they may be, however long that takes: for what comes from a recording.

Beside live traffic an exchange is let go where a target is held back, as the next ones are there
already. A recording can wait: nobody stands behind it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from shadow.model import Failure, FailureKind, Replies, Reply, Request

PASSING = frozenset({"backing off", "breaker open", "rate reached"})
"""Why a target is held back for a while, as `shadow.replay.target` says it."""

_PAUSE_SECONDS = 0.05


class Asking(Protocol):
    """What asks targets."""

    async def ask(self, request: Request, exchange_id: str, /) -> Replies:
        """Send `request` once to candidate and secondary."""

    async def ask_all(self, request: Request, exchange_id: str, /) -> Replies:
        """Do as `ask`, and send it to the primary too."""

    async def aclose(self) -> None:
        """Close all connections."""


class Patient:
    """Asks again while the candidate is held back, so long as nothing has been sent.

    While the primary is, exchanges are asked one by one with a pause: each costs one, as the
    candidate was asked then.
    """

    def __init__(self, asking: Asking, primary_pause_seconds: float = 1.0) -> None:
        self._asking = asking
        self._primary_pause_seconds = primary_pause_seconds
        self._primary_is_away = False
        self._one_by_one = asyncio.Lock()

    @property
    def rests(self) -> bool:
        """Never so: what it holds waits for the candidate."""
        return False

    async def ask(self, request: Request, exchange_id: str) -> Replies:
        """Send `request` once to candidate and secondary, as soon as they may be asked."""
        return await _as_soon_as_may_be(lambda: self._asking.ask(request, exchange_id))

    async def ask_all(self, request: Request, exchange_id: str) -> Replies:
        """Do as `ask`, and send it to the primary too."""
        if not self._primary_is_away:
            return await self._ask_all(request, exchange_id)
        async with self._one_by_one:
            if self._primary_is_away:
                await asyncio.sleep(self._primary_pause_seconds)
            return await self._ask_all(request, exchange_id)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._asking.aclose()

    async def _ask_all(self, request: Request, exchange_id: str) -> Replies:
        replies = await _as_soon_as_may_be(lambda: self._asking.ask_all(request, exchange_id))
        self._primary_is_away = _is_passing(replies.primary)
        return replies


async def _as_soon_as_may_be(ask: Callable[[], Awaitable[Replies]]) -> Replies:
    while True:
        replies = await ask()
        if not _is_held_back(replies):
            return replies
        await asyncio.sleep(_PAUSE_SECONDS)


def _is_held_back(replies: Replies) -> bool:
    return replies.primary is None and _is_passing(replies.candidate)


def _is_passing(reply: Reply | None) -> bool:
    match reply:
        case Failure(kind=FailureKind.NOT_ASKED, detail=why):
            return why in PASSING
        case _:
            return False
