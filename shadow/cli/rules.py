"""What is done with rules that are not in the settings: tried, proposed, kept in the store."""

from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import ERR, OUT
from shadow.options import (
    By,
    Config,
    CoveredFinding,
    OnlyHere,
    Reason,
    Release,
    RuleExpires,
    Store,
)

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


@commands.command("keep")
def keep_rule(
    *,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[RULES]", help="A file with the one rule.", show_default=False),
    ] = None,
    release: Release = None,
    finding: CoveredFinding = None,
    by: By = "",
    reason: Reason = "",
    expires: RuleExpires = None,
    only_here: OnlyHere = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Keep a rule in the store: verdicts excuse by it what was counted, in later releases too.

    It is written to the audit log, for good, and can be withdrawn.
    """
    from shadow.commands import kept_rules

    settings = settings_given(config, release=release, store=store).require("release")
    asked = kept_rules.Asked(
        file=file,
        finding=finding or "",
        by=by,
        reason=reason,
        expires=expires.date() if expires else None,
        only_here=only_here,
    )
    kept_rules.keep(settings, asked, OUT, ERR)


@commands.command("withdraw")
def withdraw_rule(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a kept rule.")],
    by: By = "",
    reason: Reason = "",
    store: Store = None,
    config: Config = None,
) -> None:
    """Keep a rule no longer, in no release: what it excused counts again."""
    from shadow.commands import kept_rules

    kept_rules.withdraw(settings_given(config, store=store), name, by, reason, OUT, ERR)


@commands.command("export")
def export_rules(store: Store = None, config: Config = None) -> None:
    """Print the rules that the store keeps, as a file of rules for the settings."""
    from shadow.commands import kept_rules

    kept_rules.export(settings_given(config, store=store), OUT)
