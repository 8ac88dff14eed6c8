"""The real live process for tests: `python -m tests.integration.capture.live_engine CONFIG`.

CONFIG is JSON: `live` and `policy` are options of the live process and the intake, `offer` says
what the queue answers (`takes`, `refuses`, `breaks`), `bug` plants one in the intake. Each SIGUSR1
and the end print a line of JSON: the counts, and the exchanges taken since the line before.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from shadow.capture.addon import ShadowAddon
from shadow.capture.intake import Intake, IntakePolicy
from shadow.mitm import LiveOptions, LiveProxy
from shadow.model import Exchange, Headers, Skip


class _BrokenIntake(Intake):
    def refusal(self, method: str, target: str, headers: Headers) -> Skip | None:
        raise RuntimeError("a bug of ours")


class Engine:
    def __init__(self, config: dict[str, Any]) -> None:
        policy = {k: tuple(v) if isinstance(v, list) else v for k, v in config["policy"].items()}
        live = {k: Path(v) if k in _PATHS and v else v for k, v in config["live"].items()}
        self._answer = config["offer"]
        self._taken: list[Exchange] = []
        kind = _BrokenIntake if config["bug"] else Intake
        self._intake = kind(IntakePolicy(**policy), "test", self._offer)
        self._addon = ShadowAddon(self._intake)
        self._options = LiveOptions(**live)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._tell)
        await LiveProxy(self._options, self._addon).run(lambda at: _say({"ready": at}))
        self._tell()

    def _offer(self, exchange: Exchange) -> bool:
        if self._answer == "breaks":
            raise RuntimeError("the queue broke")
        if self._answer == "takes":
            self._taken.append(exchange)
        return self._answer == "takes"

    def _tell(self) -> None:
        counts = self._intake.counts()
        _say(
            {
                "captured": counts.captured,
                "outcomes": {f"{key.outcome}:{key.reason}": n for key, n in counts.outcomes},
                "under_way": self._addon.under_way,
                "taken": [_plain(exchange) for exchange in self._taken],
            }
        )
        self._taken.clear()


_PATHS = frozenset({"certificate", "key", "primary_ca"})


def _plain(exchange: Exchange) -> dict[str, Any]:
    request, primary = exchange.request, exchange.primary
    return {
        "id": exchange.id,
        "method": request.method,
        "target": request.target,
        "request_headers": _pairs(request.headers),
        "request_body": request.body.decode("latin-1"),
        "status": primary.status,
        "headers": _pairs(primary.headers),
        "body": primary.body.decode("latin-1"),
    }


def _pairs(headers: Headers) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    asyncio.run(Engine(json.loads(sys.argv[1])).run())
