"""What the demo shows in the terminal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from shadow.demo.claims import Claim, Found, Round, claims

_MOST_NOISE_SHOWN = 6
_WIDEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where the demo tells what it does and what came of it."""

    console: Console

    def opening(self, requests: int) -> None:
        """Say what is about to happen."""
        self.console.print(
            Text(
                "A shop runs twice as production; beside it a pre-release with planted bugs.\n"
                f"{requests:,} live requests go through Shadow: users get production's answers,\n"
                "the pre-release gets copies. Then the same with the bugs fixed, and once more\n"
                "with the bugs, but no second production: the first one is asked again."
            )
        )

    def heading(self, release: str, what: str) -> None:
        """Begin a round."""
        self.console.print()
        self.console.print(Text(f"release {release}, {what}", style="bold"))

    def step(self, text: str) -> None:
        """Say that something is done."""
        self.console.print(Text.assemble(("  ✓ ", "green"), text))

    @contextmanager
    def progress(self, requests: int) -> Iterator[Callable[[], None]]:
        """Show how many of the requests are answered; to be called after each."""
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as progress:
            task = progress.add_task("live requests", total=requests)
            yield lambda: progress.advance(task)

    @contextmanager
    def waiting(self) -> Iterator[Callable[[int], None]]:
        """Show how many comparisons are still to come, each time it is told."""
        with self.console.status("comparing") as status:
            yield lambda count: status.update(f"comparing: {count:,} to go")

    def closing(self, rounds: Sequence[Round], seconds: float) -> bool:
        """Show what held and what did not; tell whether all of it did."""
        checked = [(done, claims(done)) for done in rounds]
        for done, checks in checked:
            self.console.print()
            self.console.print(_panel(done, checks, self.console.width))
        failed = [check for _, checks in checked for check in checks if not check.held]
        self.console.print()
        self.console.print(_conclusion(failed, seconds))
        return not failed


def _panel(done: Round, checks: Sequence[Claim], width: int) -> Panel:
    parts: list[RenderableType] = [_checklist(checks), Text()]
    parts.append(_labelled("accounting", str(done.said.accounting)))
    parts.append(_labelled("noise", _noise(done.said.noise)))
    parts.append(_labelled("report", str(done.report)))
    held = all(check.held for check in checks)
    return Panel(
        Group(*parts),
        title=Text(f"release {done.release}: {done.said.decision}", style="bold"),
        title_align="left",
        width=min(_WIDEST, width),
        border_style="green" if held else "red",
    )


def _checklist(checks: Sequence[Claim]) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=1)
    table.add_column(ratio=1)
    table.add_column(justify="right", max_width=30)
    for check in checks:
        mark = Text("✓", style="green") if check.held else Text("✗", style="bold red")
        table.add_row(mark, Text(check.text), Text(check.measure))
        if check.place:
            table.add_row("", Text(check.place, style="dim"), "")
    return table


def _labelled(label: str, text: str) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=10, style="dim")
    table.add_column()
    table.add_row(label, Text(text, overflow="fold"))
    return table


def _noise(noise: Sequence[Found]) -> str:
    names = sorted({found.location for found in noise})
    shown = ", ".join(names[:_MOST_NOISE_SHOWN])
    rest = len(names) - _MOST_NOISE_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _conclusion(failed: Sequence[Claim], seconds: float) -> Text:
    if not failed:
        return Text(f"All of it held ({seconds:.0f} s).", style="bold green")
    lines = [Text(f"Not all of it held ({seconds:.0f} s):", style="bold red")]
    lines += [Text(f"✗ {check.text}: {check.measure}") for check in failed]
    return Text("\n").join(lines)
