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
