"""`make bench`: what users pay, as ratios measured side by side in one run.

Every arm is measured in turn, several rounds over, and the median round counts; so what else the
machine does falls on all of them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import differ, summary
from tests.support.load import Load, put_load
from tests.support.processes import accepts, fast_server, free_port, process, proxy, until

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS_EACH", "3"))
SETTLE_SECONDS = 3.0
OUT = Console(highlight=False)

type Arms = dict[str, int]
"""Names of what is measured, and the port each listens on."""


def main() -> None:
    """Run all benchmarks and print their tables."""
    user_path()
    hung_candidate()
    differ.main()
    summary.main()


def user_path() -> None:
    """`shadow proxy` against mitmdump as it comes, and against no proxy at all."""
    with ExitStack() as stack:
        primary, candidate = (stack.enter_context(fast_server()) for _ in range(2))
        arms = {
            "no proxy": primary,
            "mitmdump --mode reverse": stack.enter_context(mitmdump(primary)),
            "shadow proxy": stack.enter_context(shadow(stack, primary, candidate)),
        }
        for connections in (1, 16):
            loads = measured(arms, connections)
            show(
                f"What a user pays, {connections} connection(s), 1 KB",
                loads,
                "mitmdump --mode reverse",
            )


def hung_candidate() -> None:
    """`shadow proxy` with a candidate that never answers against itself with shadowing off."""
    with ExitStack() as stack:
        primary = stack.enter_context(fast_server())
        hung = stack.enter_context(fast_server("hang"))
        arms = {
            "shadowing off": stack.enter_context(
                shadow(stack, primary, hung, "capture: {sample: 0}")
            ),
            "candidate hung": stack.enter_context(shadow(stack, primary, hung)),
        }
        show("A hung candidate, 1 connection, 1 KB", measured(arms, 1), "shadowing off")


def measured(arms: Arms, connections: int) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {name: [] for name in arms}
    for port in arms.values():
        put_load(port, connections, SECONDS / 3)
    for _ in track(
        range(ROUNDS), description=f"{connections} connection(s)", console=OUT, transient=True
    ):
        for name, port in arms.items():
            # Workers are still busy with the last arm's copies; no other arm shall pay for it.
            time.sleep(SETTLE_SECONDS)
            loads[name].append(put_load(port, connections, SECONDS))
    return loads


def show(title: str, loads: dict[str, list[Load]], base: str) -> None:
    table = Table(title=title, title_justify="left")
    for column in ("", "req/s", "ratio", "p50 ms", "ratio", "p99 ms"):
        table.add_column(column, justify="left" if not column else "right")
    rate, median = (
        middle(loads[base], lambda load: load.per_second),
        middle(loads[base], lambda load: load.median_ms),
    )
    for name, runs in loads.items():
        table.add_row(
            name,
            f"{middle(runs, lambda load: load.per_second):,.0f}",
            f"{middle(runs, lambda load: load.per_second) / rate:.2f}x",
            f"{middle(runs, lambda load: load.median_ms):.2f}",
            f"{middle(runs, lambda load: load.median_ms) / median:.2f}x",
            f"{middle(runs, lambda load: load.p99_ms):.2f}",
        )
    OUT.print(table)
    OUT.print(f"Ratios to: {base}. Median of {ROUNDS} rounds of {SECONDS:g} s each.\n")


def middle(runs: list[Load], what: Callable[[Load], float]) -> float:
    return statistics.median(what(run) for run in runs)


@contextmanager
def mitmdump(primary: int) -> Iterator[int]:
    port = free_port()
    command = (
        str(Path(sys.executable).parent / "mitmdump"),
        "--quiet",
        "--listen-host",
        "127.0.0.1",
        "--listen-port",
        str(port),
        "--mode",
        f"reverse:http://127.0.0.1:{primary}",
    )
    with process(*command, stderr=subprocess.DEVNULL):
        until(lambda: accepts(port))
        yield port


@contextmanager
def shadow(stack: ExitStack, primary: int, candidate: int, settings: str = "") -> Iterator[int]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    with proxy(
        folder,
        primary=f"http://127.0.0.1:{primary}",
        candidate=f"http://127.0.0.1:{candidate}",
        settings=settings,
    ) as running:
        time.sleep(1)
        yield running.port


if __name__ == "__main__":
    main()
