"""TLS towards users, and what of HTTP they may choose there."""

import asyncio
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Alpn(StrEnum):
    """A protocol, as it is named where the two sides of TLS agree on one (RFC 7301)."""

    HTTP_1 = "http/1.1"
    HTTP_2 = "h2"


def agreed_on(connection: asyncio.BaseTransport) -> Alpn | None:
    """What both sides of a connection have agreed on; None without TLS, or of another protocol."""
    over_tls: ssl.SSLObject | None = connection.get_extra_info("ssl_object")
    name = over_tls.selected_alpn_protocol() if over_tls else None
    return Alpn(name) if name in set(Alpn) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersTls:
    """What users are shown, where they may choose HTTP/2 and where they may not."""

    http1: ssl.SSLContext
    http2: ssl.SSLContext


def users_tls(certificate: Path, key: Path) -> UsersTls:
    """The operator's certificate; HTTP/1.1 may always be chosen, as every primary speaks it."""
    return UsersTls(
        http1=_shown(certificate, key, Alpn.HTTP_1),
        http2=_shown(certificate, key, Alpn.HTTP_2, Alpn.HTTP_1),
    )


def _shown(certificate: Path, key: Path, *offered: Alpn) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(list(offered))
    return context
