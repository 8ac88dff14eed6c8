"""Candidate, secondary and primary, asked together."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from shadow.model import Failure, FailureKind, NoiseSource, Replies, Reply, Request
from shadow.replay.target import BACKING_OFF, Target


class FanOut:
    """Asks targets at the same moment, in shuffled order so that none is always first.

    `primary` is for exchanges that come without its response.
    """

    def __init__(
        self, candidate: Target, secondary: Target | None, primary: Target | None = None
    ) -> None:
        self._candidate = candidate
        self._secondary = secondary
        self._primary = primary

    @property
    def rests(self) -> bool:
        """Whether the candidate is left alone, but for one request from time to time."""
        return self._candidate.rests

    async def ask(self, request: Request, _exchange_id: str = "") -> Replies:
        """Send `request` once to candidate and secondary, which rests when the candidate does."""
        async with AsyncExitStack() as stack:
            if not await stack.enter_async_context(self._candidate.place()):
                return Replies(candidate=BACKING_OFF, secondary=None)
            spared = await self._spares_secondary(stack)
            held_back = self._candidate.held_back()
            if held_back is not None:
                return Replies(candidate=held_back, secondary=None)
            return await self._ask_with(request, None, spared=spared)

    async def ask_all(self, request: Request, _exchange_id: str = "") -> Replies:
        """Send `request` once to each target; the others rest when the candidate does.

        Where the primary is held back, the candidate is asked alone: it was told that it would be.
        """
        primary = self._primary
        if primary is None:
            nobody = _not_asked("no primary is set")
            return Replies(candidate=nobody, secondary=None, primary=nobody)
        async with AsyncExitStack() as stack:
            if not await stack.enter_async_context(self._candidate.place()):
                return Replies(candidate=BACKING_OFF, secondary=None)
            spared = await self._spares_secondary(stack)
            has_place = await stack.enter_async_context(primary.place())
            held_back = self._candidate.held_back()
            if held_back is not None:
                return Replies(candidate=held_back, secondary=None)
            away = primary.held_back() if has_place else BACKING_OFF
            if away is not None:
                candidate = await self._candidate.send(request)
                return Replies(candidate=candidate, secondary=None, primary=away)
            return await self._ask_with(request, primary, spared=spared)

    async def aclose(self) -> None:
        """Close all connections."""
        for target in (self._candidate, self._secondary, self._primary):
            if target is not None:
                await target.aclose()

    async def _spares_secondary(self, stack: AsyncExitStack) -> bool:
        """Take a place at the secondary, if there is one; tell whether there was none in time."""
        if self._secondary is None:
            return False
        return not await stack.enter_async_context(self._secondary.place())

    async def _ask_with(self, request: Request, primary: Target | None, *, spared: bool) -> Replies:
        """Ask the candidate, the primary if it is given, and the secondary if it may be asked."""
        secondary = self._secondary
        held_back = None
        if secondary is not None:
            held_back = BACKING_OFF if spared else secondary.held_back()
        asked = [self._candidate]
        asked += [primary] if primary is not None else []
        asked += [secondary] if secondary is not None and held_back is None else []
        said = await _together(asked, request)
        return Replies(
            candidate=said[self._candidate],
            secondary=None if secondary is None else said.get(secondary, held_back),
            noise_from=NoiseSource.NONE if secondary is None else NoiseSource.SECONDARY,
            primary=None if primary is None else said[primary],
        )


async def _together(targets: Sequence[Target], request: Request) -> Mapping[Target, Reply]:
    if len(targets) == 1:
        return {targets[0]: await targets[0].send(request)}
    in_any_order = random.sample(targets, len(targets))
    async with asyncio.TaskGroup() as group:
        asking = {target: group.create_task(target.send(request)) for target in in_any_order}
    return {target: task.result() for target, task in asking.items()}


def _not_asked(why: str) -> Failure:
    return Failure(kind=FailureKind.NOT_ASKED, detail=why, seconds=0.0)
