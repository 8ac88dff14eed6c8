"""The queue between real processes."""

import asyncio
import random
import signal
import socket
import tracemalloc
import zlib
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
import uvloop

from shadow.errors import UnavailableError
from shadow.model import Drop
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from tests.integration.queue.processes import (
    Got,
    WorkerProcess,
    endpoint,
    exchange,
    live,
    offer_all,
    some_names,
    until,
    worker,
)

MIB = 1024 * 1024


def _exchanges(got: list[Got]) -> list[str]:
    return [each.exchange for each in got]


def _has_any(working: WorkerProcess) -> bool:
    return bool(working.got)


async def _warm_up(queue: LocalQueue, *workers: WorkerProcess) -> list[str]:
    """Offer exchanges until every worker has got one; return all that were taken."""
    taken: list[str] = []
    while not all(working.got for working in workers):
        burst = [f"warm{len(taken) + each:05}" for each in range(40)]
        taken += [name for name in burst if queue.offer(exchange(name))]
        await asyncio.sleep(0.01)
    return taken


async def _hold_all(queue: LocalQueue, holding: WorkerProcess, names: list[str]) -> None:
    await offer_all(queue, names)
    await until(lambda: len(holding.got) == len(names))


async def test_without_workers_it_takes_as_many_as_it_may_and_then_says_no(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(max_exchanges=10)) as queue:
        assert queue.refusal() is None
        taken = [queue.offer(exchange(name)) for name in some_names(15)]
        assert taken == [True] * 10 + [False] * 5
        assert queue.unsettled == 10
        assert queue.refusal() is Drop.QUEUE_FULL


async def test_without_workers_it_takes_as_many_bytes_as_it_may_and_then_says_no(
    tmp_path: Path,
) -> None:
    async with live(tmp_path, QueueLimits(max_bytes=100_000)) as queue:
        taken = [queue.offer(exchange(name, b"x" * 30_000)) for name in some_names(5)]
        assert taken == [True, True, True, False, False]


async def test_a_small_exchange_still_fits_after_one_that_does_not(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(max_bytes=10_000)) as queue:
        assert not queue.offer(exchange("large", b"x" * 10_000))
        assert queue.offer(exchange("small"))


async def test_room_is_made_again_by_what_workers_settle(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(max_exchanges=10, max_bytes=20_000)) as queue:
        async with worker(tmp_path) as working:
            await offer_all(queue, some_names(100), b"x" * 15_000)
            await until(lambda: len(working.got) == 100)
            await until(lambda: not queue.unsettled)
        assert queue.offer(exchange("large", b"x" * 16_000))


async def test_with_a_stopped_worker_it_fills_up_and_says_no(tmp_path: Path) -> None:
    limits = QueueLimits(max_exchanges=2000, window=512)
    async with live(tmp_path, limits) as queue, worker(tmp_path) as working:
        await offer_all(queue, ["first"])
        await until(lambda: working.got)
        await until(lambda: not queue.unsettled)
        working.signal(signal.SIGSTOP)
        assert sum(queue.offer(exchange(name)) for name in some_names(5000)) == 2000
        working.signal(signal.SIGCONT)
        await until(lambda: len(working.got) == 2001)


async def test_what_a_stopped_worker_did_not_take_comes_whole_when_it_goes_on(
    tmp_path: Path,
) -> None:
    bodies = {name: random.Random(name).randbytes(100_000) for name in some_names(50)}
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        await offer_all(queue, ["first"])
        await until(lambda: working.got)
        working.signal(signal.SIGSTOP)
        assert all(queue.offer(exchange(name, body)) for name, body in bodies.items())
        await asyncio.sleep(0.2)
        working.signal(signal.SIGCONT)
        await until(lambda: not queue.unsettled)
        await until(lambda: len(working.got) == 51)
    got = {each.exchange: each.sum for each in working.got[1:]}
    assert got == {name: zlib.crc32(body) for name, body in bodies.items()}


async def test_a_stopped_worker_that_is_killed_leaves_what_was_half_sent_to_another(
    tmp_path: Path,
) -> None:
    names = some_names(50)
    async with live(tmp_path) as queue:
        async with worker(tmp_path) as doomed:
            await offer_all(queue, ["first"])
            await until(lambda: doomed.got and not queue.unsettled)
            doomed.signal(signal.SIGSTOP)
            assert all(queue.offer(exchange(name, b"x" * 100_000)) for name in names)
            await asyncio.sleep(0.2)
        async with worker(tmp_path) as heir:
            await until(lambda: not queue.unsettled)
            await until(lambda: len(heir.got) == 50)
    assert _exchanges(heir.got) == names


async def test_with_a_stopped_worker_its_memory_is_bounded(tmp_path: Path) -> None:
    limits = QueueLimits(max_bytes=4 * MIB)
    async with live(tmp_path, limits) as queue, worker(tmp_path) as working:
        await offer_all(queue, ["first"])
        await until(lambda: working.got)
        working.signal(signal.SIGSTOP)
        body = bytes(10_000)
        tracemalloc.start()
        for name in some_names(20_000):
            queue.offer(exchange(name, body))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 16 * MIB


async def test_a_worker_that_does_not_read_gets_no_more_than_its_window(tmp_path: Path) -> None:
    holds = ("--settles", "0")
    async with live(tmp_path, QueueLimits(window=5)) as queue, worker(tmp_path, *holds) as holding:
        await offer_all(queue, some_names(20))
        await until(lambda: len(holding.got) == 5)
        await asyncio.sleep(0.2)
        assert len(holding.got) == 5


