"""A process that comes later takes over from an earlier one, and nobody's request is lost."""

import asyncio
from collections import Counter

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import PATIENCE_SECONDS, free_port, get
from tests.support.processes import fast_server

GENERATIONS = 20
_KEPT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
_END = b'"price": 28.5}]}'


class Users:
    """Ask on and on; those with kept connections ask anew where one ended between answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.seen: Counter[str] = Counter()
        self.stopping = False

    async def with_new_connections(self) -> None:
        while not self.stopping:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(_KEPT)
            await reader.readuntil(_END)
            writer.close()
            self.seen["new"] += 1

    async def with_kept_connections(self) -> None:
        while not self.stopping:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.seen["opened"] += 1
            try:
                while not self.stopping:
                    writer.write(_KEPT)
                    await reader.readuntil(_END)
                    self.seen["kept"] += 1
            except asyncio.IncompleteReadError as end:
                assert end.partial == b""  # noqa: PT017 - what ends between answers is no failure
            except ConnectionError:
                self.seen["reset"] += 1
            writer.close()


async def test_no_request_is_lost_over_20_generations() -> None:
    port = free_port()
    users = Users(port)
    with fast_server() as primary_port:
        options = {"listen_port": port, "primary_port": primary_port, "drain_seconds": 1.0}
        earlier = live_process(**options)
        first = earlier.__enter__()
        asking = [asyncio.create_task(users.with_new_connections()) for _ in range(4)]
        asking += [asyncio.create_task(users.with_kept_connections()) for _ in range(2)]
        try:
            live, captured = first, 0
            for _ in range(GENERATIONS):
                later = live_process(**options)
                heir = await asyncio.to_thread(later.__enter__)
                live.terminate()
                captured += await _ended(live)
                earlier.__exit__(None, None, None)
                live, earlier = heir, later
                assert not any(task.done() for task in asking), [t for t in asking if t.done()]
            users.stopping = True
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*asking)
            live.terminate()
            captured += await _ended(live)
        finally:
            earlier.__exit__(None, None, None)
    asked = users.seen["new"] + users.seen["kept"]
    assert users.seen["new"] > GENERATIONS
    assert captured >= asked


async def _ended(live: Live) -> int:
    code, told = await live.stopped()
    assert code == 0
    return told.captured


async def test_connection_that_waits_to_be_accepted_is_served_by_the_one_that_ends() -> None:
    """It is queued at the process that is told to end before that could accept it."""
    with (
        fast_server() as primary_port,
        live_process(primary_port=primary_port, max_connections=1) as live,
    ):
        held = await asyncio.open_connection("127.0.0.1", live.port)
        waiting = await asyncio.open_connection("127.0.0.1", live.port)
        waiting[1].write(get())
        live.terminate()
        await asyncio.sleep(0.1)
        held[1].close()
        await waiting[0].readuntil(_END)
        waiting[1].close()
        code, _ = await live.stopped()
    assert code == 0
