"""How the primary is connected to, and what is spoken with it."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shadow.capture.tee.ends import End
from shadow.capture.tee.first_bytes import begins_http2
from shadow.capture.tee.proxy_protocol import NOBODYS, proxy_header
from shadow.capture.tee.tls import Alpn, agreed_on

_DEFAULT_PORTS = {"http": 80, "https": 443}


class NotSpokenError(OSError):
    """The primary is there, and does not agree over TLS on HTTP/2, which is to be spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """Where users' bytes go.

    With `tls`, `host` is the name that its certificate must have. Nothing is translated, so what
    the user speaks is all that the primary is offered: there is a context for each protocol.
    """

    host: str
    port: int
    tls: Mapping[Alpn, ssl.SSLContext] | None = None
    proxy_protocol: bool = False

    def spoken(self, user: End, said: bytes) -> Alpn | None:
        """What to speak for a user who has `said` this; None where more has to be said first.

        Who agreed on a protocol over TLS speaks that, with whom nothing is agreed shows it by the
        first bytes. A primary without TLS need not be told.
        """
        if self.tls is None:
            return Alpn.HTTP_1
        agreed = agreed_on(user.transport)
        if agreed is not None:
            return agreed
        is_http2 = begins_http2(said)
        if is_http2 is None:
            return None
        return Alpn.HTTP_2 if is_http2 else Alpn.HTTP_1

    async def connect(self, user: End, end: End, spoken: Alpn) -> None:
        """Connect `end` for a user.

        Raises `NotSpokenError` when the primary does not take `spoken`, and another `OSError` when
        it is not to be reached.
        """
        wire = await self._connected()
        end.over(wire)
        header = b""
        if self.proxy_protocol:
            source = user.transport.get_extra_info("peername")[:2]
            destination = user.transport.get_extra_info("sockname")[:2]
            header = proxy_header(source, destination)
        await self._agree(wire, header, lambda: end, spoken)

    async def ask_for_http2(self) -> None:
        """Find out whether a primary with TLS takes HTTP/2; raises as `connect` if not."""
        wire = await self._connected()
        header = NOBODYS if self.proxy_protocol else b""
        transport = await self._agree(wire, header, asyncio.Protocol, Alpn.HTTP_2)
        transport.close()

    async def _agree(
        self,
        wire: socket.socket,
        header: bytes,
        protocol: Callable[[], asyncio.Protocol],
        spoken: Alpn,
    ) -> asyncio.Transport:
        """A connection on which `spoken` is agreed on, where there is anything to agree on."""
        loop = asyncio.get_running_loop()
        tls = self.tls[spoken] if self.tls else None
        name = self.host if tls else None
        try:
            if header:
                await loop.sock_sendall(wire, header)
            transport, _ = await loop.create_connection(
                protocol, sock=wire, ssl=tls, server_hostname=name
            )
        except BaseException as error:
            wire.close()
            if tls and spoken is Alpn.HTTP_2 and isinstance(error, OSError):
                # Some refuse by an alert of TLS, some by breaking off.
                raise NotSpokenError(str(error)) from error
            raise
        if tls and spoken is Alpn.HTTP_2 and agreed_on(transport) is not Alpn.HTTP_2:
            transport.close()
            raise NotSpokenError("HTTP/2 was not chosen")
        return transport

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
        tls = {each: _trusting(authorities, each) for each in Alpn}
    return Primary(
        host=parts.hostname or "",
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        tls=tls,
        proxy_protocol=proxy_protocol,
    )


def _trusting(authorities: Path | None, offered: Alpn) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.set_alpn_protocols([offered])
    return context
