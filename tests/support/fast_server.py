"""A server that costs next to nothing: `python -m tests.support.fast_server PORT [hang] [large]`.

Answers every request with the same 1 KB of JSON, or 60 KB if `large`; with `hang` never.
"""

import asyncio
import json
import sys
from typing import cast, override

import uvloop

_ITEMS = 1200 if "large" in sys.argv else 20
_BODY = json.dumps(
    {"items": [{"id": n, "name": f"item {n}", "price": n * 1.5} for n in range(_ITEMS)]}
)
_ANSWER = (
    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
    f"{_BODY}"
).encode()


class Answering(asyncio.Protocol):
    """Counts the ends of request heads; the benchmark sends no bodies."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        if "hang" not in sys.argv:
            self._transport.write(_ANSWER * data.count(b"\r\n\r\n"))


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
