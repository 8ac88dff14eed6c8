"""`python -m benchmarks.noise`: run and print the noise benchmark."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.noise import regressions
from benchmarks.noise.figures import SLOW, Figures, all_figures, is_found, regressed
from benchmarks.noise.methods import METHODS, SHADOW
from benchmarks.noise.trial import Trial, trials
from shadow.store.engine import migrate, open_store

OUT = Console(highlight=False)
EACH = 3
"""So many releases with a regression has each service, besides the clean one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run; equal plans give equal figures, however many jobs share the work."""

    seed: int
    services: int
    exchanges: int


def main(
    exchanges: int = 5_000,
    services: int = 100,
    jobs: int = os.cpu_count() or 1,
    seed: int = 1,
    *,
    markdown: bool = False,
    missed: bool = False,
) -> None:
    """Compare methods on seeded services; with `--markdown` as it stands in the README.

    `--missed` lists what Shadow did not find.
    """
    plan = Plan(seed=seed, services=services, exchanges=exchanges)
    ran = run(plan, jobs)
    for figures in all_figures(ran):
        if markdown:
            print(as_markdown(figures))
        else:
            OUT.print(as_table(figures))
    if missed:
        print_missed(ran)
    OUT.print(
        f"{services:,} services, each clean and with up to {EACH} regressions, a release each; "
        f"{exchanges:,} exchanges a release; seed {seed}."
    )


def run(plan: Plan, jobs: int) -> list[Trial]:
    """All trials of a plan, with a bar that shows how far they are."""
    work = partial(trials_of, plan)
    with Pool(jobs) as pool:
        ended = pool.imap(work, range(plan.services))
        bar = track(ended, "services", plan.services, console=OUT, transient=True)
        return [trial for found in bar for trial in found]


def trials_of(plan: Plan, number: int) -> tuple[Trial, ...]:
    """The trials of one service, in a store of their own."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/shadow.db")
        try:
            migrate(engine)
            return trials(engine, f"{plan.seed}/{number}", tuple(sorts_of(number)), plan.exchanges)
        finally:
            engine.dispose()


def sorts_of(number: int) -> Iterator[str]:
    """The sorts of regressions that a service has; they take turns."""
    for turn in range(EACH):
        yield regressions.SORTS[(number * EACH + turn) % len(regressions.SORTS)]


def as_table(figures: Figures) -> Table:
    """Figures for a terminal."""
    table = Table(title=figures.title, title_justify="left")
    table.add_column("")
    for method in METHODS:
        table.add_column(method, justify="right")
    for name, cells in figures.rows:
        table.add_row(name, *cells)
    return table


def as_markdown(figures: Figures) -> str:
    """Figures for a page."""
    head = (figures.title, *METHODS)
    lines = (head, ("---",) * len(head), *((name, *cells) for name, cells in figures.rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def print_missed(ran: Sequence[Trial]) -> None:
    """Name the regressions that Shadow did not find."""
    for trial in regressed(ran):
        judged = trial.judgements[SHADOW]
        if trial.planted and trial.sort != SLOW and not is_found(trial, judged):
            endpoint, location = trial.planted
            OUT.print(
                f"{judged.decision}: {trial.sort} ({trial.detail}), {trial.occurred:,} times at "
                f"{location} of {endpoint}"
            )


if __name__ == "__main__":
    typer.run(main)
