"""The live process of a supervisor."""

import asyncio
import secrets
import sys

import uvloop

from shadow.errors import ShadowError
from shadow.model import Drop
from shadow.queue.codec import LIVE_COUNTS
from shadow.roles.saying import say
from shadow.settings import Settings
from shadow.supervisor import SETTLE_SECONDS
from shadow.terminal import log_later
from shadow.wiring.fronts import front_of
from shadow.wiring.live import LiveSide


def run_live(settings: Settings) -> None:
    """Serve users until told to stop, then hand over what was captured."""
    log_later()
    # mitmproxy sets a task factory that uvloop refuses.
    run = asyncio.run if settings.capture.engine == "mitmproxy" else uvloop.run
    run(_live(settings))


async def _live(settings: Settings) -> None:
    try:
        side = LiveSide(settings, source=secrets.token_hex(8))
        side.pulse.start()
        side.sentry.start()
        say({"takes_signals": True})
        await front_of(settings, side).run(lambda address: _listens(side, address))
    except ShadowError as error:
        say({"unavailable": str(error)})
        sys.exit(4)
    side.sentry.stop()
    side.intake.lost(Drop.SHUTDOWN, await side.pulse.settle(SETTLE_SECONDS))
    side.pulse.stop()
    side.queue.close()
    say({"final_counts": LIVE_COUNTS.as_builtins(side.intake.counts())})


def _listens(side: LiveSide, address: str) -> None:
    side.listens(address)
    say({"listening": address})
