"""Puts the stages together as the settings say; the only reader of settings."""

import os
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path

from shadow.capture.addon import ShadowAddon
from shadow.capture.intake import Intake, IntakePolicy
from shadow.diff.compare import DEFAULT_IGNORED_HEADERS, Comparer, Limits
from shadow.diff.decode import decode_body
from shadow.diff.endpoint import EndpointRouter
from shadow.diff.limits import LimitReachedError
from shadow.diff.rules import Rule, RuleAction, RuleBook
from shadow.errors import UnavailableError
from shadow.mitm import LiveOptions
from shadow.model import Headers, Response
from shadow.pipeline import Pipeline, Replayer, Writer
from shadow.queue.local import LocalQueue, QueueLimits
from shadow.queue.pulse import Pulse
from shadow.redact.redactor import DEFAULT_HEADERS, DEFAULT_PARAMETERS, Redactor
from shadow.replay.fanout import FanOut
from shadow.replay.headers import HeaderEdits
from shadow.replay.target import Target, TargetOptions
from shadow.settings import Settings, TargetSettings
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter

_LINES_REMEMBERED = 16


def live_options(settings: Settings) -> LiveOptions:
    """How the live process listens and relays."""
    host, port = settings.listen_address
    tls = settings.tls
    return LiveOptions(
        listen_host=host,
        listen_port=port,
        primary=_required(settings.primary),
        certificate=tls.certificate if tls else None,
        key=tls.key if tls else None,
        drain_seconds=settings.capture.drain_seconds,
    )


class LiveSide:
    """The live process's part of Shadow: addon, intake and the live end of the queue."""

    def __init__(self, settings: Settings, source: str) -> None:
        capture = settings.capture
        limits = QueueLimits(max_exchanges=capture.queue_exchanges, max_bytes=capture.queue_bytes)
        self.queue = LocalQueue(queue_endpoint(settings), source, limits)
        self.intake = Intake(_intake_policy(settings), source, self.queue.offer)
        self.pulse = Pulse(self.queue, self.intake.counts)
        self.addon = ShadowAddon(self.intake)


def replayer(settings: Settings) -> FanOut:
    """Candidate and secondary as the settings name them."""
    release = _required(settings.release)
    candidate = target_options(settings.candidate, settings.replay.candidate)
    secondary = None
    if settings.secondary is not None:
        options = target_options(settings.secondary, settings.replay.secondary)
        secondary = Target(options, release)
    return FanOut(Target(candidate, release), secondary)


def target_options(url: str | None, target: TargetSettings) -> TargetOptions:
    """How a target is asked; `url` must be there."""
    return TargetOptions(
        url=_required(url),
        timeout_seconds=target.timeout_seconds,
        max_body_bytes=target.max_body_bytes,
        concurrency=target.concurrency,
        requests_per_second=target.requests_per_second,
        breaker_failures=target.breaker_failures,
        breaker_seconds=target.breaker_seconds,
        verify_tls=target.verify_tls,
        http2=target.http2,
        headers=HeaderEdits(
            set_headers=tuple(target.set_headers.items()),
            remove_headers=tuple(target.remove_headers),
            host=target.host,
        ),
    )


def pipeline(settings: Settings, replay: Replayer) -> Pipeline:
    """What a worker does with an exchange."""
    return Pipeline(
        replayer=replay,
        router=EndpointRouter(templates=settings.endpoints),
        comparer=comparer(settings),
        rules=RuleBook.of(rules(settings), datetime.now(UTC).date()),
        redactor=_redactor(settings),
    )


def comparer(settings: Settings) -> Comparer:
    """How replies are compared."""
    ignored = frozenset(name.lower() for name in settings.diff.ignore_headers)
    return Comparer(
        ignored_headers=DEFAULT_IGNORED_HEADERS | ignored,
        limits=Limits(max_decoded_bytes=settings.diff.max_decoded_bytes),
    )


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules of the settings, as the differ reads them."""
    return tuple(
        Rule(
            name=rule.name,
            action=RuleAction(rule.action),
            location=rule.location,
            reason=rule.reason,
            endpoint=rule.endpoint,
            owner=rule.owner,
            expires=rule.expires,
        )
        for rule in settings.rules
    )


def writer_for(settings: Settings) -> Callable[[str], Writer]:
    """Open the store, brought up to date, and give a writer for each line."""
    engine = open_store(settings.store)
    migrate(engine)
    # Who only migrates (the supervisor) must not keep the database open until it stops.
    engine.dispose()
    release = _required(settings.release)

    @lru_cache(maxsize=_LINES_REMEMBERED)
    def of(line: str) -> Writer:
        return StoreWriter(engine, release, line)

    return of


def queue_endpoint(settings: Settings) -> str:
    """Where live process and workers meet: as set, else a socket only this user can reach.

    Raises `UnavailableError` when the default's folder belongs to somebody else.
    """
    if settings.queue is not None:
        return settings.queue
    folder = Path(tempfile.gettempdir()) / f"shadow-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UnavailableError(
            f"{folder} is open to other users; remove it, or set `queue` to an ipc:// path"
        )
    return f"ipc://{folder / 'queue'}"


def _required(value: str | None) -> str:
    if value is None:
        raise AssertionError("Settings.require was not called")
    return value


def _intake_policy(settings: Settings) -> IntakePolicy:
    capture = settings.capture
    return IntakePolicy(
        sample=capture.sample,
        sample_by=capture.sample_by,
        include=tuple(capture.include),
        exclude=tuple(capture.exclude),
        unsafe=tuple(opted_in.endpoint for opted_in in capture.unsafe),
        max_body_bytes=capture.max_body_bytes,
    )


def _redactor(settings: Settings) -> Redactor:
    redact = settings.redact
    if redact.key is None:
        raise AssertionError("a key is made before workers start")
    return Redactor(
        key=sha256(redact.key.get_secret_value().encode()).digest(),
        headers=DEFAULT_HEADERS | {name.lower() for name in redact.headers},
        parameters=DEFAULT_PARAMETERS | {name.lower() for name in redact.parameters},
        paths=tuple(redact.paths),
        decode=partial(_decoded, settings.diff.max_decoded_bytes),
    )


def _decoded(max_bytes: int, headers: Headers, body: bytes) -> bytes | None:
    """A body without its content encodings, as the differ sees it; None where that cannot be."""
    reply = Response(status=200, headers=headers, body=body, seconds=0.0)
    try:
        content = decode_body(reply, max_bytes)
    except LimitReachedError:
        return None
    return content if isinstance(content, bytes) else None
