"""Takes every exchange from a queue and throws it away: `python -m benchmarks.taker ENDPOINT FILE`.

What a mirror's copies cost whoever takes them, without the comparing that comes after. FILE says
how many exchanges were captured, and how many of them were handed over.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from shadow.model import LiveCounts, Outcome
from shadow.queue.link import LocalLink

_TELL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of exchanges; `captured` counts those too that the live process could not hand over."""

    captured: int = 0
    taken: int = 0

    def since(self, earlier: "Totals") -> "Totals":
        """What has come since then."""
        return Totals(captured=self.captured - earlier.captured, taken=self.taken - earlier.taken)


def totals(file: Path) -> Totals:
    """What a taker has told last."""
    return Totals(**json.loads(file.read_text())) if file.exists() else Totals()


class Taker:
    """Settles whatever comes."""

    def __init__(self, endpoint: str, file: Path) -> None:
        self._link = LocalLink(endpoint, asyncio.get_running_loop())
        self._file = file
        self._taken = 0

    async def run(self) -> None:
        """Take, and tell how much that was, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take())
            tasks.create_task(self._tell())

    async def _take(self) -> None:
        deliveries = self._link.deliveries
        while True:
            taken = [(await deliveries.get()).id]
            while not deliveries.empty():
                taken.append(deliveries.get_nowait().id)
            self._link.settle(tuple(taken))
            self._taken += len(taken)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            now = Totals(captured=_captured(self._link.live), taken=self._taken)
            told = self._file.with_suffix(".new")
            told.write_text(json.dumps(asdict(now)))
            told.replace(self._file)


def _captured(live: LiveCounts | None) -> int:
    """Without what is skipped: of users that wrk cuts off there is nothing to hand over."""
    if live is None:
        return 0
    skipped = sum(number for key, number in live.outcomes if key.outcome is Outcome.SKIPPED)
    return live.captured - skipped


async def main(endpoint: str, file: Path) -> None:
    """Take from one queue."""
    await Taker(endpoint, file).run()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
