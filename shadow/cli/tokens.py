"""Who may be let in over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.options import Config, Store

commands = typer.Typer(no_args_is_help=True)


class Scope(StrEnum):
    """What a token lets somebody do; each may do what those before it may."""

    READ = "read"
    APPROVE = "approve"
    ADMIN = "admin"


Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help="Whose it is; it signs what is decided.")
]
By = Annotated[
    str,
    typer.Option("--by", metavar="NAME", help="Who does this, for the log.", show_default=False),
]


@commands.command()
def create(
    name: Name,
    scope: Annotated[
        Scope, typer.Option("--scope", help="What it lets somebody do; see docs/web.md.")
    ],
    expires: Annotated[
        datetime | None,
        typer.Option(
            "--expires",
            metavar="YYYY-MM-DD",
            formats=["%Y-%m-%d"],
            help="Last day, UTC, on which it holds.  [default: until it is revoked]",
            show_default=False,
        ),
    ] = None,
    by: By = "",
    store: Store = None,
    config: Config = None,
) -> None:
    """Make a token and print it, this once: the store keeps a digest of it only."""
    from shadow.commands import tokens
    from shadow.model import Role

    settings = settings_given(config, store=store)
    tokens.create(settings, name, Role(scope.value), expires, by, OUT)


@commands.command("list")
def list_tokens(store: Store = None, config: Config = None) -> None:
    """List the tokens, without their secrets."""
    from shadow.commands import tokens

    OUT.print(tokens.list_tokens(settings_given(config, store=store)))


@commands.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME", help="Its name or its id.")],
    by: By = "",
    store: Store = None,
    config: Config = None,
) -> None:
    """End a token at once, and the sessions that were opened with it."""
    from shadow.commands import tokens

    tokens.revoke(settings_given(config, store=store), token, by, OUT)
