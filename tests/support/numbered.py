"""What a server says to a numbered request, and users who check every byte of what they get.

A request carries a number, and the answer to it follows from that number and the body alone. So an
answer that belongs to somebody else, a byte that is missing, and one too many all show.
"""

import asyncio
import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET

PATIENCE_SECONDS = 60.0
_LARGE = 40_000


def answer_to(number: int, body: bytes = b"") -> bytes:
    """The whole answer; that to every tenth number is large."""
    digest = hashlib.sha256(b"%d:" % number + body).hexdigest()
    padding = digest * (_LARGE // len(digest) if number % 10 == 0 else number % 7)
    said = json.dumps({"number": number, "received": len(body), "digest": digest, "more": padding})
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-Odd: {number}\r\n"
        f"Content-Length: {len(said)}\r\n\r\n"
    )
    return (head + said).encode()


def request_of(number: int, body: bytes = b"") -> bytes:
    """A request as users send it: GET, or POST where there is a body."""
    if not body:
        return b"GET /numbers/%d HTTP/1.1\r\nHost: shop.test\r\n\r\n" % number
    head = b"POST /numbers/%d HTTP/1.1\r\nHost: shop.test\r\nContent-Length: %d\r\n\r\n"
    return head % (number, len(body)) + body


@dataclass(slots=True, kw_only=True)
class Tally:
    """What users got. `wrong` are bytes that the primary did not say, `cut` answers that broke off.

    `unanswered` got no byte at all: the connection was refused, or ended before the answer.
    """

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return self.right + len(self.wrong) + len(self.cut) + len(self.unanswered)

    def take(self, number: int, got: bytes, body: bytes = b"") -> bool:
        """Note an answer; tell whether it was right."""
        wanted = answer_to(number, body)
        if got == wanted:
            self.right += 1
        elif not wanted.startswith(got):
            self.wrong.append(f"{number}: {got[:200]!r}")
        elif got:
            self.cut.append(number)
        else:
            self.unanswered.append(number)
        return got == wanted


class Connection:
    """A connection that is asked number after number."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> "Connection":
        async with asyncio.timeout(PATIENCE_SECONDS):
            return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, number: int, body: bytes = b"") -> bytes:
        """As many bytes as the right answer has, or fewer where the connection ends before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self._reader.readexactly(len(answer_to(number, body)))
            except asyncio.IncompleteReadError as cut:
                return cut.partial
            except OSError:
                return b""

    async def ask(self, number: int, body: bytes = b"") -> bytes:
        try:
            await self.send(request_of(number, body))
        except OSError:
            return b""
        return await self.answer(number, body)

    def end(self) -> None:
        """Say that nothing more comes, and read on."""
        self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()

    def vanish(self) -> None:
        """Be gone without a word, as a process that is killed or a phone out of reach."""
        wire = self._writer.get_extra_info("socket")
        wire.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


async def users_ask(port: int, numbers: Sequence[int], users: int = 4, pause: float = 0.0) -> Tally:
    """Have so many users ask, each its share over a connection that is kept while it serves."""
    tally = Tally()
    shares = [numbers[first::users] for first in range(users)]
    await asyncio.gather(*(_user(port, share, tally, pause) for share in shares))
    return tally


def ask(port: int, numbers: Sequence[int], users: int = 4, pause: float = 0.0) -> Tally:
    """As `users_ask`, for tests that do nothing else meanwhile or run it in a thread."""
    return asyncio.run(users_ask(port, numbers, users, pause))


async def _user(port: int, numbers: Iterable[int], tally: Tally, pause: float) -> None:
    connection: Connection | None = None
    for number in numbers:
        try:
            connection = connection or await Connection.to(port)
        except OSError:
            tally.take(number, b"")
            await asyncio.sleep(max(pause, 0.02))
            continue
        if not tally.take(number, await connection.ask(number)):
            connection.close()
            connection = None
        await asyncio.sleep(pause)
    if connection is not None:
        connection.close()
