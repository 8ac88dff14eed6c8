"""What is done with paths before they are in the settings."""

from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.terminals import ERR, OUT
from shadow.options import VerdictFormat

commands = typer.Typer(no_args_is_help=True)


@commands.command()
def infer(
    file: Annotated[
        Path, typer.Argument(help="Lines of METHOD path [status [shape]]; - is stdin.")
    ],
    openapi: Annotated[
        Path | None,
        typer.Option("--openapi", metavar="SPEC", help="An OpenAPI document, whose routes win."),
    ] = None,
    form: Annotated[
        VerdictFormat, typer.Option("--format", help="A table, or a JSON object for each line.")
    ] = VerdictFormat.TEXT,
) -> None:
    """Find the endpoints behind the paths of a log, and propose templates for the settings."""
    from shadow.commands.endpoints import infer as run_infer

    run_infer(file, openapi, form.value, OUT, ERR)
