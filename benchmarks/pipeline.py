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
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from msgspec import structs
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
PLAINLY = "put together plainly"
_PLAIN_HEADERS = frozenset({b"content-type", b"content-length"})
_TICKS = os.sysconf("SC_CLK_TCK")

type Pace = tuple[float, float]
"""Exchanges a second, and exchanges a second of processor."""


def main() -> None:
    """Measure both, several times in turn, and print a table."""
    table = Table(title="Exchanges a second, equal bodies, one worker", title_justify="left")
    table.add_column("")
    for column in ("a second", "a second of processor", "ratio"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with peers.answering(folder / "candidate", bodies()) as port:
            candidate = f"http://127.0.0.1:{port}"
            for path in PATHS:
                equal = answer_of(candidate, path)
                arms: dict[str, Callable[[Path], Pace]] = {
                    "Shadow": partial(shadow, path, equal, candidate),
                    "Shadow, headers differ": partial(
                        shadow, path, with_fewer_headers(equal), candidate
                    ),
                    PLAINLY: partial(plainly, path, equal, candidate),
                }
                paces: dict[str, list[Pace]] = {name: [] for name in arms}
                for number in range(ROUNDS):
                    for name, arm in arms.items():
                        place = folder / f"{path} {name} {number}".strip("/")
                        place.mkdir()
                        paces[name].append(arm(place))
                add_rows(table, path, paces)
    OUT.print(table)
    OUT.print(
        f"Median of {ROUNDS} rounds. Ratio of exchanges a second of processor, as the candidate "
        "and what gives exchanges have cores of their own where there are two.\n"
    )


def add_rows(table: Table, path: str, paces: dict[str, list[Pace]]) -> None:
    base = statistics.median(pace[1] for pace in paces[PLAINLY])
    for name, own in paces.items():
        wall, processor = (statistics.median(pace[which] for pace in own) for which in (0, 1))
        table.add_row(
            f"{path} {name}", f"{wall:,.0f}", f"{processor:,.0f}", f"{processor / base:.1f}x"
        )


def plainly(path: str, answer: Response, candidate: str, folder: Path) -> Pace:
    """The plain composition, in this process."""
    seconds, processor = plain.compare_all(exchanges(path, answer, FEW), candidate, folder)
    return FEW / seconds, FEW / processor


def shadow(path: str, answer: Response, candidate: str, folder: Path) -> Pace:
    """A real worker, which gets exchanges as fast as it takes them."""
    endpoint = f"ipc://{folder / 'queue'}"
    with worker(endpoint, candidate, folder) as running:
        return asyncio.run(_fed(endpoint, path, answer, lambda: _processor_seconds(running.pid)))


async def _fed(endpoint: str, path: str, answer: Response, processor: Callable[[], float]) -> Pace:
    queue = LocalQueue(endpoint, "bench", QueueLimits())
    try:
        await _hand_over(queue, exchanges(path, answer, WARM))
        many = exchanges(path, answer, MANY, begin=WARM)
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
            queue.hear()
            queue.hand_over()
    while queue.unsettled:
        await asyncio.sleep(0.005)
        queue.hear()
        queue.hand_over()


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


def answer_of(candidate: str, path: str) -> Response:
    """What the candidate answers, as the primary's answer."""
    wire = HTTPConnection(candidate.removeprefix("http://"))
    try:
        wire.request("GET", path)
        answer = wire.getresponse()
        headers = tuple((name.encode(), value.encode()) for name, value in answer.getheaders())
        return Response(status=answer.status, headers=headers, body=answer.read(), seconds=0.001)
    finally:
        wire.close()


def with_fewer_headers(answer: Response) -> Response:
    """An answer from which the candidate's differs in a few headers each time."""
    kept = tuple(header for header in answer.headers if header[0].lower() in _PLAIN_HEADERS)
    return structs.replace(answer, headers=kept)


def exchanges(path: str, primary: Response, number: int, begin: int = 0) -> tuple[Exchange, ...]:
    """Exchanges of one path, with one answer."""
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
            primary=primary,
        )
        for n in range(begin, begin + number)
    )


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    main()
