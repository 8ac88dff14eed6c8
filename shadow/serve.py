"""`shadow proxy`: everything of one machine, from its settings to its end."""

import asyncio
import secrets
import shlex
import signal
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import SecretStr
from rich.markup import escape

from shadow.capture.tee.built import is_compiled
from shadow.errors import UnavailableError, UsageError
from shadow.pipeline import Batch
from shadow.queue.codec import LIVE_COUNTS
from shadow.settings import Settings, settings_as_json
from shadow.supervisor import SETTLE_SECONDS, Plan, Supervisor
from shadow.terminal import Terminal
from shadow.wiring.address import require_free_address
from shadow.wiring.shared import live_processes, pause_file, queue_endpoints, tidy_run_folder
from shadow.wiring.tracing import require_exporter
from shadow.wiring.worker import commit_once

_STOP_MARGIN_SECONDS = 5.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def proxy(settings: Settings, options: tuple[str, ...], out: Terminal) -> None:
    """Run everything of one machine until SIGTERM or Ctrl-C.

    `options` are those of the command line for all commands, for the children too.
    """
    engine = settings.capture.engine
    if engine in {"tap", "sink"}:
        raise UsageError(
            f"capture.engine is {engine}, which `shadow {engine}` starts: nobody is served"
        )
    if settings.replays_recordings:
        raise UsageError("recordings are no users; replay them with `shadow replay FILE…`")
    if live_processes(settings) > 1 and not settings.listen_address[1]:
        raise UsageError("several processes need one port: give --listen another than 0")
    require_free_address(settings)
    settings = _with_pause_file(settings)
    _run_all(settings, options, out, partial(_whereabouts, settings))


def sink(settings: Settings, options: tuple[str, ...], out: Terminal) -> None:
    """Run everything that shadows the copies of a mirror; otherwise as `proxy`."""
    require_free_address(settings)
    settings = _with_pause_file(settings)
    _run_all(settings, options, out, partial(_mirrored, settings))


def tap(settings: Settings, options: tuple[str, ...], out: Terminal) -> None:
    """Run everything that shadows what an Envoy tells by its tap; otherwise as `proxy`."""
    settings = _with_pause_file(settings)
    _run_all(settings, options, out, partial(_tapped, settings))


def _run_all(
    settings: Settings,
    options: tuple[str, ...],
    out: Terminal,
    whereabouts: Callable[[str], str],
) -> None:
    """Run live process and workers; `whereabouts` says where everything is, for people."""
    require_exporter(settings)
    commit_once(settings, Batch())
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        plan = _plan(with_redact_key(settings), options, Path(folder))
        plan = replace(plan, pages=settings.web.enabled)
        supervisor = Supervisor(
            plan,
            lambda address: out.news(whereabouts(address)),
            pages=lambda said: out.news(escape(said)),
        )
        try:
            final_counts = asyncio.run(_until_signal(supervisor, out))
        finally:
            tidy_run_folder(pause_file(settings))
    _keep(final_counts, settings)
    out.news(f"stopped; ask [bold]{escape(_gate_command(settings))}[/]")


def with_redact_key(settings: Settings) -> Settings:
    """Return settings that have a key to redact with; a random one where none is set."""
    if settings.redact.key is not None:
        return settings
    redact = settings.redact.model_copy(update={"key": SecretStr(secrets.token_hex(32))})
    return settings.model_copy(update={"redact": redact})


def _with_pause_file(settings: Settings) -> Settings:
    """Settings that name the pause file, as children have a temporary folder of their own."""
    capture = settings.capture.model_copy(update={"pause_file": pause_file(settings)})
    return settings.model_copy(update={"capture": capture})


def to_its_end(
    settings: Settings,
    options: tuple[str, ...],
    out: Terminal,
    progress: Callable[[Mapping[str, object]], None],
) -> bool:
    """Run everything of one machine whose work has an end; tell whether that was reached.

    SIGTERM and Ctrl-C end it before. `progress` gets what the live process tells of how far it is.
    """
    require_exporter(settings)
    with tempfile.TemporaryDirectory(prefix="shadow-") as folder:
        plan = _plan(with_redact_key(settings), options, Path(folder))
        supervisor = Supervisor(plan, lambda _: None, progress)
        final_counts = asyncio.run(_until_signal(supervisor, out))
    _keep(final_counts, settings)
    return supervisor.finished


