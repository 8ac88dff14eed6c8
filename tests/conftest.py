"""What all tests share, wherever they run."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from shadow.capture.tee.built import is_compiled

# Machines are shared and noisy: hypothesis judges nothing by time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Under nohup or in a shell's background signals are ignored by all that is started, also by what a
# test sends them to.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure() -> None:
    """Refuse to test the sources in place of what was compiled."""
    if os.environ.get("COMPILED") and not is_compiled():
        raise pytest.UsageError("this would test the sources; `make test` does it right")


def pytest_report_header() -> str:
    """Say which of the two is tested."""
    return (
        f"what the tee does for each exchange is {'compiled' if is_compiled() else 'interpreted'}"
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test after an argument when its value is long bytes.

    Packed bodies hold the second in which they were packed, and workers that collect in different
    seconds must still agree on the names.
    """
    return argname if isinstance(val, bytes) and len(val) > 20 else None
