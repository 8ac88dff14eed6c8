"""`shadow check`: tries everything that a run needs, before it is needed."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shadow.errors import ShadowError
from shadow.model import LOOP_GUARD, Failure, Request
from shadow.replay.target import Target, TargetOptions
from shadow.settings import Settings, TargetSettings
from shadow.wiring.worker import target_options, writer_for

_PROBE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was tried, how it went, and what to do where it did not."""

    what: str
    problem: str | None
    found: str = ""


def check(settings: Settings, out: Console) -> bool:
    """Try all, print a table, and tell whether all is well."""
    trials = (
        *asyncio.run(_targets(settings)),
        _try("store", settings.store_shown, lambda: _write(settings)),
        _try("listen", settings.listen, lambda: _bind(settings)),
    )
    table = Table("", "What", "Found")
    for trial in trials:
        mark = "[green]ok[/]" if trial.problem is None else "[red]no[/]"
        table.add_row(mark, trial.what, escape(trial.problem or trial.found))
    out.print(table)
    return all(trial.problem is None for trial in trials)


async def _targets(settings: Settings) -> tuple[Trial, ...]:
    replay = settings.replay
    named = (
        ("primary", settings.primary, TargetSettings()),
        ("candidate", settings.candidate, replay.candidate),
        ("secondary", settings.secondary, replay.secondary),
    )
    asked = (
        _ask(name, target_options(url, how), settings)
        for name, url, how in named
        if url is not None
    )
    return tuple(await asyncio.gather(*asked))


async def _ask(name: str, options: TargetOptions, settings: Settings) -> Trial:
    target = Target(options, settings.release or "check")
    host = options.url.partition("://")[2].encode("latin-1")
    try:
        reply = await asyncio.wait_for(
            target.send(
                Request(method="HEAD", target="/", headers=((b"host", host), (LOOP_GUARD, b"1")))
            ),
            _PROBE_SECONDS,
        )
    except TimeoutError:
        return Trial(what=name, problem=f"{options.url} did not answer; is it started?")
    finally:
        await target.aclose()
    if isinstance(reply, Failure):
        return Trial(
            what=name, problem=f"{options.url}: {reply.kind} ({reply.detail}); is it started?"
        )
    return Trial(what=name, problem=None, found=f"{options.url} answers with {reply.status}")


def _try(what: str, found: str, attempt: Callable[[], None]) -> Trial:
    try:
        attempt()
    except (ShadowError, OSError) as error:
        return Trial(what=what, problem=f"{found}: {error}")
    return Trial(what=what, problem=None, found=found)


def _write(settings: Settings) -> None:
    writer_for(settings)


def _bind(settings: Settings) -> None:
    host, port = settings.listen_address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
