"""A server that answers numbers: `python -m tests.support.numbered_server PORT [SECONDS]`.

With `SECONDS` each answer takes about so long: it is sent in four pieces.
"""

import asyncio
import sys

from tests.support.numbered import answer_to

_PIECES = 4


class NumberedServer:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._answer(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        lines = head.split(b"\r\n")
        number = int(lines[0].split(b" ")[1].rpartition(b"/")[2])
        lengths = [int(each[15:]) for each in lines if each.lower().startswith(b"content-length:")]
        answer = answer_to(number, await reader.readexactly(sum(lengths)))
        size = -(-len(answer) // _PIECES) if self._seconds else len(answer)
        for first in range(0, len(answer), size):
            if self._seconds:
                await asyncio.sleep(self._seconds / _PIECES)
            writer.write(answer[first : first + size])
            await writer.drain()


async def main(port: int, seconds: float) -> None:
    server = await asyncio.start_server(
        NumberedServer(seconds).serve, "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
