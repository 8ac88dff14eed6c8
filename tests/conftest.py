"""What all tests share, wherever they run."""

import signal

from hypothesis import HealthCheck, settings

# Machines are shared and noisy: hypothesis judges nothing by time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Under nohup a hang-up is ignored by all that is started here, also by what a test hangs up on.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
