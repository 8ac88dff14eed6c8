"""What others than a worker say at the queue's socket, and workers that take nothing."""

import asyncio
import contextlib
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shadow.model import LiveCounts
from shadow.queue.codec import HELLO, SETTLED
from shadow.queue.frames import beginning
from shadow.queue.lines import QueueLimits
from shadow.queue.messages import HELLO_KIND, SETTLED_KIND, Hello, Settled
from tests.integration.queue.processes import exchange, live, offer_all, some_names, until, worker

MIB = 1024 * 1024


class Peer:
    """A connection to the live end without a worker behind it; nobody reads it."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire

    def say(self, kind: bytes, message: bytes) -> None:
        self.send(beginning(kind, message))

    def send(self, data: bytes) -> None:
        """Send what goes; who is cut off has said enough."""
        with contextlib.suppress(OSError):
            self._wire.sendall(data)

    def leave(self) -> None:
        self._wire.close()

    @property
    def has_got_any(self) -> bool:
        return bool(select.select((self._wire,), (), (), 0)[0])


@contextmanager
def _peer(folder: Path, hello: str = "") -> Iterator[Peer]:
    """Somebody at the queue's socket, who says hello like a worker of this name if it has one."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(5.0)
        wire.connect(str(folder / "queue"))
        peer = Peer(wire)
        if hello:
            peer.say(HELLO_KIND, HELLO.encode(Hello(worker=hello)))
        yield peer


async def test_a_worker_whose_pipe_is_full_does_not_starve_the_others(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(window=4)) as queue, worker(tmp_path) as working:
        with _peer(tmp_path, "deaf"):
            await asyncio.sleep(0.3)
            totals = LiveCounts(source="s" * 100_000, captured=1, outcomes=())
            for _ in range(200):
                queue.announce(totals)
            await offer_all(queue, some_names(100))
            await until(lambda: len(working.got) >= 96)


async def test_what_is_settled_of_an_earlier_live_process_settles_nothing_of_this(
    tmp_path: Path,
) -> None:
    async with live(tmp_path, source="second") as queue:
        with _peer(tmp_path, "w") as odd:
            queue.offer(exchange("x"))
            await until(lambda: odd.has_got_any)
            for line in ("first/w", "second/w", "second/1-other", ""):
                settled = Settled(line, (1,))
                odd.say(SETTLED_KIND, SETTLED.encode(settled))
            await asyncio.sleep(0.2)
            assert queue.unsettled == 1


async def test_a_worker_that_connects_again_gets_a_line_of_its_own(tmp_path: Path) -> None:
    lines = set()
    async with live(tmp_path) as queue:
        for number in range(2):
            with _peer(tmp_path, "same") as same:
                queue.offer(exchange(f"x{number}"))
                await until(lambda: same.has_got_any)
            await until(lambda: not queue._lines)
        async with worker(tmp_path) as heir:
            await until(lambda: len(heir.got) == 2)
            lines = {line for each in heir.got for line, _ in each.earlier}
    assert len(lines) == 2


async def test_what_a_worker_said_last_is_heard_though_it_is_found_gone_by_sending(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as queue:
        with _peer(tmp_path, "doomed") as doomed:
            queue.offer(exchange("first"))
            await until(lambda: doomed.has_got_any)
            (line,) = queue._lines.values()
            doomed.say(SETTLED_KIND, SETTLED.encode(Settled(line.name, (1,))))
        queue.offer(exchange("second"))
        queue.hand_over()
        async with worker(tmp_path) as heir:
            await until(lambda: not queue.unsettled)
    assert [each.exchange for each in heir.got] == ["second"]


async def test_who_waits_for_work_gets_what_was_sent_to_a_worker_that_is_gone(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as queue:
        with _peer(tmp_path, "doomed") as doomed:
            await until(lambda: any(line.name for line in queue._lines.values()))
            async with worker(tmp_path) as heir:
                await until(lambda: sum(bool(line.name) for line in queue._lines.values()) == 2)
                doomed.leave()
                queue.offer(exchange("only"))
                queue.hand_over()
                await until(lambda: heir.got)


async def test_workers_that_wait_share_what_comes(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, contextlib.AsyncExitStack() as stack:
        working = [await stack.enter_async_context(worker(tmp_path)) for _ in range(3)]
        await until(lambda: sum(bool(line.name) for line in queue._lines.values()) == 3)
        for name in some_names(6):
            queue.offer(exchange(name))
        await until(lambda: not queue.unsettled)
        await until(lambda: sum(len(each.got) for each in working) == 6)
        assert [len(each.got) for each in working] == [2, 2, 2]


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(beginning(b"X", b"what"), id="unknown kind"),
        pytest.param(beginning(HELLO_KIND, b""), id="empty"),
        pytest.param(beginning(HELLO_KIND, b"\x02\x81\xa6worker\xa1w"), id="another version"),
        pytest.param(beginning(HELLO_KIND, b"\x01\x81\xa6worker\xa2\xff\xff"), id="not UTF-8"),
        pytest.param(beginning(HELLO_KIND, b"\x01\x82\xa1x" + b"\x91" * 100_000), id="deep"),
        pytest.param(beginning(SETTLED_KIND, b"\x01\x92\xa1x\xdd\xff\xff\xff\xff"), id="size"),
        pytest.param(beginning(HELLO_KIND, b"x" * 4 * MIB), id="huge"),
        pytest.param(beginning(HELLO_KIND, b"", 4 * 1024 * MIB - 1), id="huge to come"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol"),
        pytest.param(b"\0", id="next to nothing"),
    ],
)
async def test_garbage_from_another_process_harms_nothing(tmp_path: Path, garbage: bytes) -> None:
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        with _peer(tmp_path) as hostile:
            for _ in range(300):
                await asyncio.to_thread(hostile.send, garbage)
            await offer_all(queue, some_names(100))
            await until(lambda: len(working.got) == 100)
            await until(lambda: not queue.unsettled)


async def test_many_connections_that_say_nothing_leave_room_for_a_worker_later(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as queue:
        with contextlib.ExitStack() as stack:
            for _ in range(400):
                await asyncio.sleep(0)
                stack.enter_context(_peer(tmp_path))
            await offer_all(queue, some_names(10))
        async with worker(tmp_path) as working:
            await until(lambda: len(working.got) == 10)
