"""What replays recordings."""

from pathlib import Path
from typing import Annotated

import typer

from shadow.cli.given import settings_given
from shadow.cli.terminals import ERR, OUT
from shadow.errors import UsageError
from shadow.options import Candidate, Config, Primary, Release, Secondary, Store
from shadow.settings.fields import MOST_RECORDINGS
from shadow.terminal import inherited_options

commands = typer.Typer()


@commands.command()
def replay(
    *,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE…",
            help="HAR, mitmproxy flows, GoReplay files, access logs; also as .gz.",
            show_default=False,
        ),
    ] = None,
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    speed: Annotated[
        str | None,
        typer.Option(
            "--speed",
            metavar="1x|10x|max",
            help="Pauses as recorded, a tenth of them, or none.  [default: 1x]",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="GLOB",
            help="Of what is included, only requests whose METHOD /path matches; repeatable.",
        ),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host",
            metavar="GLOB",
            help="Only requests to these hosts; repeatable.  [default: the first of each file]",
            show_default=False,
        ),
    ] = None,
    ask_primary: Annotated[
        bool,
        typer.Option(
            "--ask-primary", help="Compare with what the primary says now, not with the recording."
        ),
    ] = False,
    from_start: Annotated[
        bool,
        typer.Option("--from-start", help="Replay and count all once more, whatever was before."),
    ] = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """Replay recorded requests to the pre-release, and compare with the recorded answers.

    Filters, sampling and unsafe methods hold as for live traffic. Stopped with Ctrl-C, the same
    command goes on where it was. Exit code 0 when all is replayed or it was stopped, 2 usage or
    configuration, 4 could not run, or could not read a file to its end.
    """
    from shadow.replaying import replay as run_replay

    if files and len(files) > MOST_RECORDINGS:
        raise UsageError(f"{len(files)} files are too many; name {MOST_RECORDINGS} at a time")
    settings = settings_given(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        store=store,
        **{
            "capture.engine": "files",
            "capture.recordings.files": [file.absolute() for file in files] if files else None,
            "capture.recordings.speed": speed,
            "capture.recordings.host": host or None,
            "capture.recordings.ask_primary": ask_primary or None,
            "capture.recordings.only": only or None,
        },
    )
    settings.require("release", "candidate")
    if not settings.capture.recordings.files:
        raise UsageError("name the files to replay: shadow replay FILE…")
    run_replay(settings, inherited_options(), OUT, ERR, from_start=from_start)
