"""What Shadow shows of itself: a demo, and its version."""

from pathlib import Path
from typing import Annotated

import typer

from shadow import __version__
from shadow.cli.terminals import OUT

commands = typer.Typer()


@commands.command()
def demo(
    requests: Annotated[
        int,
        typer.Option(
            "--requests",
            min=4500,
            help="Live requests per release; fewer would be too little evidence.",
        ),
    ] = 5000,
    reports: Annotated[Path, typer.Option("--reports", help="Where the reports go.")] = Path(
        "reports"
    ),
) -> None:
    """Watch Shadow find planted regressions in a small shop, and pass the release without them."""
    from shadow.demo.run import run_demo

    raise typer.Exit(run_demo(OUT, requests=requests, reports=reports))


@commands.command()
def version() -> None:
    """Print the version."""
    print_version()


def print_version() -> None:
    """Print name and version, as `--version` and `version` do."""
    OUT.news(f"shadow {__version__}")