def rows_of_the_rest(settings: Settings) -> dict[str, str | None]:
    """Where everything but the primary is, for people."""
    return {
        "candidate": settings.candidate,
        "secondary": _secondary(settings),
        "store": settings.store_shown,
        "workers": str(settings.workers),
        "verdict": _gate_command(settings),
    }


def _plan(settings: Settings, options: tuple[str, ...], folder: Path) -> Plan:
    queue = settings.queue or f"ipc://{folder / 'queue'}"
    settings = settings.model_copy(update={"queue": queue})
    drain = settings.capture.drain_seconds
    return Plan(
        settings=settings_as_json(settings),
        live_settings=tuple(
            settings_as_json(settings.model_copy(update={"queue": own}))
            for own in queue_endpoints(settings)
        ),
        scratch=folder,
        workers=settings.workers,
        stop_live_seconds=drain + SETTLE_SECONDS + _STOP_MARGIN_SECONDS,
        options=options,
    )


async def _until_signal(supervisor: Supervisor, out: Terminal) -> tuple[Mapping[str, object], ...]:
    stop = asyncio.Event()

    def told() -> None:
        if stop.is_set():
            supervisor.hurry()
            return
        stop.set()
        out.news("stopping: what is under way is finished first; Ctrl-C again ends it at once")

    for number in _STOP_SIGNALS:
        # `nohup` means what it says.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, told)
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGUSR1, supervisor.signal_live, signal.SIGUSR1
    )
    # For the children, which are in the terminal's background: one with `stty tostop` would stop
    # them, and users with them, when they log something.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    return await supervisor.run(stop)


def _keep(final_counts: tuple[Mapping[str, object], ...], settings: Settings) -> None:
    """Store the live processes' last words; the workers may have been gone when they spoke."""
    live = tuple(LIVE_COUNTS.from_builtins(counts) for counts in final_counts)
    try:
        commit_once(settings, Batch(live=live))
    except UnavailableError as error:
        raise UnavailableError(f"stopped, but the last totals are not stored: {error}") from None


def _whereabouts(settings: Settings, address: str) -> str:
    rows = {
        "release": settings.release,
        "users": f"{'https' if settings.tls else 'http'}://{address}",
        "primary": settings.primary,
        "engine": _engine(settings),
        **_behind(settings),
    }
    return as_lines(rows)


def _mirrored(settings: Settings, address: str) -> str:
    rows = {
        "release": settings.release,
        "mirrors": f"{'https' if settings.tls else 'http'}://{address}",
        "primary": settings.primary,
        **_behind(settings),
    }
    return as_lines(rows)


def _tapped(settings: Settings, address: str) -> str:
    tapped = f"Envoy at {address}, tap {settings.capture.tap.config_id}"
    return as_lines({"release": settings.release, "tapped": tapped, **_behind(settings)})


def _behind(settings: Settings) -> dict[str, str | None]:
    rows = rows_of_the_rest(settings)
    verdict = rows.pop("verdict")
    pause = f"shadow pause, or touch {settings.capture.pause_file}"
    return {**rows, "pause": pause, "verdict": verdict}


def as_lines(rows: Mapping[str, str | None]) -> str:
    """Rows of a name and a value, for people."""
    return "\n".join(f"[bold]{name:<9}[/]  {escape(value or '')}" for name, value in rows.items())


def _engine(settings: Settings) -> str:
    if settings.capture.engine != "tee":
        return "mitmproxy: reads HTTP/2 too; for production speed and byte identity: --engine tee"
    number = live_processes(settings)
    processes = f"in {number} processes" if number > 1 else "in one process"
    built = "compiled" if is_compiled() else "not compiled, so a fifth slower"
    advice = "for users of HTTP/2 whose primary has none: --engine mitmproxy"
    return f"tee {processes}, {built}: bytes as they are; {advice}"


def _secondary(settings: Settings) -> str:
    if settings.secondary is None:
        return "none: noise is not known, only a rate is judged"
    if not settings.asks_primary_again:
        return settings.secondary
    again = settings.replay.self
    return (
        f"self: primary is asked again for {again.share * 100:g} % of the safe requests, "
        f"{again.requests_per_second:g} a second at most from each worker"
    )


def _gate_command(settings: Settings) -> str:
    store = shlex.quote(settings.store_shown)
    return f"shadow gate --release {settings.release} --store {store}"
