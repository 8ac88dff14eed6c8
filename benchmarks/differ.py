"""How fast bodies are compared: against DeepDiff side by side, and from 1 KB to 10 MB.

Ours is all that a worker does to count a comparison, parsing included; DeepDiff gets the parsed
documents. Both are measured in turn, and the median of the rounds counts.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date

import orjson
from deepdiff import DeepDiff
from rich.console import Console
from rich.table import Table

from benchmarks.records import Pair, pairs
from shadow.diff.compare import Comparer
from shadow.diff.excuses import Excuses
from shadow.diff.rules.book import Rule, RuleBook
from shadow.diff.rules.rule import Unordered
from shadow.model import Endpoint, Response

OUT = Console(highlight=False)
AGAINST_DEEPDIFF = (1_000, 10_000, 100_000, 1_000_000)
ALONE = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
JSON = ((b"content-type", b"application/json"),)
OPTIONS = {
    "view": "tree",
    "ignore_private_variables": False,
    "threshold_to_diff_deeper": 0,
    "report_repetition": True,
    "zip_ordered_iterables": True,
    "cache_size": 500,
    "max_passes": 50,
}


def main() -> None:
    """Print both tables."""
    against_deepdiff()
    growth()


def against_deepdiff() -> None:
    """Time of DeepDiff over ours, on the same pairs in one run."""
    table = Table(title="Comparing, against DeepDiff on parsed documents", title_justify="left")
    for column in ("body", "case", "ours ms", "DeepDiff ms", "ratio"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for size in AGAINST_DEEPDIFF:
        for pair in pairs(size):
            ours, theirs = measured(pair, rounds=max(1, min(7, 700_000 // size)))
            table.add_row(
                f"{size // 1_000:,} KB",
                pair.name,
                f"{ours * 1e3:,.2f}",
                f"{theirs * 1e3:,.1f}",
                f"{theirs / ours:,.0f}x",
            )
        table.add_section()
    OUT.print(table)


def growth() -> None:
    """Our time per KB, which stays about the same where cost grows linearly."""
    table = Table(title="Comparing, microseconds a KB", title_justify="left")
    table.add_column("case")
    for size in ALONE:
        table.add_column(f"{size // 1_000:,} KB", justify="right")
    rows: dict[str, list[str]] = {}
    for size in ALONE:
        for pair in pairs(size):
            seconds = middle(comparison(pair), rounds=5, at_least=0.05)
            rows.setdefault(pair.name, []).append(f"{seconds * 1e6 / (size / 1_000):,.1f}")
    for name, row in rows.items():
        table.add_row(name, *row)
    OUT.print(table)


def measured(pair: Pair, rounds: int) -> tuple[float, float]:
    """Median seconds of ours and of DeepDiff, measured in turn."""
    ours, theirs = comparison(pair), deepdiff(pair)
    ours()
    found = [(middle(ours, 3, 0.02), middle(theirs, 1, 0)) for _ in range(rounds)]
    return statistics.median(o for o, _ in found), statistics.median(t for _, t in found)


def middle(work: Callable[[], object], rounds: int, at_least: float) -> float:
    """Median seconds of a call; each round lasts `at_least` so long."""
    found = []
    for _ in range(rounds):
        calls, started = 0, time.perf_counter()
        while not calls or time.perf_counter() - started < at_least:
            work()
            calls += 1
        found.append((time.perf_counter() - started) / calls)
    return statistics.median(found)


def comparison(pair: Pair) -> Callable[[], object]:
    """What a worker does: compare two responses, and say what is to be counted."""
    primary, candidate = (
        Response(status=200, headers=JSON, body=body, seconds=0.0)
        for body in (pair.primary, pair.candidate)
    )
    comparer, rules = Comparer(), rules_of(pair)
    return lambda: comparer.compare("GET", primary, candidate, rules).outline()


def rules_of(pair: Pair) -> Excuses | None:
    if not pair.unordered:
        return None
    rule = Rule(name="unordered", action=Unordered(), location="$.items", reason="no order")
    book = RuleBook.of([rule], date(2026, 1, 1))
    return book.at(Endpoint(method="GET", template="/items"))


def deepdiff(pair: Pair) -> Callable[[], object]:
    primary, candidate = orjson.loads(pair.primary), orjson.loads(pair.candidate)
    return lambda: DeepDiff(primary, candidate, ignore_order=pair.unordered, **OPTIONS)


if __name__ == "__main__":
    main()
