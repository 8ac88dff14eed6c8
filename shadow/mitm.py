"""mitmproxy as the live process: only the add-ons that a reverse proxy needs, and ours.

What plain mitmproxy does to users and can be worked around is worked around here and in
`capture/addon.py`; docs/capture.md lists what can't.
"""

import asyncio
import contextlib
import gc
import signal
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import override
from urllib.parse import urlsplit

from mitmproxy.addons import core, next_layer, proxyserver, tlsconfig
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.layer import NextLayer
from mitmproxy.proxy.mode_servers import AsyncioServerInstance, ProxyConnectionHandler

from shadow.capture.addon import MITMPROXY_OPTIONS, ShadowAddon
from shadow.capture.connections import close_after_answer, held_back_bytes, prepare
from shadow.capture.descriptors import possible_connections
from shadow.capture.door import Door
from shadow.errors import UnavailableError

_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n"
_DRAIN_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How the live process listens and where it relays to.

    `primary` is a base URL; `primary_ca` a PEM file of the authorities that its certificate may
    come from, instead of the system's. `certificate` and `key` are PEM files for TLS towards users.
    """

    listen_host: str
    listen_port: int
    primary: str
    primary_ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    drain_seconds: float = 30.0


class LiveProxy:
    """mitmproxy in reverse mode with the Shadow addon."""

    def __init__(self, options: LiveOptions, addon: ShadowAddon) -> None:
        self._options = options
        self._addon = addon
        self._server = _ProxyServer()

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT, finish what users have under way, and return.

        `ready` is called with `host:port` once users can connect. Raises `UnavailableError`
        when that address cannot be listened on.
        """
        stop = _stop_signal()
        with tempfile.TemporaryDirectory(prefix="shadow-mitmproxy-") as confdir:
            master = Master(_mitmproxy_options(self._options, Path(confdir)))
            next_ = _NextLayer(primary_host=urlsplit(self._options.primary).hostname or "")
            master.addons.add(core.Core(), self._server, next_, tlsconfig.TlsConfig(), self._addon)
            master.options.update_known(**MITMPROXY_OPTIONS)
            running = asyncio.create_task(master.run())
            try:
                ready(await self._server.listening(running))
                gc.collect()
                gc.freeze()
                await _first_of(running, stop)
                await self._drain()
            finally:
                master.shutdown()
                await running

    async def _drain(self) -> None:
        """Take no new connections, and wait until every answer under way is with its user."""
        self._server.let_nobody_in()
        await self._server.servers.update([])
        self._server.close_after_answers()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.drain_seconds):
                await self._quiet()

    async def _quiet(self) -> None:
        # Twice, as an answer's last bytes leave just after the addon has seen its end.
        looks = 0
        while looks < 2:
            looks = 0 if self._addon.under_way or self._server.unsent_bytes else looks + 1
            await asyncio.sleep(_DRAIN_POLL_SECONDS)


class _ProxyServer(proxyserver.Proxyserver):
    """mitmproxy's server, which can be waited for and lets one user have many answers at once."""

    name = "proxyserver"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._set_up = asyncio.Event()
        self._to_users: weakref.WeakSet[asyncio.WriteTransport] = weakref.WeakSet()
        self._doors: tuple[Door, ...] = ()

    async def listening(self, running: asyncio.Task[None]) -> str:
        """Return `host:port` as soon as users can connect to it."""
        await _first_of(running, self._set_up)
        for instance in self.servers:
            for host, port, *_ in instance.listen_addrs:
                return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise UnavailableError(
            f"cannot listen; free the address or choose another one: {self._why_not()}"
        )

    def _why_not(self) -> str:
        """What mitmproxy says, without its advice, which is about its own command line."""
        reasons = [str(i.last_exception).splitlines()[0] for i in self.servers if i.last_exception]
        return "; ".join(reasons) or "mitmproxy did not start"

    @property
    def unsent_bytes(self) -> int:
        """What is written to users but not yet taken by their connections."""
        held_back = sum(held_back_bytes(handler) for handler in self.connections.values())
        return held_back + sum(user.get_write_buffer_size() for user in self._to_users)

    def close_after_answers(self) -> None:
        """End HTTP/1 connections after the answer under way, or else after the next."""
        for handler in self.connections.values():
            close_after_answer(handler)

    @override
    async def setup_servers(self) -> bool:
        try:
            began = await super().setup_servers()
            self._doors = self._doors or self._opened_doors()
        finally:
            self._set_up.set()
        return began

    def let_nobody_in(self) -> None:
        """Accept no more users."""
        for door in self._doors:
            door.close()

    def _opened_doors(self) -> tuple[Door, ...]:
        """Ways in that leave descriptors for the connections to the primary."""
        most = possible_connections()
        return tuple(
            Door(server, instance.handle_stream, most)
            for instance in self.servers
            if isinstance(instance, AsyncioServerInstance)
            for server in instance._servers
            if isinstance(server, asyncio.Server)
        )

    @contextlib.contextmanager
    @override
    def register_connection(
        self, connection_id: tuple[object, ...] | str, handler: ProxyConnectionHandler
    ) -> Iterator[None]:
        prepare(handler)
        writer = handler.transports[handler.client].writer
        if isinstance(writer, asyncio.StreamWriter):
            self._to_users.add(writer.transport)
        with super().register_connection(connection_id, handler):
            yield


class _NextLayer(next_layer.NextLayer):
    """Serves HTTP/2 without TLS too, and names the primary itself in TLS to the primary."""

    name = "nextlayer"

    def __init__(self, *, primary_host: str) -> None:
        super().__init__()
        self._primary_host = primary_host

    @override
    def next_layer(self, nextlayer: NextLayer) -> None:
        nextlayer.context.server.sni = self._primary_host
        begin = nextlayer.data_client()
        if len(begin) < len(_HTTP2_PREFACE) and _HTTP2_PREFACE.startswith(begin):
            return
        if begin.startswith(_HTTP2_PREFACE):
            nextlayer.context.client.alpn = b"h2"
        super().next_layer(nextlayer)


def _mitmproxy_options(options: LiveOptions, confdir: Path) -> Options:
    certificates = []
    if options.certificate is not None:
        bundle = confdir / "user-facing.pem"
        bundle.touch(mode=0o600)
        parts = [p.read_text() for p in (options.key, options.certificate) if p is not None]
        bundle.write_text("\n".join(parts))
        certificates = [f"*={bundle}"]
    return Options(
        mode=[f"reverse:{options.primary}"],
        listen_host=options.listen_host,
        listen_port=options.listen_port,
        confdir=str(confdir),
        certs=certificates,
        ssl_verify_upstream_trusted_ca=str(options.primary_ca) if options.primary_ca else None,
    )


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _first_of(task: asyncio.Task[None], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
