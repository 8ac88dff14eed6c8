"""Users who ask as fast as they are answered, over kept connections."""

import asyncio
import statistics
import time
from dataclasses import dataclass
from typing import cast, override

import uvloop

_REQUEST = b"GET /items/1 HTTP/1.1\r\nHost: shop.test\r\nAccept: */*\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of a run; latencies in seconds, of every answer."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def median_ms(self) -> float:
        return statistics.median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)] * 1000


def put_load(port: int, connections: int, seconds: float) -> Load:
    """Ask `port` over so many connections for so long."""
    return uvloop.run(_put_load(port, connections, seconds))


async def _put_load(port: int, connections: int, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    users = [
        (await loop.create_connection(lambda: _User(latencies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    for user in users:
        user.ask()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - started
    for user in users:
        user.stop()
    return Load(seconds=took, latencies=tuple(latencies))


class _User(asyncio.Protocol):
    def __init__(self, latencies: list[float]) -> None:
        self._latencies = latencies
        self._buffer = b""
        self._asked_at = 0.0
        self._stopped = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(_REQUEST)

    def stop(self) -> None:
        self._stopped = True
        self._transport.close()

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length:")[1].split()[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"not the primary's answer: {head[:80]!r}")
        self._buffer = b""
        self._latencies.append(time.perf_counter() - self._asked_at)
        if not self._stopped:
            self.ask()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self._stopped:
            raise AssertionError(f"a user was disconnected: {exc}")
