"""Long bodies, which workers read where the live process has put them."""

import asyncio
import contextlib
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.queue.codec import EXCHANGE, HELLO
from shadow.queue.delivery import Delivery
from shadow.queue.frames import Frames, beginning
from shadow.queue.lent import BLOCK_BYTES
from shadow.queue.lines import QueueLimits
from shadow.queue.link import LocalLink
from shadow.queue.local import LocalQueue
from shadow.queue.meeting_place import MeetingPlace
from shadow.queue.messages import HELLO_KIND, MEMORY_KIND
from tests.integration.queue.processes import (
    endpoint,
    exchange,
    live,
    offer_all,
    some_names,
    until,
    worker,
)

_LONG = 20_000


def _fails(*_: object) -> int:
    raise OSError


def _cannot_be_mapped(descriptor: int) -> None:
    os.close(descriptor)
    raise OSError("no room")


def _link(folder: Path) -> LocalLink:
    return LocalLink(endpoint(folder), asyncio.get_running_loop())


def _body_of(delivery: Delivery) -> bytes:
    primary = EXCHANGE.decode(delivery.exchange).primary
    assert primary is not None
    return primary.body


async def _deliveries(link: LocalLink, number: int) -> list[Delivery]:
    return [await link.deliveries.get() for _ in range(number)]


async def _offered_to(link: LocalLink, queue: LocalQueue, bodies: list[bytes]) -> None:
    for number, body in enumerate(bodies):
        assert queue.offer(exchange(f"x{number}", body))
    await until(lambda: link.deliveries.qsize() == len(bodies))


def _open_memory() -> int:
    """How many descriptors of such memory this process has."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += "shadow-queue" in str(link.readlink())
    return found


@pytest.mark.parametrize("memory", ["shared", "none"])
async def test_bodies_of_all_lengths_come_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: str
) -> None:
    if memory == "none":
        monkeypatch.setattr(os, "memfd_create", _fails)
    lengths = [0, 1, 4095, 4096, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 100_000, 1_000_000]
    bodies = {f"x{length}": random.Random(length).randbytes(length) for length in lengths}
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        for _ in range(20):
            for name, body in bodies.items():
                await offer_all(queue, [name], body)
        await until(lambda: not queue.unsettled)
        await until(lambda: len(working.got) == 20 * len(lengths))
    assert {each.exchange: each.sum for each in working.got} == {
        name: zlib.crc32(body) for name, body in bodies.items()
    }


async def test_a_worker_that_cannot_read_memory_is_sent_bodies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.queue.link.LentBlocks", _cannot_be_mapped)
    async with live(tmp_path) as queue:
        link = _link(tmp_path)
        bodies = [bytes((number,)) * _LONG for number in range(40)]
        await _offered_to(link, queue, bodies)
        deliveries = await _deliveries(link, 40)
        assert [_body_of(delivery) for delivery in deliveries] == bodies
        link.settle(tuple(delivery.id for delivery in deliveries))
        await until(lambda: not queue.unsettled)
        link.close()


async def test_on_a_line_that_later_runs_have_too_bodies_are_sent(tmp_path: Path) -> None:
    async with live(tmp_path, line="recording") as queue:
        link = _link(tmp_path)
        await _offered_to(link, queue, [bytes(_LONG)])
        (delivery,) = await _deliveries(link, 1)
        assert len(delivery.message) > _LONG
        link.close()


async def test_a_long_body_is_not_sent(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        link = _link(tmp_path)
        await _offered_to(link, queue, [bytes(_LONG)])
        (delivery,) = await _deliveries(link, 1)
        assert len(delivery.message) < 1000
        assert len(delivery.exchange) > _LONG
        link.close()


@pytest.mark.parametrize("leave", [LocalLink.close, LocalLink._lost])
async def test_what_waits_at_a_worker_that_leaves_stays_what_it_was(
    tmp_path: Path, leave: Callable[[LocalLink], None]
) -> None:
    async with live(tmp_path) as queue:
        leaving = _link(tmp_path)
        await _offered_to(leaving, queue, [b"a" * _LONG, b"b" * _LONG])
        staying = _link(tmp_path)
        leave(leaving)
        await until(lambda: staying.deliveries.qsize() == 2)
        staying.settle(tuple(delivery.id for delivery in await _deliveries(staying, 2)))
        await until(lambda: not queue.unsettled)
        await _offered_to(staying, queue, [b"c" * _LONG, b"d" * _LONG])
        left = await _deliveries(leaving, 2)
        assert [_body_of(delivery) for delivery in left] == [b"a" * _LONG, b"b" * _LONG]
        leaving.close()
        staying.close()


async def test_what_waits_at_a_worker_is_not_lost_with_the_live_process(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        link = _link(tmp_path)
        await _offered_to(link, queue, [b"a" * _LONG])
    heard_at = link.heard_at
    async with live(tmp_path):
        await until(lambda: link.heard_at > heard_at)
    (delivery,) = await _deliveries(link, 1)
    assert _body_of(delivery) == b"a" * _LONG
    link.close()


async def test_memory_of_live_processes_that_are_gone_is_returned(tmp_path: Path) -> None:
    before = _open_memory()
    link = _link(tmp_path)
    for _ in range(3):
        async with live(tmp_path) as queue:
            await _offered_to(link, queue, [b"a" * _LONG])
            assert _open_memory() > before
            await _deliveries(link, 1)
    link.close()
    assert _open_memory() == before


async def test_a_body_takes_whole_blocks_of_what_the_queue_may_keep(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(max_bytes=8 * BLOCK_BYTES)) as queue:
        taken = [queue.offer(exchange(name, bytes(_LONG))) for name in some_names(4)]
        assert taken == [True, True, False, False]
        assert queue.let_go() == 2
        queue.give_back()
        taken = [queue.offer(exchange(name, bytes(_LONG))) for name in some_names(4)]
        assert taken == [True, True, False, False]


async def test_a_worker_that_was_lent_nothing_says_so(tmp_path: Path) -> None:
    place = MeetingPlace(endpoint(tmp_path))
    listening = place.listen()
    loop = asyncio.get_running_loop()
    link = _link(tmp_path)
    wire, _ = await asyncio.wait_for(loop.sock_accept(listening), 5)
    with wire:
        wire.setblocking(False)
        await loop.sock_sendall(wire, beginning(MEMORY_KIND, b""))
        frames = Frames(1000, 1000)
        said = await asyncio.wait_for(loop.sock_recv_into(wire, frames.room), 5)
        (frame,) = frames.received(said)
        assert frame.kind == HELLO_KIND
        assert not HELLO.decode(frame.message).reads_memory
    link.close()
    listening.close()
    place.leave()
