"""The process of a supervisor that replays recordings, in the place of a live process."""

import asyncio
import dataclasses
import os
import signal
import sys

from shadow.capture.recordings.front import Progress
from shadow.errors import ShadowError
from shadow.queue.codec import LIVE_COUNTS
from shadow.roles.saying import say
from shadow.settings import Settings
from shadow.supervisor import SETTLE_SECONDS
from shadow.terminal import log_later
from shadow.wiring.recordings import RecordingSide


def run_recordings(settings: Settings) -> None:
    """Replay until all is committed, or told to stop; then say so.

    What workers have not committed by then stays uncounted, and is replayed when the same
    recordings are once more.
    """
    log_later()
    asyncio.run(_replay(settings))


async def _replay(settings: Settings) -> None:
    stop = _stop_signal()
    try:
        side = await asyncio.to_thread(RecordingSide, settings)
    except ShadowError as error:
        say({"unavailable": str(error)})
        sys.exit(4)
    side.pulse.start()
    say({"listening": "recordings"})
    finished = await _run(side, stop)
    side.pulse.stop()
    side.queue.close()
    _tell(side.front.progress())
    say({"final_counts": LIVE_COUNTS.as_builtins(side.intake.counts())})
    if finished:
        say({"finished": True})


async def _run(side: RecordingSide, stop: asyncio.Event) -> bool:
    """Replay; once `stop` is set, wait only for what workers have in hand, and not for ever."""
    running = asyncio.create_task(side.front.run(stop, _tell))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await asyncio.wait((running,), timeout=SETTLE_SECONDS)
    if not running.done():
        running.cancel()
        await asyncio.wait((running,))
        return False
    await side.pulse.settle(SETTLE_SECONDS)
    return running.result()


def _tell(progress: Progress) -> None:
    say({"progress": dataclasses.asdict(progress)})


def _stop_signal() -> asyncio.Event:
    """Set by a signal, and by the end of the pipe that the supervisor holds open."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def heard() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            loop.remove_reader(sys.stdin.fileno())
            stop.set()

    loop.add_reader(sys.stdin.fileno(), heard)
    return stop
