"""Candidate and secondary, asked together."""

import asyncio
import random
from contextlib import AsyncExitStack

from shadow.model import NoiseSource, Replies, Request
from shadow.replay.target import Target


class FanOut:
    """Asks both targets at the same moment, in shuffled order so that neither is always first."""

    def __init__(self, candidate: Target, secondary: Target | None) -> None:
        self._candidate = candidate
        self._secondary = secondary

    async def ask(self, request: Request, _exchange_id: str = "") -> Replies:
        """Send `request` once to each target; the secondary rests when the candidate does."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._candidate.slots)
            if self._secondary is not None:
                await stack.enter_async_context(self._secondary.slots)
            held_back = self._candidate.held_back()
            if held_back is not None:
                return Replies(candidate=held_back, secondary=None)
            return await self._ask_both(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for target in (self._candidate, self._secondary):
            if target is not None:
                await target.aclose()

    async def _ask_both(self, request: Request) -> Replies:
        if self._secondary is None:
            candidate = await self._candidate.send(request)
            return Replies(candidate=candidate, secondary=None, noise_from=NoiseSource.NONE)
        held_back = self._secondary.held_back()
        if held_back is not None:
            return Replies(candidate=await self._candidate.send(request), secondary=held_back)
        asked = [self._candidate, self._secondary]
        random.shuffle(asked)
        async with asyncio.TaskGroup() as group:
            asking = {target: group.create_task(target.send(request)) for target in asked}
        return Replies(
            candidate=asking[self._candidate].result(),
            secondary=asking[self._secondary].result(),
        )
