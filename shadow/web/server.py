"""uvicorn, as it serves the application: its limits, its end, and an address that is taken."""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from types import FrameType
from typing import override

import uvicorn
from fastapi import FastAPI

from shadow.errors import UnavailableError
from shadow.settings import WebSettings
from shadow.web.patience import PatientProtocol
from shadow.web.verdicts import VerdictBoard

_MOST_CONNECTIONS = 1_000
_MOST_HEAD_BYTES = 32 * 1024
_BACKLOG = 128
_STOP_SECONDS = 10
_KEEP_ALIVE_SECONDS = 20


class Server(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, or `stop`; what would wait for long is ended then.

    Who asked, and whether by TLS, is believed to proxies of `trusted_proxies` alone.
    """

    def __init__(self, app: FastAPI, settings: WebSettings) -> None:
        self._verdicts: VerdictBoard = app.state.web.verdicts
        tls = settings.tls
        super().__init__(
            uvicorn.Config(
                app,
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
                http=PatientProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=[*settings.trusted_proxies],
                h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
        )

    def stop(self) -> None:
        """Begin to stop; the second time, end at once."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: whoever waits for a verdict gets the one there is."""
        self._verdicts.stop()
        await super().shutdown(sockets)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self.stop()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals while serving; a signal is how it is ended, and no error."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listening(host: str, port: int) -> tuple[socket.socket, ...]:
    """Listen on every address of the host; raises `UnavailableError` where that can't be."""
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with contextlib.ExitStack() as stack:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            sockets = [
                stack.enter_context(_bound(family, address))
                for family, address in dict.fromkeys((each[0], each[4]) for each in found)
            ]
        except OSError as error:
            problem = f"cannot serve pages on {shown}: {error.strerror}"
            hint = "free the address, or give another as web.listen or `shadow web --listen`"
            raise UnavailableError(f"{problem}; {hint}") from None
        stack.pop_all()
    return tuple(sockets)


def _bound(family: int, address: tuple[object, ...]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def shown_address(bound: socket.socket, scheme: str) -> str:
    """The URL of an address that is listened on."""
    host, port = bound.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
