"""The address that users connect to."""

import socket

from shadow.errors import UnavailableError
from shadow.settings import Settings


def require_free_address(settings: Settings) -> None:
    """Find out whether users can be listened to there, before anything is started.

    Raises `UnavailableError` that says why not.
    """
    host, port = settings.listen_address
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            _bind(socket.socket(family, kind, protocol), address)
    except OSError as error:
        problem = f"cannot listen on {settings.listen}: {error.strerror}"
        raise UnavailableError(f"{problem}; free the address, or give another --listen") from None


def _bind(probe: socket.socket, address: tuple[object, ...]) -> None:
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
