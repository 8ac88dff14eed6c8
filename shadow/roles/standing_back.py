"""How a process leaves the processor to others: production first."""

import errno
import os
import time
from pathlib import Path

_NICENESS = 19
_AUTOGROUP = Path("/proc/self/autogroup")
_TRIES = 20
_PAUSE_SECONDS = 0.11
"""The kernel lets one process in a tenth of a second change its group."""


def stand_back() -> None:
    """Take what of the processor nobody else wants, from now on and for good.

    Linux may share the processor between sessions first (`sched_autogroup_enabled`), and niceness
    then counts only against processes of the same session. A process that leads a session has the
    whole of it stand back; in somebody else's session that is not ours to do.
    """
    os.nice(_NICENESS)
    if os.getsid(0) == os.getpid():
        _have_session_stand_back()


def _have_session_stand_back() -> None:
    """Without effect where the kernel has no such groups or nothing may be written there."""
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(_NICENESS))
        except OSError as error:
            if error.errno != errno.EAGAIN:
                return
            time.sleep(_PAUSE_SECONDS)
        else:
            return
