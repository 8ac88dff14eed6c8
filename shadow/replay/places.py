"""Places for requests under way at one target; their number may change meanwhile."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """As many places as are `allowed`; who finds none waits in line.

    Where fewer than `most` are allowed nobody waits longer than `patience_seconds`: the target is
    spared then, and what waits on would only stand in the way of what comes.
    """

    def __init__(self, most: int, patience_seconds: float) -> None:
        self._most = most
        self._allowed = most
        self._patience_seconds = patience_seconds
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[bool]:
        """Hold a place for the length of the block; false where there was none in time."""
        got = await self._take()
        try:
            yield got
        finally:
            if got:
                self._taken -= 1
                self._wake()

    def allow(self, allowed: int) -> None:
        """Change how many may be held at once; what is held already stays."""
        self._allowed = allowed
        self._wake()

    async def _take(self) -> bool:
        if self._taken < self._allowed and not self._waiting:
            self._taken += 1
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await self._turn_came(turn)
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._taken -= 1
                self._wake()
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    async def _turn_came(self, turn: asyncio.Future[None]) -> bool:
        """Wait for a place, which whoever ends the wait has taken already."""
        while True:
            done, _ = await asyncio.wait((turn,), timeout=self._patience_seconds)
            if done:
                return True
            if self._allowed < self._most:
                return False

    def _wake(self) -> None:
        while self._waiting and self._taken < self._allowed:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
