"""Starts `live_engine` and says what it captured."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.capture.peers import PATIENCE_SECONDS, free_port
from tests.support.processes import until

_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the live process said of a test's exchanges; `ended` counts all that were not taken."""

    captured: int
    taken: list[dict[str, Any]]
    ended: Counter[str]
    under_way: int


@dataclass(kw_only=True)
class Live:
    """A running live process, told apart from what it did for earlier tests."""

    process: subprocess.Popen[str]
    port: int
    primary_port: int
    _captured: int = 0
    _ended: Counter[str] = field(default_factory=Counter)
    _taken: list[dict[str, Any]] = field(default_factory=list)
    _line: dict[str, Any] = field(default_factory=dict)

    def anew(self) -> None:
        """Forget what was captured so far; what a test did not wait for may still be unread."""
        until(lambda: not self._told().under_way, "the exchanges of the test before")
        self._captured, self._ended = self._line["captured"], Counter(self._line["outcomes"])
        self._taken = []

    async def settled(self, captured: int) -> Told:
        """Wait until so many exchanges have ended, and check that they add up."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (told := await self.quiet()).captured < captured:  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.01)
        assert told.captured == captured, told
        assert told.captured == len(told.taken) + told.ended.total()
        return told

    async def quiet(self) -> Told:
        """Wait until no exchange is under way."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (told := self._told()).under_way:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.01)
        return told

    async def stopped(self) -> tuple[int, Told]:
        """Wait for the end of a process that was told to stop: its exit code and last words."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            last, _ = await asyncio.to_thread(self.process.communicate)
        self._heard(last)
        return self.process.returncode, self._now()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    @property
    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    @property
    def resident_megabytes(self) -> float:
        """The most memory it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(s.split()[1]) for s in status if s.startswith("VmHWM:")) / 1024

    def _told(self) -> Told:
        self._listen()
        return self._now()

    def _listen(self) -> None:
        self.process.send_signal(signal.SIGUSR1)
        assert self.process.stdout is not None
        self._heard(self.process.stdout.readline())

    def _heard(self, line: str) -> None:
        self._line = json.loads(line)
        self._taken += self._line["taken"]

    def _now(self) -> Told:
        ended = Counter(self._line["outcomes"])
        ended.subtract(self._ended)
        return Told(
            captured=self._line["captured"] - self._captured,
            taken=self._taken,
            ended=+ended,
            under_way=self._line["under_way"],
        )


_engine = "mitmproxy"


@contextmanager
def by(engine: str) -> Iterator[None]:
    """Have all live processes that are started meanwhile run this engine."""
    global _engine  # noqa: PLW0603 - so that the same tests can be run with each engine
    before, _engine = _engine, engine
    try:
        yield
    finally:
        _engine = before


@contextmanager
def live_process(
    *,
    primary: str = "http://127.0.0.1",
    policy: dict[str, Any] | None = None,
    offer: str = "takes",
    bug: bool = False,
    primary_port: int | None = None,
    **options: Any,
) -> Iterator[Live]:
    """Run the live process in front of a port where each test puts its own primary."""
    primary_port = primary_port or free_port()
    live = {"listen_host": "127.0.0.1", "listen_port": 0, "drain_seconds": 20.0, **options}
    live["primary"] = f"{primary}:{primary_port}"
    config = {"engine": _engine, "live": live, "policy": policy or {}, "offer": offer, "bug": bug}
    command = (sys.executable, "-m", "tests.integration.capture.live_engine", json.dumps(config))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=_ROOT, env=dict(os.environ)
    ) as process:
        try:
            assert process.stdout is not None
            port = int(json.loads(process.stdout.readline())["ready"].rpartition(":")[2])
            yield Live(process=process, port=port, primary_port=primary_port)
        finally:
            process.kill()
