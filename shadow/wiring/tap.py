"""The admin tap of an Envoy as the settings name it."""

from shadow.capture.tap.admin import TapOptions
from shadow.settings import Settings
from shadow.settings.fields import target_address
from shadow.wiring.shared import required


def tap_options(settings: Settings) -> TapOptions:
    """Which tap of which Envoy."""
    tap = settings.capture.tap
    host, port = target_address(required(tap.admin))
    return TapOptions(
        host=host,
        port=port,
        config_id=tap.config_id,
        max_body_bytes=settings.capture.max_body_bytes,
        match=tap.match,
    )
