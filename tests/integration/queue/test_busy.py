"""Workers know whether users keep the live process busy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import process_time

from shadow.queue.link import LocalLink
from shadow.queue.links import LocalLinks
from tests.integration.queue.processes import endpoint, live, until


@asynccontextmanager
async def link(folder: Path) -> AsyncIterator[LocalLink]:
    made = LocalLink(endpoint(folder), asyncio.get_running_loop())
    try:
        yield made
    finally:
        made.close()


async def burn() -> None:
    """Keep this process busy, and its event loop going."""
    while True:
        until_used = process_time() + 0.02
        while process_time() < until_used:
            pass
        await asyncio.sleep(0)


async def test_a_worker_hears_when_the_live_process_is_busy_and_when_it_is_not(
    tmp_path: Path,
) -> None:
    async with live(tmp_path), link(tmp_path) as worker:
        await until(lambda: worker.live)
        assert not worker.users_are_many
        burning = asyncio.create_task(burn())
        await until(lambda: worker.users_are_many)
        async with link(tmp_path) as late:
            await until(lambda: late.users_are_many)
        burning.cancel()
        await until(lambda: not worker.users_are_many)


async def test_nobody_is_busy_any_more_who_is_gone(tmp_path: Path) -> None:
    async with link(tmp_path) as worker:
        async with live(tmp_path):
            burning = asyncio.create_task(burn())
            await until(lambda: worker.users_are_many)
            burning.cancel()
        await until(lambda: not worker.users_are_many)


async def test_one_busy_process_of_several_is_enough(tmp_path: Path) -> None:
    busy, idle = tmp_path / "busy", tmp_path / "idle"
    busy.mkdir()
    endpoints = (endpoint(busy), endpoint(idle))
    links = LocalLinks(endpoints, asyncio.get_running_loop())
    async with live(busy):
        assert not links.users_are_many
        burning = asyncio.create_task(burn())
        await until(lambda: links.users_are_many)
        burning.cancel()
    links.close()


async def test_a_process_without_users_keeps_no_worker_from_working(tmp_path: Path) -> None:
    async with live(tmp_path, serves_users=False), link(tmp_path) as worker:
        burning = asyncio.create_task(burn())
        await until(lambda: worker.live)
        await asyncio.sleep(1.0)  # several times as long as it takes others to say so
        assert not worker.users_are_many
        burning.cancel()
