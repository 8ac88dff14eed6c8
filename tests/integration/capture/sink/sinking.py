"""A sink in this process, and a mirror that writes raw bytes to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps

import uvloop

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.sink.server import Sink, SinkOptions
from shadow.model import Exchange, LiveCounts, Request

ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
LAST = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
UNREADABLE = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

PATIENCE_SECONDS = 30.0


def on_uvloop[**P](test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run a test on the loop that a live process has."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        uvloop.run(test(*args, **kwargs))

    return run


@dataclass(slots=True, kw_only=True)
class Mirror:
    """One connection to the sink."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def says(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def hears(self, answer: bytes) -> None:
        """Read exactly this."""
        heard = await asyncio.wait_for(self.reader.readexactly(len(answer)), PATIENCE_SECONDS)
        assert heard == answer

    async def hears_the_end(self) -> None:
        assert await asyncio.wait_for(self.reader.read(), PATIENCE_SECONDS) == b""


@dataclass(slots=True, kw_only=True)
class Sinking:
    """A sink that listens, and what it took."""

    port: int
    intake: Intake
    running: asyncio.Task[None]
    taken: list[Exchange] = field(default_factory=list)

    @asynccontextmanager
    async def mirror(self) -> AsyncIterator[Mirror]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Mirror(reader=reader, writer=writer)
        finally:
            writer.close()

    async def ask(self, raw: bytes) -> bytes:
        """Send one connection's bytes and return all that comes back."""
        async with self.mirror() as mirror:
            await mirror.says(raw)
            return await asyncio.wait_for(mirror.reader.read(), PATIENCE_SECONDS)

    async def settled(self, captured: int) -> dict[str, int]:
        """Wait until so many are captured; return how those ended that were not taken."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.counts.captured < captured:  # noqa: ASYNC110 - counts tell nobody
                await asyncio.sleep(0.01)
        assert self.counts.captured == captured
        return {f"{key.outcome}:{key.reason}": n for key, n in self.counts.outcomes}

    async def copies(self, number: int) -> list[Request]:
        await self.settled(number)
        return [exchange.request for exchange in self.taken]

    @property
    def counts(self) -> LiveCounts:
        return self.intake.counts()


@asynccontextmanager
async def sinking(
    policy: IntakePolicy | None = None,
    *,
    room: int = 1000,
    offering: Callable[[], None] = lambda: None,
    **options: object,
) -> AsyncIterator[Sinking]:
    """Run a sink; `room` is how many exchanges its queue takes, `offering` is called for each."""
    taken: list[Exchange] = []

    def offer(exchange: Exchange) -> bool:
        offering()
        if len(taken) >= room:
            return False
        taken.append(exchange)
        return True

    intake = Intake(policy or IntakePolicy(), "live", offer)
    given = {"listen_host": "127.0.0.1", "listen_port": 0, "most_bytes": 1 << 24} | options
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    sink = Sink(SinkOptions(**given), intake)  # type: ignore[arg-type]
    running = asyncio.create_task(sink.run(listening.set_result))
    try:
        port = int((await asyncio.wait_for(listening, PATIENCE_SECONDS)).rpartition(":")[2])
        yield Sinking(port=port, intake=intake, running=running, taken=taken)
    finally:
        running.cancel()
        await asyncio.wait((running,))
