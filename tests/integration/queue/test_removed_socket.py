"""A queue's socket whose file is removed, as cleaners of temporary folders do."""

from pathlib import Path

from tests.integration.queue.processes import live, offer_all, until, worker


async def test_worker_that_starts_after_the_socket_was_removed_gets_what_waits(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as queue:
        await offer_all(queue, ["waits"])
        (tmp_path / "queue").unlink()
        async with worker(tmp_path) as late:
            await until(lambda: [each.exchange for each in late.got] == ["waits"])


async def test_worker_that_came_before_keeps_its_connection_and_gets_nothing_twice(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as queue, worker(tmp_path) as early:
        await offer_all(queue, ["first"])
        await until(lambda: early.got)
        (tmp_path / "queue").unlink()
        await until((tmp_path / "queue").exists)
        await offer_all(queue, ["second"])
        await until(lambda: len(early.got) > 1)
        assert [each.exchange for each in early.got] == ["first", "second"]
        assert len({each.line for each in early.got}) == 1
