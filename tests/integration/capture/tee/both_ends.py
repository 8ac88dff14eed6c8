"""A connection through the tee of which a test has both ends: the user's and the primary's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, primary, user
from tests.integration.capture.test_law_1_failures import reset

type Meet = Callable[[bytes], AbstractAsyncContextManager["BothEnds"]]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Who speaks at one end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True, kw_only=True)
class BothEnds:
    """What is said at one end has arrived at the other before anything else is said."""

    user: Peer
    primary: Peer

    async def says(self, data: bytes, *, by_user: bool) -> None:
        """Have one of them say something, which the other hears as it is."""
        speaker, listener = self._in_turn(by_user=by_user)
        speaker.writer.write(data)
        await self.hears(listener, data)

    async def ends(self, *, by_user: bool) -> None:
        """Have one of them say no more, which is all that the other still hears."""
        speaker, listener = self._in_turn(by_user=by_user)
        speaker.writer.write_eof()
        assert await listener.reader.read() == b""

    async def breaks(self, *, by_user: bool) -> None:
        """Have one of them break off, as does the connection for the other."""
        speaker, listener = self._in_turn(by_user=by_user)
        reset(speaker.writer)
        with pytest.raises(ConnectionResetError):
            await listener.reader.read()

    async def hears(self, listener: Peer, data: bytes) -> None:
        """Look at each byte when it comes: of what is lost, nobody would wait for the rest."""
        heard = b""
        while len(heard) < len(data):
            piece = await listener.reader.read(len(data) - len(heard))
            heard += piece
            assert data.startswith(heard)
            assert piece, "the connection ended"

    def _in_turn(self, *, by_user: bool) -> tuple[Peer, Peer]:
        return (self.user, self.primary) if by_user else (self.primary, self.user)


@asynccontextmanager
async def meeting(live: Live) -> AsyncIterator[Meet]:
    """Give what connects a user, whose first bytes are said, and the primary."""
    arrived: asyncio.Queue[Connection] = asyncio.Queue()
    over = asyncio.Event()

    async def behave(peer: Connection) -> None:
        arrived.put_nowait(peer)
        await over.wait()

    @asynccontextmanager
    async def meet(first: bytes) -> AsyncIterator[BothEnds]:
        async with user(live.port) as (reader, writer):
            writer.write(first)
            peer = await arrived.get()
            ends = BothEnds(
                user=Peer(reader=reader, writer=writer),
                primary=Peer(reader=peer.reader, writer=peer.writer),
            )
            await ends.hears(ends.primary, first)
            yield ends

    async with primary(live.primary_port, behave):
        yield meet
        over.set()
