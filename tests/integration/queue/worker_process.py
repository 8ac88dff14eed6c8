"""A worker as a real process that writes down what it gets: one line of JSON a delivery."""

import argparse
import asyncio
import json
import sys
import zlib

import uvloop

from shadow.queue.codec import EXCHANGE
from shadow.queue.link import LocalLink


async def main(endpoint: str, settles: int, pause: float, rests: int) -> None:
    link = LocalLink(endpoint, asyncio.get_running_loop())
    link.rest(rests=rests > 0)
    while True:
        delivery = await link.deliveries.get()
        exchange = EXCHANGE.decode(delivery.exchange)
        assert exchange.primary is not None
        got = {
            "exchange": exchange.id,
            "sum": zlib.crc32(exchange.primary.body),
            "line": delivery.id.line,
            "number": delivery.id.number,
            "earlier": [[earlier.line, earlier.number] for earlier in delivery.earlier],
            "captured": link.live.captured if link.live else None,
        }
        sys.stdout.write(json.dumps(got) + "\n")
        sys.stdout.flush()
        await asyncio.sleep(pause)
        rests -= 1
        link.rest(rests=rests > 0)
        if settles:
            settles -= 1
            link.settle((delivery.id,))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint")
    parser.add_argument("--settles", type=int, default=sys.maxsize, help="how many, then no more")
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--rests", type=int, default=0, help="until it got so many")
    parser.add_argument("--uvloop", action="store_true")
    given = parser.parse_args()
    factory = uvloop.new_event_loop if given.uvloop else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main(given.endpoint, given.settles, given.pause, given.rests))
