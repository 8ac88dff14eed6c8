"""A worker takes of the machine what users leave, and of the queue what it has use for."""

import asyncio
from pathlib import Path
from typing import override

import pytest

from shadow.duty import Duty
from shadow.machine import Machine
from shadow.model import Drop
from tests.integration.queue.processes import exchange, live, offer_all, until
from tests.integration.working import (
    Asked,
    Book,
    names_of,
    pipeline_of,
    worker,
)


async def test_work_waits_while_users_need_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Patient(Duty):
        """Waits for as long as the machine is full."""

        @override
        def wait_seconds(self) -> float:
            return 0.0 if self.share == 1.0 else 0.01

    class Full(Machine):
        @override
        def idle_share(self) -> float | None:
            return 0.0

    monkeypatch.setattr("shadow.worker.Duty", Patient)
    monkeypatch.setattr("shadow.worker.Machine", Full)
    book, asked = Book(), Asked()
    async with (
        live(tmp_path, serves_users=False) as queue,
        worker(tmp_path, book, pipeline_of(asked)) as link,
    ):
        await offer_all(queue, ["before"])
        await until(lambda: not queue.unsettled)
        link.users_are_many = True
        await asyncio.sleep(1.0)  # several looks
        await offer_all(queue, names_of(20))
        await asyncio.sleep(0.5)  # for all that would be asked by now
        assert len(asked.requests) == 1
        link.users_are_many = False
        await until(lambda: not queue.unsettled)
    assert book.ids == ["before", *names_of(20)]


async def test_a_candidate_that_rests_is_not_blamed_for_a_store_that_is_away(
    tmp_path: Path,
) -> None:
    book = Book()
    names = iter(names_of(100_000))

    def takes_all() -> bool:
        return all(queue.offer(exchange(next(names))) for _ in range(30))

    async with (
        live(tmp_path, serves_users=False) as queue,
        worker(tmp_path, book, pipeline_of(Asked()), rests=lambda: True),
    ):
        await until(lambda: not takes_all())
        book.away = True
        await until(takes_all)
        book.away = False
        await until(lambda: not takes_all())
        assert queue.refusal() is not Drop.QUEUE_FULL
        await until(lambda: not queue.unsettled)
