"""What opening review pages takes of a release with 1,000 endpoints and 100,000 signatures.

A SQLite store is filled as `benchmarks.summary` fills one, and served by the real server in a
process of its own. Each page is opened once its release is judged. Run as
`python -m benchmarks.pages`.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.served import served
from benchmarks.summary import ENDPOINTS, RELEASE, SIGNATURES, fill
from shadow.store.engine import migrate, open_store

ROUNDS = 10
OUT = Console(highlight=False)

_ABOUT = f"/releases/{RELEASE}"
_FINDING = re.compile(r'href="([^"]+/findings/[0-9a-f]{12})"')
_ENDPOINT = re.compile(r'href="([^"]+/endpoints/[0-9a-f]{12})"')
_ACCEPTED = 200


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'shadow.db'}"
        engine = open_store(url)
        migrate(engine)
        fill(engine, 5_000)
        engine.dispose()
        with served(url) as address:
            _measure(address)


def _measure(address: str) -> None:
    table = Table(
        title=f"Pages: {ENDPOINTS:,} endpoints and {SIGNATURES:,} signatures",
        title_justify="left",
    )
    for column in ("page", "median ms", "slowest ms", "KiB"):
        table.add_column(column, justify="right")
    with httpx.Client(base_url=address, trust_env=False, timeout=120) as client:
        started = time.perf_counter()
        while client.get(_ABOUT).status_code != _ACCEPTED:
            time.sleep(0.1)
        judged = time.perf_counter() - started
        for name, path in _pages(client):
            found, size = _repeated(client, path)
            median, slowest = statistics.median(found), max(found)
            table.add_row(name, f"{median:,.0f}", f"{slowest:,.0f}", f"{size / 1024:,.0f}")
    OUT.print(table)
    OUT.print(f"Of {ROUNDS} each; judging it for the first time took {judged:.1f} s.\n")


def _pages(client: httpx.Client) -> Iterator[tuple[str, str]]:
    yield "releases", "/"
    yield "release", _ABOUT
    for name in ("endpoints", "latency", "noise", "history", "decisions"):
        yield name, f"{_ABOUT}/{name}"
    yield from _first(client, "a finding", _ABOUT, _FINDING)
    yield from _first(client, "a place that is noise", f"{_ABOUT}/noise", _FINDING)
    yield from _first(client, "an endpoint", f"{_ABOUT}/endpoints", _ENDPOINT)
    yield "rules", "/rules"


def _first(
    client: httpx.Client, name: str, page: str, link: re.Pattern[str]
) -> Iterator[tuple[str, str]]:
    found = link.search(client.get(page).text)
    if found is not None:
        yield name, found[1]
        if "/findings/" in found[1]:
            yield f"a rule for {name}", f"{found[1]}/rule"


def _repeated(client: httpx.Client, path: str) -> tuple[list[float], int]:
    found: list[float] = []
    size = 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        size = len(client.get(path).raise_for_status().content)
        found.append((time.perf_counter() - started) * 1000)
    return found, size


if __name__ == "__main__":
    main()
