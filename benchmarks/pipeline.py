"""What a worker does in a second: take, ask the candidate, compare, count, commit.

Beside it the same parts put together plainly (`benchmarks.plain`), on the same exchanges and the
same candidate. Run as `python -m benchmarks.pipeline`.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import peers, plain
from benchmarks.live import PATHS, bodies
from shadow.model import Exchange, Request, Response
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from shadow.settings import load_settings, settings_as_json
from tests.support.processes import clean_environment, process

ROUNDS = int(os.environ.get("ROUNDS", "3"))
WARM, MANY, FEW = 500, 6_000, 200
OUT = Console(highlight=False, width=120)
_TICKS = os.sysconf("SC_CLK_TCK")

type Pace = tuple[float, float]
"""Exchanges a second, and exchanges a second of processor."""


def main() -> None:
    """Measure both, several times in turn, and print a table."""
    table = Table(title="Exchanges a second, equal JSON, one worker", title_justify="left")
    table.add_column("")
    for column in ("a second", "a second of processor", "ratio"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with peers.answering(folder / "candidate", bodies()) as port:
            candidate = f"http://127.0.0.1:{port}"
            for path in PATHS:
                both: dict[str, list[Pace]] = {"Shadow": [], "put together plainly": []}
                for number in range(ROUNDS):
                    place = folder / f"{path.strip('/')}-{number}"
                    place.mkdir()
                    both["Shadow"].append(shadow(path, candidate, place))
                    both["put together plainly"].append(plainly(path, candidate, place))
                add_rows(table, path, both)
    OUT.print(table)
    OUT.print(
        f"Median of {ROUNDS} rounds. Ratio of exchanges a second of processor, as the candidate "
        "and what gives exchanges have cores of their own where there are two.\n"
    )


def add_rows(table: Table, path: str, both: dict[str, list[Pace]]) -> None:
    base = statistics.median(pace[1] for pace in both["put together plainly"])
    for name, paces in both.items():
        wall, processor = (statistics.median(pace[which] for pace in paces) for which in (0, 1))
        table.add_row(
            f"{path} {name}", f"{wall:,.0f}", f"{processor:,.0f}", f"{processor / base:.1f}x"
        )


def plainly(path: str, candidate: str, folder: Path) -> Pace:
    """The plain composition, in this process."""
    seconds, processor = plain.compare_all(exchanges(path, FEW), candidate, folder)
    return FEW / seconds, FEW / processor


def shadow(path: str, candidate: str, folder: Path) -> Pace:
    """A real worker, which gets exchanges as fast as it takes them."""
    endpoint = f"ipc://{folder / 'queue'}"
    with worker(endpoint, candidate, folder) as running:
        return asyncio.run(_fed(endpoint, path, lambda: _processor_seconds(running.pid)))


async def _fed(endpoint: str, path: str, processor: Callable[[], float]) -> Pace:
    queue = LocalQueue(endpoint, "bench", QueueLimits())
    try:
        await _hand_over(queue, exchanges(path, WARM))
        many = exchanges(path, MANY, begin=WARM)
        started, spent = time.perf_counter(), processor()
        await _hand_over(queue, many)
        return MANY / (time.perf_counter() - started), MANY / (processor() - spent)
    finally:
        queue.close()


async def _hand_over(queue: LocalQueue, exchanges: Sequence[Exchange]) -> None:
    """Offer each until there is room for it, and wait until all are committed."""
    for exchange in exchanges:
        while not queue.offer(exchange):
            await asyncio.sleep(0.005)
            queue.pump()
    while queue.unsettled:
        await asyncio.sleep(0.005)
        queue.pump()


@contextmanager
def worker(endpoint: str, candidate: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker by itself."""
    settings = load_settings(
        file=None,
        environment={},
        flags={
            "release": "bench",
            "candidate": candidate,
            "queue": endpoint,
            "store": f"sqlite:///{folder / 'shadow.db'}",
            "redact.key": "0" * 64,
        },
    )
    command = (sys.executable, "-m", "shadow", "worker-role", "--scratch", str(folder))
    environment = clean_environment()
    with process(*command, stdin=subprocess.PIPE, env=environment) as running:
        assert running.stdin is not None
        running.stdin.write(settings_as_json(settings) + "\n")
        running.stdin.flush()
        yield running


def exchanges(path: str, number: int, begin: int = 0) -> tuple[Exchange, ...]:
    """Exchanges of one path whose answer is the candidate's."""
    body = bodies()[path]
    return tuple(
        Exchange(
            id=f"bench-{n}",
            captured_at=1_800_000_000.0,
            request=Request(
                method="GET",
                target=path,
                headers=(
                    (b"Host", b"shop.example"),
                    (b"Accept", b"application/json"),
                    (b"User-Agent", b"wrk"),
                    (b"X-Request-Id", f"request-{n}".encode()),
                ),
            ),
            primary=Response(
                status=200,
                headers=(
                    (b"Content-Type", b"application/json"),
                    (b"Content-Length", str(len(body)).encode()),
                ),
                body=body,
                seconds=0.001,
            ),
        )
        for n in range(begin, begin + number)
    )


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
