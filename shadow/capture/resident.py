"""The memory that this process takes from its machine."""

import contextlib
import ctypes
import os
from pathlib import Path
from threading import Thread

_STATM = Path("/proc/self/statm")


def resident_bytes() -> int | None:
    """What is resident in bytes; None where the system does not tell (only Linux does)."""
    try:
        pages = _STATM.read_bytes().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def give_back() -> None:
    """Have the C library return freed memory to the system, beside the event loop.

    It keeps what is freed for later, so that a process would look as large as it ever was.
    """
    Thread(target=_trim, daemon=True).start()


def _trim() -> None:
    # Not every C library has it.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
