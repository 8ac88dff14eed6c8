"""What waits in the queue may be let go; what a worker had may be counted, and stays."""

from pathlib import Path

from shadow.queue.lines import QueueLimits
from tests.integration.queue.processes import exchange, live, offer_all, until, worker


async def test_what_waits_is_let_go_and_leaves_its_room(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(max_exchanges=10)) as queue:
        assert [queue.offer(exchange(f"x{n}")) for n in range(12)] == [True] * 10 + [False] * 2
        assert queue.let_go() == 10
        assert queue.unsettled == 0
        assert queue.let_go() == 0
        assert [queue.offer(exchange(f"y{n}")) for n in range(12)] == [True] * 10 + [False] * 2


async def test_what_a_worker_has_is_not_let_go(tmp_path: Path) -> None:
    async with (
        live(tmp_path, QueueLimits(window=3)) as queue,
        worker(tmp_path, "--settles", "0") as holding,
    ):
        await offer_all(queue, ["a", "b", "c", "d", "e"])
        await until(lambda: len(holding.got) == 3)
        assert queue.let_go() == 2
        assert queue.unsettled == 3


async def test_what_a_worker_had_before_it_died_is_not_let_go(tmp_path: Path) -> None:
    async with live(tmp_path, QueueLimits(window=3)) as queue:
        async with worker(tmp_path, "--settles", "0") as holding:
            await offer_all(queue, ["a", "b", "c", "d", "e"])
            await until(lambda: len(holding.got) == 3)
        assert queue.let_go() == 2
        async with worker(tmp_path) as other:
            await until(lambda: [got.exchange for got in other.got] == ["a", "b", "c"])
            await until(lambda: not queue.unsettled)
