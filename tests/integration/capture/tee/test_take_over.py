"""A process that comes later takes over from an earlier one, and nobody's request is lost."""

import asyncio
import json
from collections import Counter
from itertools import count
from pathlib import Path

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import PATIENCE_SECONDS, free_port, get
from tests.support.processes import fast_server, target

GENERATIONS = 20
ANSWER_SECONDS = 0.01
_END = b'"price": 28.5}]}'


class Users:
    """Ask on and on, each time something else, and without a pause.

    A connection may end instead of an answer only if there was an answer on it before. Its user
    cannot know that it was to end, and asks the same again on another (RFC 9112, 9.3.1): there it
    must be answered.
    """

    def __init__(self, port: int) -> None:
        self.stopping = False
        self.answered: list[str] = []
        self.asked_again = 0
        self.new = 0
        self._port = port
        self._numbers = count()

    async def with_new_connections(self) -> None:
        while not self.stopping:
            connection = await asyncio.open_connection("127.0.0.1", self._port)
            assert await self._is_answered(self._another(), *connection)
            connection[1].close()
            self.new += 1

    async def with_kept_connections(self) -> None:
        asking = self._another()
        while not self.stopping:
            connection = await asyncio.open_connection("127.0.0.1", self._port)
            assert await self._is_answered(asking, *connection)
            asking = await self._ask_on(*connection)
            connection[1].close()

    async def _ask_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Ask until the connection ends; give what is to be asked again."""
        asking = self._another()
        while not self.stopping:
            if not await self._is_answered(asking, reader, writer):
                self.asked_again += 1
                break
            asking = self._another()
        return asking

    def _another(self) -> str:
        return f"/reports/{next(self._numbers)}"

    async def _is_answered(
        self, asking: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(f"GET {asking} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        try:
            answer = await reader.readuntil(b"}")
        except asyncio.IncompleteReadError as end:
            assert end.partial == b""  # noqa: PT017 - what ends between answers is no failure
            return False
        except ConnectionError:
            return False
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["target"] == asking
        self.answered.append(asking)
        return True


async def test_no_request_is_lost_over_20_generations(tmp_path: Path) -> None:
    port, journal = free_port(), tmp_path / "primary"
    users = Users(port)
    with target(journal=journal, delay=ANSWER_SECONDS) as primary:
        primary_port = int(primary.rpartition(":")[2])
        options = {"listen_port": port, "primary_port": primary_port, "drain_seconds": 3.0}
        earlier = live_process(**options)
        first = earlier.__enter__()
        asking = [asyncio.create_task(users.with_new_connections()) for _ in range(4)]
        asking += [asyncio.create_task(users.with_kept_connections()) for _ in range(4)]
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
    seen = [json.loads(line)[0].split(" ")[1] for line in journal.read_text().splitlines()]
    # What the primary saw, and the user got no answer to, it saw again.
    assert [asked for asked, times in Counter(seen).items() if times > 1] == []
    assert len(seen) == len(users.answered) == captured
    assert users.new > GENERATIONS
    assert users.asked_again > 0


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
