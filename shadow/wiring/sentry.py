"""What watches over a live process, as the settings say."""

import secrets
import ssl
import time
from functools import partial
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlsplit

from shadow.capture.guard.guard import Guard
from shadow.capture.guard.latency import LatencyGuard
from shadow.capture.guard.memory import MemoryGuard
from shadow.capture.guard.rate import TargetRate
from shadow.capture.intake import Intake
from shadow.capture.pause_file import PauseWatch
from shadow.capture.probing import ProbeOptions, ProbeTo
from shadow.capture.sentry import Held, Sentry
from shadow.settings import Settings
from shadow.wiring.shared import pause_file

_RELAYING = frozenset({"mitmproxy", "tee"})
"""The engines that users' answers pass through; nothing else can make a user wait."""

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be replaced, not bound
_PORTS = {"http": 80, "https": 443}


def sentry_of(settings: Settings, intake: Intake, held: Held) -> Sentry:
    """What watches over the live process of this intake, which keeps this for its workers.

    Raises `UnavailableError` when there is no place for a pause file.
    """
    capture = settings.capture
    now = time.monotonic()
    guard = Guard(
        memory=MemoryGuard(capture.max_memory_bytes),
        latency=LatencyGuard(capture.guard.max_added_ms / 1000),
        rate=TargetRate(capture.target_rate, now) if capture.target_rate else None,
    )
    return Sentry(guard, intake, PauseWatch(pause_file(settings)), held)


def probe_mark(settings: Settings) -> bytes:
    """The loop guard's value of probes, by which all live processes of a supervisor know them."""
    key = settings.redact.key
    secret = key.get_secret_value() if key is not None else secrets.token_hex(16)
    digest = blake2b(secret.encode(), digest_size=8, person=b"shadow-probe")
    return b"probe-" + digest.hexdigest().encode()


def probes(settings: Settings, listening: str, mark: bytes) -> ProbeOptions | None:
    """How to probe the primary through the live process that listens there, if that is wanted."""
    capture, primary = settings.capture, settings.primary
    if not capture.guard.probe or capture.engine not in _RELAYING or primary is None:
        return None
    if capture.engine == "tee" and capture.tee.proxy_protocol:
        return None  # a probe of the primary itself would come without the header it expects
    method, _, target = capture.guard.probe_request.partition(" ")
    return ProbeOptions(
        direct=_of_primary(primary, settings.primary_ca),
        through=_of_ourselves(listening, tls=settings.tls is not None),
        authority=urlsplit(primary).netloc,
        method=method,
        target=target,
        mark=mark,
        every_seconds=capture.guard.probe_seconds,
    )


def _of_primary(primary: str, authorities: Path | None) -> ProbeTo:
    parts = urlsplit(primary)
    trust = partial(ssl.create_default_context, cafile=authorities)
    return ProbeTo(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        tls=trust if parts.scheme == "https" else None,
    )


def _of_ourselves(listening: str, *, tls: bool) -> ProbeTo:
    host, _, port = listening.rpartition(":")
    host = host.strip("[]")
    return ProbeTo(
        host=_ANY_ADDRESS.get(host, host), port=int(port), tls=_trusting if tls else None
    )


def _trusting() -> ssl.SSLContext:
    """For this process's own address, where a certificate's name proves nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
