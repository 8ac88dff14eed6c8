"""The addon as somebody's own mitmproxy loads it: `mitmdump -s mitmdump_script.py`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from mitmproxy import ctx

from shadow.capture.addon import MITMPROXY_OPTIONS, ShadowAddon
from shadow.capture.intake import Intake, IntakePolicy
from shadow.model import Exchange


class Beside:
    def running(self) -> None:
        ctx.options.update_known(**MITMPROXY_OPTIONS)
        ports = [address[1] for address in ctx.master.addons.get("proxyserver").listen_addrs()]
        print(json.dumps({"port": ports[0], "block_global": ctx.options.block_global}), flush=True)


def _offer(exchange: Exchange) -> bool:
    print(json.dumps({"target": exchange.request.target}), flush=True)
    return True


addons = [ShadowAddon(Intake(IntakePolicy(), "test", _offer)), Beside()]
