"""The mirror sink as a live process: listens, bounds connections, and drains."""

import asyncio
import contextlib
import gc
import logging
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shadow.capture.intake import Intake
from shadow.capture.sink.connection import SinkConnection
from shadow.capture.sink.copies import CopyDesk
from shadow.capture.sink.marks import MirrorMarks
from shadow.errors import UnavailableError

logger = logging.getLogger(__name__)

_BACKLOG = 1024
_DRAIN_POLL_SECONDS = 0.02
_SWEEPS_WHILE_IDLE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkOptions:
    """Where the sink listens and how much it holds.

    `certificate` and `key` are PEM files for TLS towards mirrors. `most_bytes` bounds the copies
    that are coming in. A connection on which nothing comes for `idle_seconds` is closed: later than
    nginx (60 s) closes one that it keeps, so that none is closed just as it is used.
    """

    listen_host: str
    listen_port: int
    most_bytes: int
    marks: MirrorMarks = field(default_factory=MirrorMarks)
    certificate: Path | None = None
    key: Path | None = None
    drain_seconds: float = 30.0
    idle_seconds: float = 120.0
    most_connections: int = 4096


class Sink:
    """Takes copies from mirrors and answers each with 202."""

    def __init__(self, options: SinkOptions, intake: Intake) -> None:
        self._options = options
        self._intake = intake
        self._open: set[SinkConnection] = set()
        self._draining = False
        self._told_of_unreadable = False

    async def run(self, ready: Callable[[str], None]) -> None:
        """Listen until SIGTERM or SIGINT, finish the requests under way, and return.

        `ready` is called with `host:port` once mirrors can connect. Raises `UnavailableError` when
        that address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        options = self._options
        desk = CopyDesk(self._intake, options.marks, options.most_bytes, loop.call_soon)
        server = await self._listening(desk)
        sweeping = asyncio.create_task(self._sweep())
        try:
            ready(_address(server))
            gc.collect()
            gc.freeze()
            await stop.wait()
            server.close()
            await self._drain()
        finally:
            server.close()
            sweeping.cancel()
            for connection in tuple(self._open):
                connection.abort()
            # An abort is told of a moment later, and copies that broke off are counted then.
            await asyncio.sleep(0)
            desk.take_all()

    def opened(self, connection: SinkConnection) -> bool:
        """Take a connection, unless there are too many."""
        if len(self._open) >= self._options.most_connections:
            return False
        self._open.add(connection)
        if self._draining:
            connection.close_when_done()
        return True

    def closed(self, connection: SinkConnection) -> None:
        """Forget a connection."""
        self._open.discard(connection)

    def unreadable(self) -> None:
        """Tell the operator once: copies that cannot be read are not even counted."""
        if not self._told_of_unreadable:
            logger.warning("a mirror sent what is no HTTP/1; is it told to speak HTTP/2 or TLS?")
        self._told_of_unreadable = True

    async def _listening(self, desk: CopyDesk) -> asyncio.Server:
        options = self._options
        try:
            return await asyncio.get_running_loop().create_server(
                lambda: SinkConnection(desk, self),
                options.listen_host,
                options.listen_port,
                reuse_port=True,
                backlog=_BACKLOG,
                ssl=_tls(options),
            )
        except OSError as error:
            raise UnavailableError(
                f"cannot listen; free the address or choose another one: {error.strerror}"
            ) from None

    async def _drain(self) -> None:
        """Close what is idle, and wait until every request on its way is answered."""
        self._draining = True
        for connection in tuple(self._open):
            connection.close_when_done()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.drain_seconds):
                while self._open:  # noqa: ASYNC110 - protocols are no tasks
                    await asyncio.sleep(_DRAIN_POLL_SECONDS)

    async def _sweep(self) -> None:
        """Close connections on which nothing comes any more."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._options.idle_seconds / _SWEEPS_WHILE_IDLE)
            silent_since = loop.time() - self._options.idle_seconds
            for connection in tuple(self._open):
                if connection.last_heard < silent_since:
                    connection.abort()


def _tls(options: SinkOptions) -> ssl.SSLContext | None:
    if options.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    return context


def _address(server: asyncio.Server) -> str:
    host, port, *_ = server.sockets[0].getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
