"""How many users the file descriptors of a process allow for."""

import contextlib
import resource

_FREE_DESCRIPTORS = 64


def possible_connections() -> int:
    """Have all descriptors that may be had; return for how many users they do, two for each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return max(1, (soft - _FREE_DESCRIPTORS) // 2)
