"""What each child process of the supervisor does, from settings to exit."""

import asyncio
import json
import logging
import os
import secrets
import signal
import sys

import uvloop

from shadow import wiring
from shadow.errors import ShadowError
from shadow.mitm import LiveProxy
from shadow.model import Drop
from shadow.queue.codec import LIVE_COUNTS
from shadow.queue.link import LocalLink
from shadow.settings import Settings
from shadow.worker import Worker, WorkerOptions

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 15.0
"""How long a live process that serves no more users waits for its workers to commit."""

_WORKER_NICENESS = 5
_ORPHAN_POLL_SECONDS = 1.0
_ORPHAN_SILENCE_SECONDS = 10.0


def run_live(settings: Settings) -> None:
    """Serve users until told to stop, then hand over what was captured."""
    asyncio.run(_live(settings))


def run_worker(settings: Settings) -> None:
    """Work until told to stop, or until neither supervisor nor live process is there."""
    # Production first: on a busy machine the live process gets the processor.
    os.nice(_WORKER_NICENESS)
    uvloop.run(_worker(settings))


async def _live(settings: Settings) -> None:
    side = wiring.LiveSide(settings, source=secrets.token_hex(8))
    side.pulse.start()
    proxy = LiveProxy(wiring.live_options(settings), side.addon)
    try:
        await proxy.run(lambda address: _say({"listening": address}))
    except ShadowError as error:
        _say({"unavailable": str(error)})
        sys.exit(4)
    side.intake.lost(Drop.SHUTDOWN, await side.pulse.settle(SETTLE_SECONDS))
    side.pulse.stop()
    side.queue.close()
    _say({"final_counts": LIVE_COUNTS.as_builtins(side.intake.counts())})


async def _worker(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    replayer = wiring.replayer(settings)
    link = LocalLink(wiring.queue_endpoint(settings), loop)
    worker = Worker(
        link,
        wiring.pipeline(settings, replayer),
        wiring.writer_for(settings),
        WorkerOptions(),
    )
    watch = asyncio.create_task(_stop_when_orphaned(link, stop))
    try:
        await worker.run(stop)
    finally:
        watch.cancel()
        link.close()
        await replayer.aclose()


async def _stop_when_orphaned(link: LocalLink, stop: asyncio.Event) -> None:
    parent = os.getppid()
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_ORPHAN_POLL_SECONDS)
        silent = loop.time() - link.heard_at > _ORPHAN_SILENCE_SECONDS
        if silent and os.getppid() != parent:
            stop.set()
            return


def _say(message: dict[str, object]) -> None:
    """Tell the supervisor; if that is gone, there is nobody to tell."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except OSError:
        logger.warning("the supervisor is gone")
