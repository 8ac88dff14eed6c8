"""The address that users connect to."""

import socket

from shadow.errors import UnavailableError
from shadow.settings import Settings


def require_free_address(settings: Settings) -> None:
    """Find out whether users can be listened to there, before anything is started.

    Sinks and tees may listen beside others, so that one can take over from another.
    Raises `UnavailableError` that says why not.
    """
    host, port = settings.listen_address
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            probe = socket.socket(family, kind, protocol)
            _bind(probe, address, shared=settings.capture.engine in {"sink", "tee"})
    except OSError as error:
        problem = f"cannot listen on {settings.listen}: {error.strerror}"
        raise UnavailableError(f"{problem}; free the address, or give another --listen") from None


def _bind(probe: socket.socket, address: tuple[object, ...], *, shared: bool) -> None:
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        probe.bind(address)
