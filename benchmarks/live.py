"""What users pay: Shadow's two engines beside what else carries or mirrors traffic.

Every arm is measured in turn, several rounds over, and the median round counts, so that what else
the machine does falls on all of them. An nginx is the primary, wrk is the users. Run by `make live`
with the tee compiled as in an image, or as `python -m benchmarks.live`; ROUNDS and
SECONDS_EACH may be set.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import peers
from benchmarks.taker import Totals, totals
from benchmarks.wrk import Load, load
from shadow.capture.tee.built import is_compiled
from shadow.settings import load_settings, settings_as_json
from tests.support.processes import (
    ROOT,
    Shadow,
    accepts,
    clean_environment,
    descendants,
    fast_server,
    free_port,
    process,
    proxy,
    until,
)

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS_EACH", "3"))
SETTLE_SECONDS = 1.5
SLICES = 4 * ROUNDS
"""Where differences are small, arms take turns so often that the machine is the same to all."""
OUT = Console(highlight=False, width=120)

PATHS = {"/1kb.json": 1_000, "/20kb.json": 20_000}
CONNECTIONS = (1, 16, 64)


def main() -> None:
    """Run all of it and print the tables."""
    OUT.print(f"The tee is {'compiled' if is_compiled() else 'interpreted'}.\n")
    side_by_side()
    broken_candidates()


def side_by_side() -> None:
    """Both engines against direct, nginx, Envoy and mitmdump."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        primary = stack.enter_context(peers.answering(folder / "primary", bodies()))
        others = running()
        copies = stack.enter_context(peers.taking_copies(folder / "copies"))
        take_copies = running() - others
        addon = stack.enter_context(handing_over("mitmproxy", primary, folder / "addon"))
        tee = stack.enter_context(handing_over("tee", primary, folder / "tee"))
        off = stack.enter_context(handing_over("tee", primary, folder / "off", sample=0))
        takers = {"addon": addon.told, "tee": tee.told}
        take_copies |= {addon.taker, tee.taker, off.taker}
        built = {"tee": tee.port}
        if is_compiled():
            place = folder / "interpreted"
            interpreted = stack.enter_context(handing_over("tee", primary, place, interpreted=True))
            takers["tee, interpreted"] = interpreted.told
            take_copies.add(interpreted.taker)
            built = {"tee, interpreted": interpreted.port, "tee": tee.port}
        arms = {
            "no proxy": primary,
            "nginx": stack.enter_context(peers.nginx(folder / "nginx", primary)),
            "nginx mirror": stack.enter_context(peers.nginx(folder / "mirror", primary, copies)),
            "nginx mirror, kept connections": stack.enter_context(
                peers.nginx(folder / "kept", primary, copies, kept=True)
            ),
            "Envoy": stack.enter_context(peers.envoy(folder / "envoy", primary)),
            "Envoy mirror": stack.enter_context(
                peers.envoy(folder / "envoy-mirror", primary, copies)
            ),
            "mitmdump": stack.enter_context(peers.mitmdump(primary)),
            "addon": addon.port,
            "tee, capture off": off.port,
            **built,
        }
        for path in PATHS:
            for connections in CONNECTIONS:
                with shares_told(takers):
                    show(f"{path}, {connections} connection(s)", measured(arms, connections, path))
            pids = running() - take_copies
            with one_processor(pids, apart=take_copies), shares_told(takers):
                title = f"{path}, 1 connection, all but who takes copies on one processor"
                show(title, measured(arms, 1, path))


