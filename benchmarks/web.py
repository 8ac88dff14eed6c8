"""What it takes to ask over HTTP about 1,000 endpoints and 100,000 signatures.

A SQLite store is filled as `benchmarks.summary` fills one, and served by the real server in a
process of its own. Asked are the verdict at first, once it is judged, and with its ETag; a page of
findings; and how long anything else takes while the release is judged anew. Run as
`python -m benchmarks.web`.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, update

from benchmarks.served import served
from benchmarks.summary import ENDPOINTS, RELEASE, SIGNATURES, fill
from shadow.store import tables
from shadow.store.engine import migrate, open_store

ROUNDS = 20
OUT = Console(highlight=False)

_ABOUT = f"/api/v1/releases/{RELEASE}"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shadow.db'}"
        engine = open_store(url)
        migrate(engine)
        fill(engine, 5_000)
        with served(url) as address:
            asyncio.run(_measured(address, engine))
        engine.dispose()


async def _measured(address: str, engine: Engine) -> None:
    table = Table(
        title=f"Asked over HTTP: {ENDPOINTS:,} endpoints and {SIGNATURES:,} signatures",
        title_justify="left",
    )
    for column in ("what", "median ms", "slowest ms"):
        table.add_column(column, justify="right")
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=120) as client:
        first = [await _milliseconds(lambda: _verdict(client))]
        table.add_row("verdict, never judged before", *_said(first))
        table.add_row("verdict again", *_said(await _repeated(lambda: _verdict(client))))
        etag = (await _verdict(client)).headers["etag"]
        same = {"if-none-match": etag}
        table.add_row(
            "verdict with its ETag", *_said(await _repeated(lambda: _verdict(client, same)))
        )
        for what in ("findings?limit=100", "endpoints?limit=100", "accounting"):
            ask = partial(client.get, f"{_ABOUT}/{what}")
            table.add_row(what, *_said(await _repeated(ask)))
        table.add_row(
            "the list of releases, a page", *_said(await _repeated(lambda: client.get("/")))
        )
        busy = await _while_judging(client, engine)
        table.add_row("… while the release is judged", *_said(busy))
    OUT.print(table)
    OUT.print(f"Of {ROUNDS} each, one after the other.\n")


async def _while_judging(client: httpx.AsyncClient, engine: Engine) -> list[float]:
    """How long a small page takes while somebody has the server judge the release all the time."""
    found: list[float] = []
    while len(found) < ROUNDS:
        with engine.begin() as connection:
            connection.execute(update(tables.outcomes).values(n=tables.outcomes.c.n + 1))
        await asyncio.sleep(2.0)
        judging = asyncio.create_task(_verdict(client))
        while not judging.done():
            found.append(await _milliseconds(lambda: client.get("/")))
    return found


async def _verdict(
    client: httpx.AsyncClient, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.get(f"{_ABOUT}/verdict", headers=headers)


async def _repeated(ask: Callable[[], Awaitable[object]]) -> list[float]:
    return [await _milliseconds(ask) for _ in range(ROUNDS)]


async def _milliseconds(ask: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await ask()
    return (time.perf_counter() - started) * 1000


def _said(found: list[float]) -> tuple[str, str]:
    return f"{statistics.median(found):,.1f}", f"{max(found):,.1f}"


if __name__ == "__main__":
    main()
