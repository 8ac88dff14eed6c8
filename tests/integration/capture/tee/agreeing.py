"""A primary that speaks what it agreed on over TLS, the tee in front of it, and its users."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Behaviour,
    Connection,
    Primary,
    answers,
    get,
    grpc_like,
    primary,
    user,
    whole,
)

BOTH = ("h2", "http/1.1")
_ALL = 2**22


class Speaks:
    """A primary with TLS; `agreed` is what each connection on which something was said speaks."""

    def __init__(self, authority: Authority, port: int) -> None:
        self.port = port
        self.agreed: list[str | None] = []
        self._certificate = authority.certificate("localhost")

    @asynccontextmanager
    async def running(
        self, *alpn: str, http2: Behaviour = grpc_like, http1: bytes = whole(b"ok")
    ) -> AsyncIterator[Primary]:
        """Run it: it answers HTTP/2 by `http2`, and HTTP/1 with `http1`."""

        async def behave(peer: Connection) -> None:
            agreed = agreed_on(peer.writer)
            said = await peer.reader.read(_ALL)
            if said:
                self.agreed.append(agreed)
                peer.reader.feed_data(said)
                await (http2 if agreed == "h2" else answers(http1))(peer)

        async with primary(self.port, behave, self._certificate.server(*alpn)) as running:
            yield running


@contextmanager
def relaying(authority: Authority, speaks: Speaks, **options: object) -> Iterator[Live]:
    """The tee with TLS to users and to that primary."""
    own = authority.certificate("127.0.0.1")
    tls = {"certificate": str(own.certificate), "key": str(own.key)}
    to = {"primary": "https://localhost", "primary_ca": str(authority.ca)}
    with live_process(primary_port=speaks.port, **{**to, **tls, **options}) as running:
        yield running


def may_speak(authority: Authority, *alpn: str) -> ssl.SSLContext:
    tls = authority.client()
    if alpn:
        tls.set_alpn_protocols(alpn)
    return tls


async def chosen(live: Live, authority: Authority) -> str | None:
    """What a user gets who may speak both."""
    async with user(live.port, may_speak(authority, *BOTH)) as (_, writer):
        return agreed_on(writer)


async def until_chosen(live: Live, authority: Authority, wanted: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await chosen(live, authority) != wanted:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.05)


async def asked(live: Live, tls: ssl.SSLContext | None = None) -> bytes:
    """What a user of HTTP/1 gets."""
    async with user(live.port, tls) as (reader, writer):
        writer.write(get())
        return await reader.read()


def agreed_on(writer: asyncio.StreamWriter) -> str | None:
    over_tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    return over_tls.selected_alpn_protocol()
