"""What is tried before anything is started."""

import typer

from shadow.cli.exits import EXIT_COULD_NOT_RUN
from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.options import Candidate, Config, Listen, Primary, Release, Secondary, Store

commands = typer.Typer()


@commands.command()
def check(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    listen: Listen = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Try settings, targets, store and address before anything is started.

    Sends one `HEAD /` to each target, makes the store if it is not there, and asks for Envoy's tap
    where `capture.engine` is `tap`. Exit code 0 if all is well, else 4.
    """
    from shadow.check import check as run_check

    settings = settings_given(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        listen=listen,
        store=store,
    )
    if settings.capture.engine == "tap":
        settings.require_to_replay()
    else:
        settings.require("release", "primary", "candidate")
    if not run_check(settings, OUT):
        raise typer.Exit(EXIT_COULD_NOT_RUN)
