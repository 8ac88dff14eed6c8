"""The script that `shadow addon` names, for anybody's own mitmproxy.

Settings come from ./shadow.yaml (or SHADOW_CONFIG) and SHADOW_* variables; workers run beside it
with `shadow worker`.
"""

import os
import secrets
from pathlib import Path

from mitmproxy import ctx

from shadow.capture.addon import MITMPROXY_OPTIONS
from shadow.settings import load_settings
from shadow.wiring.live import LiveSide


class Beside:
    """Sets mitmproxy up for its users' sake, and keeps the queue moving while it runs."""

    def __init__(self, side: LiveSide) -> None:
        self._side = side

    def running(self) -> None:
        """Begin with mitmproxy's own loop."""
        ctx.options.update_known(**MITMPROXY_OPTIONS)
        self._side.pulse.start()

    def done(self) -> None:
        """Say the last totals."""
        self._side.pulse.stop()
        self._side.queue.close()


_file = os.environ.get("SHADOW_CONFIG")
_settings = load_settings(file=Path(_file) if _file else None, environment=os.environ, flags={})
_side = LiveSide(_settings, source=secrets.token_hex(8))
addons = [_side.addon, Beside(_side)]
