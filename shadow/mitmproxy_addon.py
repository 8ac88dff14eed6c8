"""The script that `shadow addon` names, for anybody's own mitmproxy.

Settings come from ./shadow.yaml (or SHADOW_CONFIG) and SHADOW_* variables; workers run beside it
with `shadow worker`.
"""

import os
import secrets

from mitmproxy import ctx

from shadow.capture.addon import MITMPROXY_OPTIONS, ShadowAddon
from shadow.errors import ShadowError
from shadow.model import Drop
from shadow.settings import load_settings
from shadow.wiring.live import LiveSide

_SETTLE_SECONDS = 5.0
"""How long mitmproxy is kept from ending while workers still commit."""


class Beside:
    """Sets mitmproxy up for its users' sake, and keeps the queue moving while it runs."""

    def __init__(self, side: LiveSide) -> None:
        self._side = side

    def running(self) -> None:
        """Begin with mitmproxy's own loop."""
        ctx.options.update_known(**MITMPROXY_OPTIONS)
        self._side.pulse.start()
        self._side.sentry.start()

    async def done(self) -> None:
        """Let workers commit what they have, and say the last totals."""
        side = self._side
        side.sentry.stop()
        side.intake.lost(Drop.SHUTDOWN, await side.pulse.settle(_SETTLE_SECONDS))
        side.pulse.stop()
        side.queue.close()


def _live_side() -> LiveSide:
    try:
        settings = load_settings(file=None, environment=os.environ, flags={})
        return LiveSide(settings, source=secrets.token_hex(8))
    except ShadowError as error:
        # mitmproxy would show an error of a script as a traceback, and go on without it.
        raise SystemExit(f"shadow: {error}") from None


_side = _live_side()
addons = [ShadowAddon(_side.intake), Beside(_side)]
