"""The way in of `shadow tap` inside a test, with an intake that keeps what it gets."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.tap.admin import TapOptions
from shadow.capture.tap.envoy import EnvoyTap
from shadow.model import Exchange
from tests.support.processes import PATIENCE_SECONDS


class Tapped:
    """What came in so far."""

    def __init__(self, intake: Intake, exchanges: list[Exchange]) -> None:
        self._intake = intake
        self.exchanges = exchanges

    @property
    def captured(self) -> int:
        return self._intake.counts().captured

    @property
    def ended(self) -> dict[str, int]:
        """The outcomes that the live process knows, as `skipped:method`."""
        return {f"{k.outcome}:{k.reason}": v for k, v in self._intake.counts().outcomes}


@contextlib.asynccontextmanager
async def tapped(
    port: int,
    match: Mapping[str, object] | None = None,
    config_id: str = "shadow",
    **policy: object,
) -> AsyncIterator[Tapped]:
    """Hold the tap at `port` for as long as the block runs, and end as SIGTERM does."""
    exchanges: list[Exchange] = []

    def offer(exchange: Exchange) -> bool:
        exchanges.append(exchange)
        return True

    intake = Intake(IntakePolicy(**policy), "test", offer)  # type: ignore[arg-type]
    options = TapOptions(
        host="127.0.0.1",
        port=port,
        config_id=config_id,
        max_body_bytes=intake.max_body_bytes,
        match=match or {"any_match": True},
        late_pause_seconds=0.1,
    )
    attached = asyncio.Event()
    running = asyncio.create_task(EnvoyTap(options, intake).run(lambda _: attached.set()))
    waiting = asyncio.create_task(attached.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield Tapped(intake, exchanges)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, PATIENCE_SECONDS)
    finally:
        waiting.cancel()
        running.cancel()


async def eventually[T](what: Callable[[], T]) -> T:
    """Let everything run until `what` gives something true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := what()):  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)
        return found
