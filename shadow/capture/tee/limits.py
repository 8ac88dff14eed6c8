"""What bounds the tee: connections, time and copies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TeeLimits:
    """Bounds of one process.

    Beyond `max_connections` users wait to be accepted until another one has left. A connection on
    which nothing moves for `idle_seconds`, whose request's head takes longer than `head_seconds`
    from its first byte on, on which nothing was ever said for as long, or whose primary cannot be
    connected to within `connect_seconds`, is closed. `max_copied_bytes` is what the copies of
    bodies may take together.
    """

    max_connections: int = 4096
    idle_seconds: float = 600.0
    head_seconds: float = 60.0
    connect_seconds: float = 30.0
    max_copied_bytes: int = 64 * 1024 * 1024
    drain_seconds: float = 30.0
