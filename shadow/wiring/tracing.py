"""What sends spans of what workers ask, where the settings name a collector."""

from importlib.util import find_spec

from shadow.errors import UsageError
from shadow.settings import Settings
from shadow.tracing.asks import Asks
from shadow.wiring.shared import required

_EXPORTER = "opentelemetry.exporter.otlp.proto.http"


def asks_of(settings: Settings) -> Asks | None:
    """Return what makes spans of askings; None where no collector is named.

    Raises `UsageError` without the extra that sends them, and for variables that it cannot read.
    """
    telemetry = settings.telemetry
    if telemetry.otlp_endpoint is None:
        return None
    require_exporter(settings)
    from shadow.tracing.otlp import OtlpTracer  # noqa: PLC0415 - comes with an extra

    try:
        tracer = OtlpTracer(telemetry.otlp_endpoint, telemetry.share)
    except ValueError as error:
        raise UsageError(f"spans cannot be sent: {error}") from None
    return Asks(tracer=tracer, release=required(settings.release))


def require_exporter(settings: Settings) -> None:
    """Raise `UsageError` where a collector is named, and what speaks to it is not installed."""
    if settings.telemetry.otlp_endpoint is not None and not _is_installed():
        problem = "telemetry.otlp_endpoint needs the opentelemetry packages"
        raise UsageError(f"{problem}: pip install 'shadow-verify[otel]'")


def _is_installed() -> bool:
    try:
        return find_spec(_EXPORTER) is not None and find_spec("opentelemetry.sdk") is not None
    except ModuleNotFoundError:
        return False
