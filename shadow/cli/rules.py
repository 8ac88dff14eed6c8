"""What is done with rules before they are in the settings."""

from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.options import Config, Release, Store

commands = typer.Typer(no_args_is_help=True)


@commands.command("test")
def try_rules(
    file: Annotated[Path, typer.Argument(metavar="RULES", help="A file of rules.")],
    release: Release = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Show what the rules of a file would have excused among a release's stored examples."""
    from shadow.commands.rules import try_rules as run_trial

    settings = settings_given(config, release=release, store=store)
    run_trial(settings.require("release"), file, OUT)


@commands.command("suggest")
def suggest_rules(release: Release = None, store: Store = None, config: Config = None) -> None:
    """Propose rules for a release's noise: a file of rules, with the evidence in comments."""
    from shadow.commands.rules import suggest_rules as run_suggest

    settings = settings_given(config, release=release, store=store)
    run_suggest(settings.require("release"), OUT)