async def test_a_worker_that_does_not_read_gets_no_more_bytes_than_its_window(
    tmp_path: Path,
) -> None:
    size = 60_000
    limits = QueueLimits(window_bytes=3 * size + size // 2)
    async with (
        live(tmp_path, limits) as queue,
        worker(tmp_path, "--settles", "0") as holding,
    ):
        for name in some_names(20):
            assert queue.offer(exchange(name, body=b"x" * size))
        await until(lambda: len(holding.got) == 3)
        await asyncio.sleep(0.2)
        assert len(holding.got) == 3


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_twenty_thousand_exchanges_are_delivered_exactly_once(tmp_path: Path, loop: str) -> None:
    async def scenario() -> None:
        names = some_names(20_000)
        async with (
            live(tmp_path) as queue,
            worker(tmp_path, *options) as one,
            worker(tmp_path, *options) as other,
        ):
            warm = await _warm_up(queue, one, other)
            await offer_all(queue, names)
            await until(lambda: not queue.unsettled)
            await until(lambda: len(one.got) + len(other.got) >= len(names) + len(warm))
        got = Counter(_exchanges(one.got) + _exchanges(other.got))
        assert got == Counter(names + warm)

    options = ("--uvloop",) if loop == "uvloop" else ()
    factory = uvloop.new_event_loop if loop == "uvloop" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(scenario())


async def test_one_worker_gets_exchanges_in_their_order(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        await offer_all(queue, some_names(3000))
        await until(lambda: len(working.got) == 3000)
        assert _exchanges(working.got) == some_names(3000)
        assert [each.number for each in working.got] == list(range(1, 3001))


async def test_what_a_killed_worker_had_goes_to_another_in_order(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        async with worker(tmp_path, "--settles", "0") as doomed:
            await _hold_all(queue, doomed, some_names(50))
            await offer_all(queue, some_names(5, "late"))
            await doomed.kill()
        async with worker(tmp_path) as heir:
            await until(lambda: len(heir.got) == 55)
    assert _exchanges(heir.got)[:50] == some_names(50)
    ids = [((each.line, each.number),) for each in doomed.got]
    assert [each.earlier for each in heir.got][:50] == ids[:50]


async def test_what_was_settled_before_a_death_is_not_delivered_again(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        async with worker(tmp_path, "--settles", "20") as doomed:
            await _hold_all(queue, doomed, some_names(50))
            await until(lambda: queue.unsettled == 30)
            await doomed.kill()
        async with worker(tmp_path) as heir:
            await until(lambda: not queue.unsettled)
            await until(lambda: len(heir.got) == 30)
    assert _exchanges(heir.got) == some_names(50)[20:]


async def test_an_exchange_that_outlives_two_workers_names_both(tmp_path: Path) -> None:
    async with live(tmp_path) as queue:
        lines = []
        for _ in range(2):
            async with worker(tmp_path, "--settles", "0") as doomed:
                await until(lambda: queue.unsettled or queue.offer(exchange("x")))
                await until(partial(_has_any, doomed))
                lines.append((doomed.got[0].line, doomed.got[0].number))
                await doomed.kill()
        async with worker(tmp_path) as heir:
            await until(lambda: heir.got)
    assert heir.got[0].earlier == tuple(lines)
    assert len({line for line, _ in lines}) == 2


async def test_a_dead_worker_is_found_without_traffic(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, worker(tmp_path, "--settles", "0") as doomed:
        await _hold_all(queue, doomed, some_names(3))
        async with worker(tmp_path) as heir:
            await doomed.kill()
            await until(lambda: len(heir.got) == 3)


async def test_exchanges_are_shared_between_workers_when_one_is_killed_under_load(
    tmp_path: Path,
) -> None:
    names = some_names(4000)
    async with (
        live(tmp_path) as queue,
        worker(tmp_path) as steady,
        worker(tmp_path, "--pause", "0.001") as doomed,
    ):
        names += await _warm_up(queue, steady, doomed)
        offering = asyncio.create_task(offer_all(queue, names[:4000]))
        await until(lambda: len(doomed.got) > 100)
        await doomed.kill()
        await offering
        await until(lambda: not queue.unsettled)
    seen = Counter(_exchanges(steady.got) + _exchanges(doomed.got))
    again = Counter(each.exchange for each in steady.got if each.earlier)
    assert set(seen) == set(names)
    assert all(count == 1 or again[name] == count - 1 for name, count in seen.items())


async def test_a_slow_worker_does_not_starve_a_fast_one(tmp_path: Path) -> None:
    async with (
        live(tmp_path, QueueLimits(window=16)) as queue,
        worker(tmp_path, "--settles", "0") as slow,
        worker(tmp_path) as fast,
    ):
        await _warm_up(queue, slow, fast)
        await offer_all(queue, some_names(2000))
        await until(lambda: queue.unsettled <= 16)
        assert len(slow.got) <= 16


async def test_workers_find_a_live_process_that_started_again(tmp_path: Path) -> None:
    async with worker(tmp_path, "--settles", "0") as working:
        async with live(tmp_path, source="first") as queue:
            await _hold_all(queue, working, some_names(3))
        async with live(tmp_path, source="second") as queue:
            await offer_all(queue, some_names(3, "new"))
            await until(lambda: len(working.got) == 6)
        lines = [each.line.partition("/")[0] for each in working.got]
        assert lines == ["first"] * 3 + ["second"] * 3


async def test_a_live_process_that_was_killed_leaves_a_path_that_works_again(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "queue"))
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        await offer_all(queue, ["x"])
        await until(lambda: working.got)


async def test_workers_hear_the_running_totals(tmp_path: Path) -> None:
    async with live(tmp_path) as queue, worker(tmp_path) as working:
        await until(
            lambda: queue.offer(exchange("x")) and working.got and working.got[-1].captured == 7
        )


async def test_a_path_that_cannot_be_listened_at_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="set `queue`"):
        LocalQueue(endpoint(tmp_path / "missing"), "live", QueueLimits())
