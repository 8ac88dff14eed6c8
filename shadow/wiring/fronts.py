"""The ways in: what brings live requests to a live process, by the engine that is set."""

from collections.abc import Callable
from typing import Protocol

from shadow.errors import UsageError
from shadow.settings import Settings
from shadow.wiring.live import LiveSide
from shadow.wiring.shared import required


class Front(Protocol):
    """One way in; it gives what it sees to the intake of its live process."""

    async def run(self, ready: Callable[[str], None]) -> None:
        """Work until SIGTERM or SIGINT, finish what users have under way, and return.

        `ready` gets the address as soon as it can be reached. Raises `UnavailableError` when it
        cannot be.
        """


def front_of(settings: Settings, side: LiveSide) -> Front:
    """The way in that the settings ask for; only what it needs is loaded."""
    match settings.capture.engine:
        case "mitmproxy":
            return _mitmproxy(settings, side)
        case "tap":
            return _tap(settings, side)
        case "sink":
            return _sink(settings, side)
        case "tee":
            return _tee(settings, side)
        case "files":
            raise UsageError("recordings are no users; replay them with `shadow replay FILE…`")


def _mitmproxy(settings: Settings, side: LiveSide) -> Front:
    from shadow.capture.addon import ShadowAddon
    from shadow.mitm import LiveOptions, LiveProxy

    host, port = settings.listen_address
    tls = settings.tls
    options = LiveOptions(
        listen_host=host,
        listen_port=port,
        primary=required(settings.primary),
        primary_ca=settings.primary_ca,
        certificate=tls.certificate if tls else None,
        key=tls.key if tls else None,
        drain_seconds=settings.capture.drain_seconds,
    )
    return LiveProxy(options, ShadowAddon(side.intake))


def _tap(settings: Settings, side: LiveSide) -> Front:
    from shadow.capture.tap.envoy import EnvoyTap
    from shadow.wiring.tap import tap_options

    return EnvoyTap(tap_options(settings), side.intake)


def _sink(settings: Settings, side: LiveSide) -> Front:
    from shadow.capture.sink.marks import MIRRORS_OWN_HEADERS, MirrorMarks
    from shadow.capture.sink.server import Sink, SinkOptions

    host, port = settings.listen_address
    tls, capture = settings.tls, settings.capture
    removed = frozenset(name.lower().encode("latin-1") for name in capture.sink.remove_headers)
    target = capture.sink.target_header
    marks = MirrorMarks(
        host_suffix=capture.sink.host_suffix.encode(),
        headers=MIRRORS_OWN_HEADERS | removed,
        target_header=target.lower().encode("latin-1") if target else None,
    )
    options = SinkOptions(
        listen_host=host,
        listen_port=port,
        most_bytes=capture.queue_bytes,
        marks=marks,
        certificate=tls.certificate if tls else None,
        key=tls.key if tls else None,
        drain_seconds=capture.drain_seconds,
    )
    return Sink(options, side.intake)


def _tee(settings: Settings, side: LiveSide) -> Front:
    from shadow.wiring.tee import HAND_OVER_SECONDS, tee

    side.pulse.gather(HAND_OVER_SECONDS)
    return tee(settings, side.intake)
