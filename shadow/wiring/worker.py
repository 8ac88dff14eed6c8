"""A worker: replay, diff, redact and the store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256

from shadow.deadline import Deadline
from shadow.diff.compare import DEFAULT_IGNORED_HEADERS, Comparer, Limits
from shadow.diff.decode import decode_body
from shadow.diff.endpoints.operations import Discriminator
from shadow.diff.endpoints.router import EndpointRouter
from shadow.diff.limits import LimitReachedError
from shadow.diff.readers.protobuf_messages import ProtobufMessages
from shadow.diff.rules.book import Rule, RuleBook
from shadow.model import Headers, Response
from shadow.pipeline import Batch, Pipeline, Replayer, Writer
from shadow.redact.redactor import DEFAULT_HEADERS, DEFAULT_PARAMETERS, Redactor
from shadow.replay.again import WAITING_PLACES, AgainOptions, AskingAgain
from shadow.replay.fanout import FanOut
from shadow.replay.headers import HeaderEdits
from shadow.replay.patient import Patient
from shadow.replay.repeats import may_repeat
from shadow.replay.sending import Around, plainly
from shadow.replay.target import Target, TargetOptions
from shadow.settings import Settings, TargetSettings
from shadow.store.engine import migrate, open_store
from shadow.store.limits import StoreLimits
from shadow.store.writer import StoreWriter
from shadow.tracing.asks import CANDIDATE, Asks
from shadow.wiring.schema import protobuf_messages
from shadow.wiring.shared import required, unsafe_globs
from shadow.worker import WorkerOptions

_LINES_REMEMBERED = 16
_MOST_CPU_SECONDS = 30.0
"""A comparison that burns so much is stuck in a parser; its worker is ended and replaced."""


def replayer(settings: Settings, asks: Asks | None = None) -> FanOut | AskingAgain | Patient:
    """Candidate and secondary as the settings name them, and the primary where it is known.

    With `asks`, what they are asked is spans.
    """
    asking = _asking(settings, asks.around if asks else _plainly)
    return Patient(asking) if settings.replays_recordings else asking


def _asking(settings: Settings, around: Callable[[str], Around]) -> FanOut | AskingAgain:
    release = required(settings.release)
    candidate = target_options(settings.candidate, settings.replay.candidate)
    asked = Target(candidate, release, around(CANDIDATE))
    primary = None
    if settings.primary is not None:
        primary = Target(primary_options(settings), release, around("primary"))
    if settings.asks_primary_again:
        again = settings.replay.self
        share = AgainOptions(share=again.share, delay_seconds=again.delay_seconds)
        again_target = Target(again_options(settings), release, around("primary again"))
        return AskingAgain(asked, again_target, share, primary)
    secondary = None
    if settings.secondary is not None:
        options = target_options(settings.secondary, settings.replay.secondary)
        secondary = Target(options, release, around("secondary"))
    return FanOut(asked, secondary, primary)


def _plainly(_target: str) -> Around:
    return plainly


def primary_options(settings: Settings) -> TargetOptions:
    """How the primary is asked for what it says to requests that come in without its answer."""
    how = target_options(settings.primary, settings.replay.primary)
    return replace(how, authorities=settings.primary_ca)


def again_options(settings: Settings) -> TargetOptions:
    """How the primary is asked again: as a secondary is, within the rate that is set for it."""
    how = target_options(settings.primary, settings.replay.secondary)
    rates = (settings.replay.self.requests_per_second, how.requests_per_second)
    return replace(
        how,
        authorities=settings.primary_ca,
        requests_per_second=min(rate for rate in rates if rate is not None),
    )


def worker_options(settings: Settings) -> WorkerOptions:
    """How a worker works; exchanges that wait for their time have places of their own."""
    options = WorkerOptions()
    if not settings.asks_primary_again:
        return options
    return replace(options, concurrency=options.concurrency + WAITING_PLACES)


def target_options(url: str | None, target: TargetSettings) -> TargetOptions:
    """How a target is asked; `url` must be there."""
    return TargetOptions(
        url=required(url),
        timeout_seconds=target.timeout_seconds,
        max_body_bytes=target.max_body_bytes,
        concurrency=target.concurrency,
        requests_per_second=target.requests_per_second,
        breaker_failures=target.breaker_failures,
        breaker_seconds=target.breaker_seconds,
        breaker_successes=target.breaker_successes,
        back_off=target.back_off,
        verify_tls=target.verify_tls,
        http2=target.http2,
        headers=HeaderEdits(
            set_headers=tuple(target.set_headers.items()),
            remove_headers=tuple(target.remove_headers),
            host=target.host,
        ),
    )


def pipeline(settings: Settings, replay: Replayer) -> Pipeline:
    """What a worker does with an exchange; to be called in its main thread."""
    return Pipeline(
        replayer=replay,
        router=EndpointRouter(
            templates=settings.endpoints,
            discriminators=tuple(
                Discriminator.of(entry.match, entry.by) for entry in settings.operations
            ),
        ),
        comparer=comparer(settings),
        rules=RuleBook.of(rules(settings), datetime.now(UTC).date()),
        redactor=_redactor(settings),
        deadline=Deadline(settings.diff.deadline_seconds, _MOST_CPU_SECONDS),
        may_repeat=may_repeat(unsafe_globs(settings, to_primary=True)),
    )


def comparer(settings: Settings) -> Comparer:
    """How replies are compared."""
    ignored = frozenset(name.lower() for name in settings.diff.ignore_headers)
    return Comparer(
        ignored_headers=DEFAULT_IGNORED_HEADERS | ignored,
        limits=Limits(max_decoded_bytes=settings.diff.max_decoded_bytes),
        protobuf=messages(settings),
    )


def messages(settings: Settings) -> ProtobufMessages | None:
    """The protobuf messages of the settings. Raises SettingsError for a file that is none."""
    named = [(entry.match, entry.message) for entry in settings.diff.messages]
    return protobuf_messages(settings.diff.descriptor_set, named)


def rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules of the settings, as the differ reads them."""
    return tuple(rule.to_rule() for rule in settings.rules)


def writer_for(settings: Settings) -> Callable[[str], Writer]:
    """Open the store, brought up to date, and give a writer for each line."""
    engine = open_store(settings.store)
    migrate(engine)
    release = required(settings.release)
    limits = StoreLimits(traits_first=frozenset(settings.causes.traits))

    @lru_cache(maxsize=_LINES_REMEMBERED)
    def of(line: str) -> Writer:
        return StoreWriter(engine, release, line, limits, shared=settings.replays_recordings)

    return of


def prepare_store(settings: Settings) -> None:
    """Bring the store up to date, and leave it closed."""
    engine = open_store(settings.store)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def commit_once(settings: Settings, batch: Batch) -> None:
    """Add a batch to the release's counts, an empty one to name the release, and close the store.

    The supervisor must not keep a database open until it stops.
    """
    engine = open_store(settings.store)
    try:
        migrate(engine)
        StoreWriter(engine, required(settings.release), "supervisor").commit(batch)
    finally:
        engine.dispose()


def _redactor(settings: Settings) -> Redactor:
    redact = settings.redact
    if redact.key is None:
        raise AssertionError("a key is made before workers start")
    return Redactor(
        key=sha256(redact.key.get_secret_value().encode()).digest(),
        headers=DEFAULT_HEADERS | {name.lower() for name in redact.headers},
        parameters=DEFAULT_PARAMETERS | {name.lower() for name in redact.parameters},
        paths=tuple(redact.paths),
        traits=tuple(settings.causes.traits),
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
