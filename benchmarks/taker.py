"""Takes every exchange from a queue and throws it away: `python -m benchmarks.taker ENDPOINT`.

What a mirror's copies cost whoever takes them, without the comparing that comes after.
"""

import asyncio
import sys

import uvloop

from shadow.queue.link import LocalLink

_AT_ONCE = 64


async def take(endpoint: str) -> None:
    """Settle whatever comes, for ever."""
    link = LocalLink(endpoint, asyncio.get_running_loop())
    while True:
        taken = [(await link.deliveries.get()).id]
        while not link.deliveries.empty() and len(taken) < _AT_ONCE:
            taken.append(link.deliveries.get_nowait().id)
        link.settle(tuple(taken))


if __name__ == "__main__":
    uvloop.run(take(sys.argv[1]))
