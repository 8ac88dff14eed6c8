"""What is asked of a release: the gate, the report, and which releases there are."""

from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.exits import EXIT_FAIL, EXIT_INCONCLUSIVE
from shadow.cli.given import settings_given
from shadow.cli.terminals import ERR, OUT
from shadow.errors import UsageError
from shadow.options import Config, Release, ReportFormat, Store, VerdictFormat

commands = typer.Typer()


@commands.command()
def gate(
    release: Release = None,
    wait: Annotated[
        str,
        typer.Option(
            "--wait", metavar="TIME", help="How long to wait while INCONCLUSIVE: 90s, 10m, 1h."
        ),
    ] = "0s",
    form: Annotated[VerdictFormat, typer.Option("--format", help="How to print.")] = (
        VerdictFormat.TEXT
    ),
    store: Store = None,
    config: Config = None,
) -> None:
    """Say whether the release may go on.

    Exit code 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 2 usage or configuration, 4 could not run.
    """
    from shadow.commands.verdicts import gate as run_gate

    settings = settings_given(config, release=release, store=store)
    settings.require("release")
    decision = run_gate(settings, _seconds(wait), form.value, OUT, ERR)
    raise typer.Exit({"PASS": 0, "FAIL": EXIT_FAIL}.get(decision.value, EXIT_INCONCLUSIVE))


@commands.command()
def report(
    release: Release = None,
    forms: Annotated[
        list[ReportFormat] | None,
        typer.Option(
            "--format",
            help="What to write; may be given several times.  [default: markdown]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder, or - for standard output.  [default: reports]",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Write the verdict with its evidence and an example of each finding.

    html is one file for people, markdown fits into a comment on a pull request, junit and sarif are
    for CI systems, json has all of it. The files are called after the release.
    """
    from shadow.commands.reports import report as run_report

    settings = settings_given(config, release=release, store=store)
    settings.require("release")
    chosen = [form.value for form in forms or [ReportFormat.MARKDOWN]]
    run_report(settings, chosen, output or Path(settings.reports), OUT)


@commands.command()
def releases(store: Store = None, config: Config = None) -> None:
    """List the releases that the store knows."""
    from shadow.commands.verdicts import list_releases

    OUT.print(list_releases(settings_given(config, store=store)))


def _seconds(text: str) -> float:
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1:]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 7 * 24 * 3600:
        raise UsageError(f"--wait {text}: write a time such as 90s, 10m or 1h")
    return seconds
