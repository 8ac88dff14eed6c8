"""A receiver of webhooks on a real socket: it keeps what it gets, and answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANGS = ""
"""Instead of a status: nothing is answered."""


@dataclass(slots=True)
class Received:
    """One request."""

    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Where it is, and what it got so far."""

    url: str = ""
    got: list[Received] = field(default_factory=list)


@asynccontextmanager
async def receiver(*answers: str, more: Sequence[str] = ()) -> AsyncIterator[Receiver]:
    """Answer with these status lines, the last one again and again; `more` are header lines."""
    kept = Receiver()
    left = list(answers or ("200 OK",))
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            kept.got.append(Received(head[0].split()[1], headers, body))
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer == HANGS:
                await reader.read()
                return
            lines = (f"HTTP/1.1 {answer}", "connection: close", *more)
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    kept.url = f"http://{host}:{port}/hooks/t0p-secret-path"
    try:
        yield kept
    finally:
        server.close()
        for task in serving:
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, serving), return_exceptions=True)
