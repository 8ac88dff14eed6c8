"""A live end of the queue in this process, and its workers in others."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shadow.model import Exchange, LiveCounts, Request, Response
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from shadow.queue.pulse import Pulse

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 60.0
"""How long anything may take before a test gives up; nothing is judged by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One delivery as a worker saw it; `captured` is the total that it had heard of by then.

    `sum` is the CRC-32 of the answer's body.
    """

    exchange: str
    sum: int
    line: str
    number: int
    earlier: tuple[tuple[str, int], ...]
    captured: int | None


class WorkerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.got: list[Got] = []
        self._process = process

    async def read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            earlier = tuple((name, number) for name, number in said.pop("earlier"))
            self.got.append(Got(earlier=earlier, **said))

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def exchange(name: str, body: bytes = b"{}") -> Exchange:
    return Exchange(
        id=name,
        captured_at=1.0,
        request=Request(method="GET", target=f"/{name}", headers=((b"host", b"shop"),)),
        primary=Response(status=200, headers=(), body=body, seconds=0.001),
    )


def some_names(number: int, prefix: str = "x") -> list[str]:
    return [f"{prefix}{each:05}" for each in range(number)]


def endpoint(folder: Path) -> str:
    return f"ipc://{folder / 'queue'}"


@asynccontextmanager
async def live(
    folder: Path,
    limits: QueueLimits | None = None,
    source: str = "live",
    *,
    serves_users: bool = True,
    line: str | None = None,
) -> AsyncIterator[LocalQueue]:
    """A live end that is kept moving."""
    queue = LocalQueue(endpoint(folder), source, limits or QueueLimits(), line)
    counts = LiveCounts(source=source, captured=7, outcomes=())
    pulse = Pulse(queue, lambda: counts, serves_users=serves_users)
    pulse.start()
    try:
        yield queue
    finally:
        pulse.stop()
        queue.close()


@asynccontextmanager
async def worker(folder: Path, *options: str) -> AsyncIterator[WorkerProcess]:
    """A worker in a process of its own, killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.queue.worker_process",
        endpoint(folder),
        *options,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    running = WorkerProcess(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        await running.kill()
        await reading


async def until(what: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not what():  # noqa: ASYNC110 - not everything has an event
            await asyncio.sleep(0.01)


async def offer_all(queue: LocalQueue, names: list[str], body: bytes = b"{}") -> None:
    """Offer exchanges, each until there is room for it."""
    for name in names:
        await until(partial(queue.offer, exchange(name, body)))
