"""A target as a real process, whose way of failing can be chosen: `python -m tests.support.target`.

Answers `GET /items/N` with JSON that depends on N alone, byte for byte the same each time, so that
what reaches a user can be compared with what the primary says directly (`stamped` adds the time);
`/slow` after a second, `/never` not at all, `/reports/N` after `--delay` seconds. Prints its
address as a line of JSON, and writes each request's head to `--journal` as a line of JSON. With
`--certificate` and `--key` it speaks TLS.
"""

import argparse
import asyncio
import json
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

_PAUSES = {"/slow": 1.0, "/never": 3600.0}
MODES = (
    "good",
    "hang",
    "drip",
    "garbage",
    "endless",
    "redirect",
    "close",
    "error",
    "echo",
    "stamped",
)


class Target:
    def __init__(self, mode: str, mark: str, journal: Path | None, delay: float) -> None:
        self._mode = mode
        self._delay = delay
        self._mark = mark
        self._journal = journal.open("a", buffering=1) if journal else None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await self._head(reader):
                await self._answer(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> list[str]:
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return []
        lines = raw.decode("latin-1").split("\r\n")[:-2]
        if self._journal:
            self._journal.write(json.dumps(lines) + "\n")
        return lines

    async def _answer(
        self, head: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        length = next(
            (int(h.split(":")[1]) for h in head if h.lower().startswith("content-length:")), 0
        )
        if length:
            await reader.readexactly(length)
        match self._mode:
            case "hang":
                await asyncio.sleep(_PAUSES["/never"])
            case "drip":
                await self._drip(writer)
            case "close":
                writer.close()
            case "garbage":
                writer.write(b"\x00\xffno HTTP at all\r\n\r\n\r\n" * 50)
                writer.close()
            case "endless":
                await self._endless(writer)
            case "redirect":
                writer.write(
                    b"HTTP/1.1 302 Found\r\nLocation: /items/1\r\nContent-Length: 0\r\n\r\n"
                )
            case "error":
                writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops")
            case "echo":
                writer.write(_json({"head": head, "mark": self._mark}))
            case _:
                await self._item(head[0], writer)
        await writer.drain()

    async def _item(self, line: str, writer: asyncio.StreamWriter) -> None:
        method, target, _ = line.split(" ")
        if target in _PAUSES:
            await asyncio.sleep(_PAUSES[target])
        if target.startswith("/reports/"):
            await asyncio.sleep(self._delay)
        item = _item(target, self._mark)
        if self._mode == "stamped":
            item["at"] = datetime.now(UTC).isoformat(timespec="microseconds")
        answer = _json(item)
        writer.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else answer)

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100_000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)

    async def _endless(self, writer: asyncio.StreamWriter) -> None:
        gigabyte = 1024**3
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % gigabyte)
        chunk = b"x" * 1024 * 1024
        for _ in range(1024):
            writer.write(chunk)
            await writer.drain()


def _item(target: str, mark: str) -> dict[str, object]:
    return {"target": target, "mark": mark, "tags": ["a", "b"], "price": len(target) * 1.25}


def _json(value: object) -> bytes:
    body = json.dumps(value).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Odd: one\r\nx-odd: two\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=MODES, default="good")
    parser.add_argument("--mark", default="production")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    args = parser.parse_args()
    tls = None
    if args.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(args.certificate, args.key)
    target = Target(args.mode, args.mark, args.journal, args.delay)
    server = await asyncio.start_server(target.serve, "127.0.0.1", args.port, backlog=512, ssl=tls)
    port = next(s for s in server.sockets if s.family == socket.AF_INET).getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
