"""What runs beside production: the proxy, a worker or an addon alone, and the hidden roles."""

import sys
import tempfile
from pathlib import Path

import typer

import shadow
from shadow.cli.given import settings_given
from shadow.cli.terminals import OUT
from shadow.errors import UsageError
from shadow.options import (
    LIVE_ENGINES,
    Candidate,
    Config,
    EngineName,
    Listen,
    ListenToMirrors,
    NoWeb,
    Primary,
    Processes,
    Queue,
    Release,
    Scratch,
    Secondary,
    Store,
)
from shadow.settings import settings_from_json
from shadow.terminal import inherited_options

commands = typer.Typer()


@commands.command()
def proxy(
    *,
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    listen: Listen = None,
    store: Store = None,
    engine: EngineName = None,
    processes: Processes = None,
    no_web: NoWeb = False,
    config: Config = None,
) -> None:
    """Serve users from production and shadow what they ask, with all that needs on one machine.

    Starts the live process and the workers, restarts what dies, and on SIGTERM or Ctrl-C lets
    answers under way finish, compares what is captured, and stops. Review pages and the HTTP API
    are served beside it, as `shadow web` does.
    """
    from shadow.serve import proxy as run_proxy

    if engine is not None and engine not in LIVE_ENGINES:
        ways = ", --engine ".join(LIVE_ENGINES)
        raise UsageError(f"users come in by one of these: --engine {ways}")
    settings = settings_given(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        listen=listen,
        store=store,
        **{
            "capture.engine": engine,
            "capture.tee.processes": str(processes) if processes else None,
            "web.enabled": "false" if no_web else None,
        },
    )
    settings.require("release", "primary", "candidate")
    if processes and settings.capture.engine == "mitmproxy":
        raise UsageError("--processes is for the tee; give --engine tee too")
    run_proxy(settings, inherited_options(), OUT)


@commands.command()
def sink(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    listen: ListenToMirrors = None,
    store: Store = None,
    config: Config = None,
) -> None:
    """Take copies of requests that nginx, Envoy, Istio, Traefik or GoReplay sends, and shadow them.

    Each copy is answered with 202 at once. Workers ask primary, candidate and secondary at the same
    moment. Users are where they were: nothing of them passes through here.
    """
    from shadow.serve import sink as run_sink

    settings = settings_given(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        listen=listen,
        store=store,
        **{"capture.engine": "sink"},
    )
    settings.require("release", "primary", "candidate")
    run_sink(settings, inherited_options(), OUT)


@commands.command()
def pause(config: Config = None) -> None:
    """Have this machine's live processes capture nothing more; users are served on.

    Makes the file that `capture.pause_file` names, which live processes look for each second, and
    says which of them have noticed. Exit code 4 if one has not, or there is none.
    """
    from shadow.commands.pausing import pause as run_pause

    run_pause(settings_given(config), OUT)


@commands.command()
def resume(config: Config = None) -> None:
    """End what `shadow pause` began.

    Exit code 4 if a live process has not noticed, or is paused otherwise.
    """
    from shadow.commands.pausing import resume as run_resume

    run_resume(settings_given(config), OUT)


@commands.command()
def worker(
    release: Release = None,
    primary: Primary = None,
    candidate: Candidate = None,
    secondary: Secondary = None,
    store: Store = None,
    queue: Queue = None,
    config: Config = None,
) -> None:
    """Run one worker alone, for a live process that was started otherwise (see `shadow addon`)."""
    from shadow.roles.worker import run_worker
    from shadow.serve import with_redact_key

    settings = settings_given(
        config,
        release=release,
        primary=primary,
        candidate=candidate,
        secondary=secondary,
        store=store,
        queue=queue,
    )
    settings.require_to_replay()
    run_worker(with_redact_key(settings))


@commands.command()
def addon() -> None:
    """Print the path of the addon for a mitmproxy of your own.

    `mitmdump -s "$(shadow addon)" --mode reverse:http://prod:8080`, with `shadow worker` beside
    it. Both read ./shadow.yaml and SHADOW_* variables.
    """
    OUT.document(f"{Path(shadow.__file__).with_name('mitmproxy_addon.py')}\n")


@commands.command("live-role", hidden=True)
def live_role(scratch: Scratch) -> None:
    """Be the live process of a supervisor, which writes its settings to standard input."""
    tempfile.tempdir = str(scratch)
    settings = settings_from_json(sys.stdin.readline())
    if settings.replays_recordings:
        from shadow.roles.recordings import run_recordings

        run_recordings(settings)
    else:
        from shadow.roles.live import run_live

        run_live(settings)


@commands.command("web-role", hidden=True)
def web_role(scratch: Scratch) -> None:
    """Serve pages for a supervisor, which writes its settings to standard input."""
    from shadow.web.serving import run_web

    tempfile.tempdir = str(scratch)
    run_web(settings_from_json(sys.stdin.readline()))


@commands.command("worker-role", hidden=True)
def worker_role(scratch: Scratch) -> None:
    """Be a worker of a supervisor, which writes its settings to standard input."""
    from shadow.roles.worker import run_worker

    tempfile.tempdir = str(scratch)
    run_worker(settings_from_json(sys.stdin.readline()), supervisor=sys.stdin.fileno())
