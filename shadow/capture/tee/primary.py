"""How the primary is connected to."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shadow.capture.tee.ends import End
from shadow.capture.tee.proxy_protocol import proxy_header

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """Where users' bytes go. With `tls`, `host` is the name that its certificate must have."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy_protocol: bool = False

    async def connect(self, user: End, end: End) -> None:
        """Connect `end` for a user; raises `OSError` when the primary is not to be reached."""
        loop = asyncio.get_running_loop()
        wire = await self._connected()
        end.over(wire)
        try:
            if self.proxy_protocol:
                source = user.transport.get_extra_info("peername")[:2]
                destination = user.transport.get_extra_info("sockname")[:2]
                await loop.sock_sendall(wire, proxy_header(source, destination))
            name = self.host if self.tls else None
            await loop.create_connection(lambda: end, sock=wire, ssl=self.tls, server_hostname=name)
        except BaseException:
            wire.close()
            raise

    async def _connected(self) -> socket.socket:
        """A socket to the first of the primary's addresses that answers."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        problem: OSError | None = None
        for family, kind, protocol, _, address in found:
            wire = socket.socket(family, kind, protocol)
            wire.settimeout(0)
            try:
                await loop.sock_connect(wire, address)
            except OSError as error:
                wire.close()
                problem = error
            except BaseException:
                wire.close()
                raise
            else:
                return wire
        raise problem or OSError("the primary's name has no address")


def primary_at(url: str, authorities: Path | None, *, proxy_protocol: bool) -> Primary:
    """The primary of a base URL; `authorities` is a PEM file, without it the system's are asked."""
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        tls = ssl.create_default_context(cafile=authorities)
        tls.set_alpn_protocols(["http/1.1"])
    return Primary(
        host=parts.hostname or "",
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        tls=tls,
        proxy_protocol=proxy_protocol,
    )
