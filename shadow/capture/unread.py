"""What came on a connection and was not read, as writing to it failed."""

import os
from collections.abc import Iterator

_READ_AT_ONCE = 256 * 1024
_MOST_READS = 64
"""More than a connection's buffer holds."""


def unread(descriptor: int) -> Iterator[bytes]:
    """The bytes that a socket still holds which does not wait; it must not be closed yet."""
    for _ in range(_MOST_READS):
        try:
            data = os.read(descriptor, _READ_AT_ONCE)
        except OSError:
            return
        if not data:
            return
        yield data
