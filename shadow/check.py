"""`shadow check`: tries everything that a run needs, before it is needed."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shadow.capture.tap.envoy import try_out
from shadow.diff.rules.notices import rule_notices
from shadow.errors import ShadowError, UnavailableError
from shadow.model import LOOP_GUARD, Failure, FailureKind, Reply, Request
from shadow.replay.target import Target, TargetOptions
from shadow.settings import Settings, TargetSettings
from shadow.wiring.address import require_free_address
from shadow.wiring.shared import required
from shadow.wiring.tap import tap_options
from shadow.wiring.tracing import require_exporter
from shadow.wiring.worker import (
    again_options,
    messages,
    prepare_store,
    primary_options,
    target_options,
)

_PROBE_SECONDS = 5.0
_MOST_NOTICES = 10
_HTTPS_PORT = 443
_PROBLEMS = {
    FailureKind.UNREACHABLE: "cannot be reached; is it started, and its address right?",
    FailureKind.TIMEOUT: f"gave no answer in {_PROBE_SECONDS:g} s; is it busy or stuck?",
    FailureKind.DISCONNECTED: "closed the connection; does it expect https, or http?",
    FailureKind.MALFORMED: "gave no proper HTTP answer to HEAD /; is its address right?",
}
_NO_TLS = "cannot be spoken to in TLS; is its certificate one that is trusted here?"


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
        _try("store", settings.store_shown, lambda: prepare_store(settings)),
        *_rules(settings),
        *_schema(settings),
        *_spans(settings),
        *_way_in(settings),
    )
    table = Table("", "What", "Found")
    for trial in trials:
        mark = "[green]ok[/]" if trial.problem is None else "[red]no[/]"
        table.add_row(mark, trial.what, escape(trial.problem or trial.found))
    out.print(table)
    return all(trial.problem is None for trial in trials)


def require_reachable(settings: Settings, *, primary: bool) -> None:
    """Ask the candidate once, and the `primary` if so: what is away costs exchanges at once.

    Raises `UnavailableError` for one to which nothing can be sent; any answer will do.
    """
    replay = settings.replay
    asked = {"candidate": target_options(settings.candidate, replay.candidate)}
    if primary:
        asked["primary"] = primary_options(settings)
    for name, options in asked.items():
        reply = asyncio.run(_reply_of(options, settings))
        if isinstance(reply, Failure) and reply.kind is FailureKind.UNREACHABLE:
            raise UnavailableError(f"the {name} {options.url} {_problem(reply)}")


def _way_in(settings: Settings) -> tuple[Trial, ...]:
    """Where users' requests come from, or their copies."""
    engine = settings.capture.engine
    if engine == "tap":
        return (_tap(settings),)
    if engine == "files":
        return ()
    return (_try("listen", settings.listen, lambda: require_free_address(settings)),)


def _tap(settings: Settings) -> Trial:
    options = tap_options(settings)
    found = f"config id {options.config_id} of the Envoy at {options.address}"
    return _try("tap", found, lambda: asyncio.run(try_out(options)))


def _rules(settings: Settings) -> tuple[Trial, ...]:
    """What rules there are; one that does nothing is told and stops nobody."""
    rules = tuple(rule.to_rule() for rule in settings.rules)
    notices = rule_notices(rules, datetime.now(UTC).date())
    told = "; ".join(f"{notice.rule} {notice.problem}" for notice in notices[:_MOST_NOTICES])
    found = f"{len(rules):,}" + (f", {len(notices):,} do nothing: {told}" if notices else "")
    return (Trial(what="rules", problem=None, found=found),) if rules else ()


def _schema(settings: Settings) -> tuple[Trial, ...]:
    file = settings.diff.descriptor_set
    if file is None:
        return ()
    return (_try("descriptor set", f"{file} can be used", lambda: messages(settings)),)


def _spans(settings: Settings) -> tuple[Trial, ...]:
    """What sends spans; whether the collector is there is not tried, as nothing depends on it."""
    collector = settings.telemetry.otlp_endpoint
    if collector is None:
        return ()
    found = f"sent to {collector}"
    return (_try("spans", found, lambda: require_exporter(settings)),)


async def _targets(settings: Settings) -> tuple[Trial, ...]:
    replay = settings.replay
    # What the live process trusts is tried apart, as a target knows only the system's authorities.
    primary = TargetSettings(verify_tls=settings.primary_ca is None)
    named = (
        ("primary", settings.primary, primary),
        ("candidate", settings.candidate, replay.candidate),
        ("secondary", settings.secondary, replay.secondary),
    )
    asked = [
        _ask(name, target_options(url, how), settings)
        for name, url, how in named
        if url is not None and not (name == "secondary" and settings.asks_primary_again)
    ]
    if settings.asks_primary_again:
        asked.append(_ask("secondary: self", again_options(settings), settings))
    trials = await asyncio.gather(*asked)
    if settings.primary_ca is not None and trials[0].problem is None:
        return (await _verify(required(settings.primary), settings.primary_ca), *trials)
    return tuple(trials)


async def _ask(name: str, options: TargetOptions, settings: Settings) -> Trial:
    reply = await _reply_of(options, settings)
    if isinstance(reply, Failure):
        return Trial(what=name, problem=f"{options.url} {_problem(reply)}")
    return Trial(what=name, problem=None, found=f"{options.url} answers with {reply.status}")


async def _reply_of(options: TargetOptions, settings: Settings) -> Reply:
    """What a target says to `HEAD /`."""
    target = Target(options, required(settings.release))
    host = options.url.partition("://")[2].encode("latin-1")
    request = Request(method="HEAD", target="/", headers=((b"host", host), (LOOP_GUARD, b"1")))
    try:
        return await asyncio.wait_for(target.send(request), _PROBE_SECONDS)
    except TimeoutError:
        return Failure(kind=FailureKind.TIMEOUT, detail="", seconds=_PROBE_SECONDS)
    finally:
        await target.aclose()


def _problem(failure: Failure) -> str:
    # The transport names what the connection failed of.
    if any(sign in failure.detail for sign in ("SSL", "Certificate")):
        return _NO_TLS
    return _PROBLEMS.get(failure.kind, f"failed: {failure.kind}")


async def _verify(primary: str, authorities: Path) -> Trial:
    parts = urlsplit(primary)
    context = ssl.create_default_context(cafile=authorities)
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or _HTTPS_PORT, ssl=context
            )
    except (OSError, TimeoutError):
        return Trial(what="primary_ca", problem=f"{primary} {_NO_TLS}")
    writer.close()
    return Trial(what="primary_ca", problem=None, found=f"{authorities} vouches for {primary}")


def _try(what: str, found: str, attempt: Callable[[], object]) -> Trial:
    try:
        attempt()
    except ShadowError as error:
        return Trial(what=what, problem=str(error))
    return Trial(what=what, problem=None, found=found)
