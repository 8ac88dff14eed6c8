"""What takes users' requests from an Envoy that already runs."""

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.options import (
    Admin,
    Candidate,
    Config,
    ConfigId,
    Primary,
    Release,
    Sample,
    Secondary,
    Store,
)
from shadow.terminal import inherited_options

commands = typer.Typer()


@commands.command()
def tap(
    release: Release = None,
    admin: Admin = None,
    config_id: ConfigId = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    primary: Primary = None,
    sample: Sample = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Shadow what an Envoy that already runs serves, as its admin tap tells it.

    Users' traffic stays where it is. Envoy needs the tap filter (docs/capture.md shows it); the
    answers that it relayed are production's. --primary is for `--secondary self` alone.
    """
    from shadow.serve import tap as run_tap

    settings = settings_given(
        config,
        release=release,
        candidate=candidate,
        secondary=secondary,
        primary=primary,
        store=store,
        **{
            "capture.engine": "tap",
            "capture.tap.admin": admin,
            "capture.tap.config_id": config_id,
            "capture.sample": sample,
        },
    )
    settings.require_to_replay()
    run_tap(settings, inherited_options(), OUT)
