"""The tee as the settings name it."""

from shadow.capture.intake import Intake
from shadow.capture.tee.limits import TeeLimits
from shadow.capture.tee.offer import Http2
from shadow.capture.tee.primary import primary_at
from shadow.capture.tee.server import Tee, TeeOptions
from shadow.capture.tee.tls import UsersTls, users_tls
from shadow.settings import Settings
from shadow.wiring.shared import required

HAND_OVER_SECONDS = 0.01
"""How long exchanges are gathered to be handed over together."""


def tee(settings: Settings, intake: Intake) -> Tee:
    """One process of the tee."""
    host, port = settings.listen_address
    own = settings.capture.tee
    options = TeeOptions(
        listen_host=host,
        listen_port=port,
        primary=primary_at(
            required(settings.primary), settings.primary_ca, proxy_protocol=own.proxy_protocol
        ),
        tls=_tls(settings),
        http2=Http2(own.http2),
        limits=TeeLimits(
            max_connections=own.max_connections,
            idle_seconds=own.idle_seconds,
            head_seconds=own.head_seconds,
            connect_seconds=own.connect_seconds,
            max_copied_bytes=own.max_copied_bytes,
            drain_seconds=settings.capture.drain_seconds,
        ),
        processes=own.processes,
    )
    return Tee(options, intake)


def _tls(settings: Settings) -> UsersTls | None:
    if settings.tls is None:
        return None
    return users_tls(settings.tls.certificate, settings.tls.key)
