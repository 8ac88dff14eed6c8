"""The real live process for tests: `python -m tests.integration.capture.live_engine CONFIG`.

CONFIG is JSON: `engine` is `tee`, or else mitmproxy is run; `live` and `policy` are options of the
live process and the intake, `offer` says what the queue answers (`takes`, `refuses`, `breaks`),
`bug` plants one in what the intake asks. Each SIGUSR1 and the end print a line of JSON: the counts,
and the exchanges taken since the line before.
"""

import asyncio
import json
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import uvloop

from shadow.capture.intake import Intake, IntakePolicy
from shadow.model import Drop, Exchange, Headers


class Engine:
    def __init__(self, config: dict[str, Any]) -> None:
        policy = {k: tuple(v) if isinstance(v, list) else v for k, v in config["policy"].items()}
        live = {k: Path(v) if k in _PATHS and v else v for k, v in config["live"].items()}
        self._is_tee = config.get("engine") == "tee"
        self._answer = config["offer"]
        self._taken: list[Exchange] = []
        bug = {"refuses": _break} if config["bug"] else {}
        self._intake = Intake(IntakePolicy(**policy), "test", self._offer, **bug)
        self._front = _tee(live, self._intake) if self._is_tee else _mitmproxy(live, self._intake)

    def run(self) -> None:
        (uvloop.run if self._is_tee else asyncio.run)(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._tell)
        await self._front.run(lambda at: _say({"ready": at}))
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
                "under_way": self._front.under_way,
                "taken": [_plain(exchange) for exchange in self._taken],
            }
        )
        self._taken.clear()


def _break() -> Drop | None:
    raise RuntimeError("a bug of ours")


def _mitmproxy(live: dict[str, Any], intake: Intake) -> Any:
    from shadow.capture.addon import ShadowAddon  # noqa: PLC0415
    from shadow.mitm import LiveOptions, LiveProxy  # noqa: PLC0415

    class Mitmproxy(LiveProxy):
        @property
        def under_way(self) -> int:
            return self._addon.under_way

    return Mitmproxy(LiveOptions(**live), ShadowAddon(intake))


def _tee(live: dict[str, Any], intake: Intake) -> Any:
    """Options are named as mitmproxy's, and those of the limits as they are."""
    from shadow.capture.tee.limits import TeeLimits  # noqa: PLC0415
    from shadow.capture.tee.offer import Http2  # noqa: PLC0415
    from shadow.capture.tee.primary import primary_at  # noqa: PLC0415
    from shadow.capture.tee.server import Tee, TeeOptions  # noqa: PLC0415
    from shadow.capture.tee.tls import users_tls  # noqa: PLC0415

    bounds = {f.name: live.pop(f.name) for f in fields(TeeLimits) if f.name in live}
    certificate, key = live.pop("certificate", None), live.pop("key", None)
    primary = primary_at(
        live.pop("primary"),
        live.pop("primary_ca", None),
        proxy_protocol=live.pop("proxy_protocol", False),
    )
    tls = users_tls(certificate, key) if certificate else None
    http2 = Http2(live.pop("http2", Http2.AUTO))
    limits = TeeLimits(**bounds)
    return Tee(TeeOptions(primary=primary, tls=tls, http2=http2, limits=limits, **live), intake)


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
    Engine(json.loads(sys.argv[1])).run()
