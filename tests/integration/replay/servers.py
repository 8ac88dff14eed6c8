"""Raw servers on 127.0.0.1 that misbehave as told, and keep what arrived byte for byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext

from shadow.model import Headers, Reply, Request
from shadow.replay.headers import HeaderEdits
from shadow.replay.target import Target, TargetOptions

type Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]

PATIENCE_SECONDS = 30.0
"""How long anything may take before a test gives up; nothing is judged by it."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class RawServer:
    """Answers every request the same way. `requests` are heads with bodies, as they arrived.

    `tried` counts connections ever made, `connected` those that are open.
    """

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self.tried = 0
        self.port = 0
        self._answer = answer
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def connected(self) -> int:
        return len(self._writers)

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tried += 1
        self._writers.add(writer)
        try:
            while True:
                self.requests.append(await _request(reader))
                await self._answer_while_there(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer_while_there(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        answering = asyncio.ensure_future(self._answer(writer))
        try:
            while not answering.done() and not (reader.at_eof() or writer.transport.is_closing()):
                await asyncio.wait({answering}, timeout=0.02)
        finally:
            answering.cancel()
        await answering

    def cut_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def serving(
    answer: bytes | Answer, tls: SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Run a server that gives `answer`: bytes, or what writes them."""
    raw = RawServer(_always(answer) if isinstance(answer, bytes) else answer)
    listening = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=tls)
    raw.port = listening.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        listening.close()
        raw.cut_all()
        await until(lambda: not raw.connected)


@asynccontextmanager
async def asking(url: str, **options: object) -> AsyncIterator[Target]:
    """Run a target's client with options for a test."""
    given: dict[str, object] = {"timeout_seconds": PATIENCE_SECONDS, **options}
    target = Target(TargetOptions(url=url, **given), "2.4.0")  # type: ignore[arg-type]
    try:
        yield target
    finally:
        await target.aclose()


def get(path: str = "/", headers: Headers = ((b"Host", b"shop"),)) -> Request:
    return Request(method="GET", target=path, headers=headers)


async def reply_to(answer: bytes | Answer, method: str = "GET", **options: object) -> Reply:
    """What becomes of one request to a server that gives `answer`."""
    request = Request(method=method, target="/", headers=((b"Host", b"shop"),))
    async with serving(answer) as server, asking(server.url(), **options) as target:
        return await target.send(request)


async def arrived(request: Request, edits: HeaderEdits = HeaderEdits()) -> bytes:  # noqa: B008
    """The bytes that a server gets for `request`."""
    async with serving(OK) as server, asking(server.url(), headers=edits) as target:
        await target.send(request)
        assert len(server.requests) == 1
        return server.requests[0]


def in_parts(*parts: bytes, then: Answer | None = None) -> Answer:
    """An answer whose parts arrive one by one."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
        await (then or close)(writer)

    return answer


def over_and_over(part: bytes, first: bytes = b"", pause: float = 0.0) -> Answer:
    """An answer without end."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


async def close(writer: asyncio.StreamWriter) -> None:
    raise EOFError


async def hang(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def until(what: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not what():  # noqa: ASYNC110 - not everything has an event
            await asyncio.sleep(0.01)


def _always(answer: bytes) -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if b"ontent-Length" not in answer and b"hunked" not in answer:
            raise EOFError

    return write


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.split(b":")[1]))
    return head