def broken_candidates() -> None:
    """`shadow proxy --engine tee`, all of it, whatever the candidate does."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        primary = stack.enter_context(peers.answering(folder / "primary", bodies()))
        off, hung, flooding = ("capture: {engine: tee, sample: 0}", "hang", "large")
        candidates = {
            "shadowing off": (off, stack.enter_context(fast_server())),
            # What differs between the two is chance.
            "shadowing off, again": (off, stack.enter_context(fast_server())),
            "candidate hung": ("", stack.enter_context(fast_server(hung))),
            "candidate floods": ("", stack.enter_context(fast_server(flooding))),
            "candidate dead": ("", free_port()),
        }
        proxies: dict[str, Shadow] = {}
        for name, (settings, candidate) in candidates.items():
            place = folder / name.replace(" ", "-")
            place.mkdir()
            proxies[name] = stack.enter_context(
                proxy(
                    place,
                    primary=f"http://127.0.0.1:{primary}",
                    candidate=f"http://127.0.0.1:{candidate}",
                    settings=settings or "capture: {engine: tee}",
                )
            )
            until(proxies[name].workers)
        loads: dict[str, list[Load]] = {name: [] for name in candidates}
        slices = track(range(SLICES), description="candidates", console=OUT, transient=True)
        for number in slices:
            # Each comes as often before the others as behind them.
            for name in sorted(proxies, reverse=bool(number % 2)):
                with _others_at_rest(proxies, name):
                    load(proxies[name].port, 16, 1, "/1kb.json")
                    loads[name].append(load(proxies[name].port, 16, SECONDS, "/1kb.json"))
        show("shadow proxy --engine tee, 16 connections, /1kb.json", loads, "shadowing off")


@contextmanager
def _others_at_rest(proxies: Mapping[str, Shadow], name: str) -> Iterator[None]:
    """Stop the workers of all others, which would take of what this one needs."""
    at_rest = [pid for other in proxies if other != name for pid in proxies[other].workers()]
    for pid in at_rest:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in at_rest:
            os.kill(pid, signal.SIGCONT)


def running() -> set[int]:
    """The processes that this one has started, and those that they have."""
    return set(descendants(os.getpid()))


@contextmanager
def one_processor(pids: Collection[int], apart: Collection[int]) -> Iterator[None]:
    """Have these processes and this one on one processor, and those apart on another.

    With one connection one process waits for the other all the time. Where to put each of them is
    the scheduler's choice, which what happens beside them changes, and to wake one on another
    processor may take longer than all the work of both.
    """
    processors = sorted(os.sched_getaffinity(0))
    _keep_to(processors[:1], (os.getpid(), *pids))
    _keep_to(processors[-1:], apart)
    try:
        yield
    finally:
        _keep_to(processors, (os.getpid(), *pids, *apart))


def _keep_to(processors: Collection[int], pids: Collection[int]) -> None:
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), processors)


def measured(arms: Mapping[str, int], connections: int, path: str) -> dict[str, list[Load]]:
    """Several rounds of every arm, in turn."""
    loads: dict[str, list[Load]] = {name: [] for name in arms}
    for port in arms.values():
        load(port, connections, 1, path)
    rounds = track(range(ROUNDS), description=f"{path} {connections}", console=OUT, transient=True)
    for _ in rounds:
        for name, port in arms.items():
            # What the last arm left to do shall cost no other.
            time.sleep(SETTLE_SECONDS)
            loads[name].append(load(port, connections, SECONDS, path))
    return loads


def show(title: str, loads: Mapping[str, list[Load]], base: str = "no proxy") -> None:
    """Print a table; what is added to the median is in milliseconds above `base`'s."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("req/s", f"by {base}", "p50 ms", "added ms", "p99 ms", "errors"):
        table.add_column(column, justify="right")
    rate, median = (_middle(loads[base], what) for what in (_rate, _median))
    for name, runs in loads.items():
        table.add_row(
            name,
            f"{_middle(runs, _rate):,.0f}",
            f"{_middle(runs, _rate) / rate:.2f}x",
            f"{_middle(runs, _median):.3f}",
            f"{_middle(runs, _median) - median:.3f}",
            f"{_middle(runs, lambda run: run.p99_ms):.2f}",
            f"{sum(run.errors for run in runs)}",
        )
    OUT.print(table)
    rounds = len(loads[base])
    OUT.print(f"Median of {rounds} rounds of {SECONDS:g} s each; p50 and p99 of all answers.\n")


@contextmanager
def shares_told(takers: Mapping[str, Path]) -> Iterator[None]:
    """Print how much of what users ask was handed over: what is dropped costs next to nothing."""
    time.sleep(SETTLE_SECONDS)
    before = {name: totals(told) for name, told in takers.items()}
    yield
    time.sleep(SETTLE_SECONDS)
    for name, told in takers.items():
        _tell_share(name, totals(told).since(before[name]))


def _tell_share(name: str, came: Totals) -> None:
    share = came.taken / came.captured if came.captured else 0.0
    OUT.print(f"{name}: {share:.2%} of {came.captured:,} exchanges handed over")


def _rate(run: Load) -> float:
    return run.per_second


def _median(run: Load) -> float:
    return run.median_ms


def _middle(runs: list[Load], what: Callable[[Load], float]) -> float:
    return statistics.median(what(run) for run in runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """A live process that hands over: where users come, and the file with what was taken."""

    port: int
    told: Path
    taker: int


@contextmanager
def handing_over(
    engine: str, primary: int, folder: Path, sample: float = 1, *, interpreted: bool = False
) -> Iterator[Handing]:
    """A live process by itself, and somebody who takes every exchange and throws it away.

    That is what a mirror is with a server that answers 202, so it compares like with like. It runs
    what this process runs, or is `interpreted` in any case.
    """
    folder.mkdir()
    endpoint = f"ipc://{folder / 'queue'}"
    settings = load_settings(
        file=None,
        environment={},
        flags={
            "release": "bench",
            "primary": f"http://127.0.0.1:{primary}",
            "candidate": "http://127.0.0.1:1",
            "listen": f"127.0.0.1:{free_port()}",
            "queue": endpoint,
            "capture.engine": engine,
            "capture.sample": sample,
            "capture.guard.probe": False,
            "capture.guard.max_added_ms": 60_000,
        },
    )
    live = (sys.executable, "-m", "shadow", "live-role", "--scratch", str(folder))
    environment, told = clean_environment(), folder / "taken.json"
    if interpreted:
        environment["PYTHONPATH"] = str(ROOT)
    taker = (sys.executable, "-m", "benchmarks.taker", endpoint, str(told))
    with (
        process(*live, stdin=subprocess.PIPE, env=environment) as running,
        process(*taker, env=environment) as taking,
    ):
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(settings_as_json(settings) + "\n")
        running.stdin.flush()
        port = _told_port(running.stdout)
        until(lambda: accepts(port))
        yield Handing(port=port, told=told, taker=taking.pid)


def _told_port(said: IO[str]) -> int:
    """The port that a live process says it listens on."""
    for line in said:
        if address := json.loads(line).get("listening"):
            return int(address.rpartition(":")[2])
    raise RuntimeError("the live process ended before it listened")


def bodies() -> dict[str, bytes]:
    """JSON of about the sizes that are measured, by path."""
    made = {}
    for path, size in PATHS.items():
        items: list[dict[str, object]] = []
        while len(json.dumps({"items": items})) < size:
            items.append({"id": len(items), "name": f"item {len(items)}", "price": 9.5})
        made[path] = json.dumps({"items": items}).encode()
    return made


if __name__ == "__main__":
    main()
