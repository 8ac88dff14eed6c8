"""What all tests share, wherever they run."""

import signal

from hypothesis import HealthCheck, settings

# Machines are shared and noisy: hypothesis judges nothing by time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Under nohup or in a shell's background signals are ignored by all that is started, also by what a
# test sends them to.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test after an argument when its value is long bytes.

    Packed bodies hold the second in which they were packed, and workers that collect in different
    seconds must still agree on the names.
    """
    return argname if isinstance(val, bytes) and len(val) > 20 else None
