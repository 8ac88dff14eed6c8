"""One piece of work at a time, and the event loop between them.

A comparison keeps the event loop for milliseconds. Were all that are due made in one go, an answer
that arrives meanwhile would be noticed after the last of them, and the time that its target took
would be the time that we took.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Whoever works takes a turn, in the order they came."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A block that nobody else is in, and before which the loop looked for what has arrived."""
        async with self._lock:
            await asyncio.sleep(0)
            yield
