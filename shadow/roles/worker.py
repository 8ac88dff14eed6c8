"""A worker, of a supervisor or alone."""

import asyncio
import os
import signal

import uvloop

from shadow.queue.link import LocalLink
from shadow.settings import Settings
from shadow.wiring.shared import queue_endpoint
from shadow.wiring.worker import pipeline, replayer, writer_for
from shadow.worker import Worker, WorkerOptions

_WORKER_NICENESS = 10
_ORPHAN_POLL_SECONDS = 1.0
_ORPHAN_SILENCE_SECONDS = 10.0


def run_worker(settings: Settings) -> None:
    """Work until told to stop, or until neither supervisor nor live process is there."""
    # Production first: on a busy machine the live process gets the processor.
    os.nice(_WORKER_NICENESS)
    uvloop.run(_worker(settings))


async def _worker(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    replay = replayer(settings)
    link = LocalLink(queue_endpoint(settings), loop)
    worker = Worker(
        link,
        pipeline(settings, replay),
        writer_for(settings),
        WorkerOptions(),
    )
    watch = asyncio.create_task(_stop_when_orphaned(link, stop))
    try:
        await worker.run(stop)
    finally:
        watch.cancel()
        link.close()
        await replay.aclose()


async def _stop_when_orphaned(link: LocalLink, stop: asyncio.Event) -> None:
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_ORPHAN_POLL_SECONDS)
        silent = loop.time() - link.heard_at > _ORPHAN_SILENCE_SECONDS
        if silent and os.getppid() != parent:
            stop.set()
            return
