"""A worker, of a supervisor or alone."""

import asyncio
import signal

import uvloop

from shadow.queue.links import LocalLinks
from shadow.roles.standing_back import stand_back
from shadow.settings import Settings
from shadow.tracing.asks import TracedPipeline
from shadow.wiring.shared import queue_endpoints
from shadow.wiring.tracing import asks_of
from shadow.wiring.worker import pipeline, replayer, worker_options, writer_for
from shadow.worker import Worker

_ORPHAN_POLL_SECONDS = 1.0
_ORPHAN_SILENCE_SECONDS = 10.0


def run_worker(settings: Settings, supervisor: int | None = None) -> None:
    """Work until told to stop.

    `supervisor` is a descriptor that the supervisor holds open, if there is one: the worker also
    stops when that has ended and no live process is heard of any more.
    """
    stand_back()
    uvloop.run(_worker(settings, supervisor))


async def _worker(settings: Settings, supervisor: int | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    asks = asks_of(settings)
    replay = replayer(settings, asks)
    work = pipeline(settings, replay)
    link = LocalLinks(queue_endpoints(settings), loop)
    worker = Worker(
        link,
        TracedPipeline(pipeline=work, asks=asks) if asks else work,
        writer_for(settings),
        worker_options(settings),
        lambda: replay.rests,
    )
    watch = asyncio.create_task(_stop_when_orphaned(link, supervisor, stop))
    try:
        await worker.run(stop)
    finally:
        watch.cancel()
        link.close()
        await replay.aclose()
        if asks:
            # Nothing else is left to be done meanwhile.
            asks.close()


async def _stop_when_orphaned(
    link: LocalLinks, supervisor: int | None, stop: asyncio.Event
) -> None:
    if supervisor is None:
        return
    await _ended(supervisor)
    loop = asyncio.get_running_loop()
    while loop.time() - link.heard_at <= _ORPHAN_SILENCE_SECONDS:  # noqa: ASYNC110 - by the clock
        await asyncio.sleep(_ORPHAN_POLL_SECONDS)
    stop.set()


async def _ended(pipe: int) -> None:
    """Wait for the end of a pipe on which nothing more is written."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(pipe, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pipe)
