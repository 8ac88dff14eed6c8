"""The supervisor with children that are no more than a line of shell."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import override

import pytest

from shadow.errors import UnavailableError
from shadow.supervisor import Plan, Supervisor
from tests.support.processes import PATIENCE_SECONDS

SERVES = """echo '{"listening": "127.0.0.1:1"}'; exec sleep 60"""


class Log(logging.Handler):
    """Sets `stop` when so many lines are logged."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.stop = asyncio.Event()
        self.records: list[logging.LogRecord] = []
        self._most = most

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if len(self.records) == self._most:
            self.stop.set()


@pytest.fixture
def log() -> Iterator[Log]:
    handler = Log(4)
    logging.getLogger("shadow.supervisor").addHandler(handler)
    yield handler
    logging.getLogger("shadow.supervisor").removeHandler(handler)


def plan(folder: Path, *, live: str, worker: str) -> Plan:
    """A plan whose children are shell scripts."""
    script = folder / "child"
    script.write_text(f"#!/bin/sh\ncase $* in *live-role*) {live};; *) {worker};; esac\n")
    script.chmod(0o755)
    return Plan(settings="{}", scratch=folder, workers=1, stop_live_seconds=5.0, python=str(script))


async def test_a_worker_that_dies_at_once_is_started_ever_later(log: Log, tmp_path: Path) -> None:
    supervisor = Supervisor(plan(tmp_path, live=SERVES, worker="exit 3"), lambda _: None)
    await supervisor.run(log.stop)
    assert {record.getMessage() for record in log.records} == {
        "worker 1 ended (exit code 3); starting it again"
    }
    times = [record.created for record in log.records]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    # A pause is never shorter, however fast the machine; how much longer is not asked.
    assert all(pause >= least for pause, least in zip(pauses, (0.39, 0.79, 1.59), strict=True))


async def test_a_child_that_cannot_be_started_is_tried_again(log: Log, tmp_path: Path) -> None:
    worker = "mv $0 $0.gone; exit 3"
    supervisor = Supervisor(plan(tmp_path, live=SERVES, worker=worker), lambda _: None)
    await supervisor.run(log.stop)
    said = [record.getMessage() for record in log.records]
    assert said[0] == "worker 1 ended (exit code 3); starting it again"
    assert all("could not be started" in line for line in said[1:])


async def test_a_live_process_that_never_serves_is_an_error(tmp_path: Path) -> None:
    supervisor = Supervisor(plan(tmp_path, live="exit 7", worker="exec sleep 60"), lambda _: None)
    with pytest.raises(UnavailableError, match=r"the live process ended \(exit code 7\)"):
        await supervisor.run(asyncio.Event())


async def test_what_keeps_users_from_being_served_is_said(tmp_path: Path) -> None:
    live = """echo '{"unavailable": "the port is taken"}'; exit 4"""
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: None)
    with pytest.raises(UnavailableError, match="the port is taken"):
        await supervisor.run(asyncio.Event())


async def test_the_last_totals_come_back_and_what_is_no_message_is_passed_over(
    tmp_path: Path,
) -> None:
    totals = """echo nonsense; echo []; echo '{"final_counts": {"captured": 3}}'; exit"""
    (tmp_path / "end").write_text(totals)
    wait = "while sleep 0.05; do :; done"
    live = f"trap '. {tmp_path}/end' TERM; {SERVES.partition(';')[0]}; {wait}"
    stop = asyncio.Event()
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: stop.set())
    assert await supervisor.run(stop) == ({"captured": 3},)


async def test_settings_come_through_a_pipe(tmp_path: Path) -> None:
    live = f"read line; echo $line > {tmp_path}/settings; {SERVES}"
    stop = asyncio.Event()
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: stop.set())
    await supervisor.run(stop)
    assert (tmp_path / "settings").read_text() == "{}\n"


async def test_a_signal_reaches_a_live_process_that_takes_it_however_early_it_was_sent(
    tmp_path: Path,
) -> None:
    told = tmp_path / "told"
    live = f"""trap "echo x >> {told}" USR1; echo '{{"listening": "127.0.0.1:1"}}'
echo '{{"takes_signals": true}}'; while :; do sleep 0.05; done"""
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: None)
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    supervisor.signal_live(signal.SIGUSR1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for times in (1, 2):
            while not told.exists() or len(told.read_text().split()) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            supervisor.signal_live(signal.SIGUSR1)
    stop.set()
    await running


async def test_what_a_signal_changed_holds_for_a_live_process_that_is_started_again(
    tmp_path: Path,
) -> None:
    told = tmp_path / "told"
    live = f"""trap "echo $$ >> {told}" USR1; echo '{{"listening": "127.0.0.1:1"}}'
echo '{{"takes_signals": true}}'; while :; do sleep 0.05; done"""
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: None)
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))

    async def those_told(number: int) -> list[int]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told.exists() or len(told.read_text().split()) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return [int(pid) for pid in told.read_text().split()]

    supervisor.signal_live(signal.SIGUSR1)
    (first,) = await those_told(1)
    os.kill(first, signal.SIGKILL)
    second = (await those_told(2))[-1]
    supervisor.signal_live(signal.SIGUSR1)
    assert await those_told(3) == [first, second, second]
    stop.set()
    await running


async def test_a_signal_does_not_end_a_live_process_that_would_not_take_it(
    log: Log, tmp_path: Path
) -> None:
    listens, stop = asyncio.Event(), asyncio.Event()
    given = plan(tmp_path, live=SERVES, worker="exec sleep 60")
    supervisor = Supervisor(given, lambda _: listens.set())
    running = asyncio.create_task(supervisor.run(stop))
    await asyncio.wait_for(listens.wait(), PATIENCE_SECONDS)
    supervisor.signal_live(signal.SIGUSR1)
    await asyncio.sleep(0.5)
    stop.set()
    await running
    assert not log.records


async def test_a_live_process_that_has_finished_ends_the_whole_run(tmp_path: Path) -> None:
    said = """echo '{"progress": {"entries": 3}}'; echo '{"finished": true}'"""
    counts = """echo '{"final_counts": {"captured": 3}}'"""
    told: list[object] = []
    live = f"{SERVES.partition(';')[0]}; {said}; {counts}"
    supervisor = Supervisor(
        plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: None, told.append
    )
    assert await supervisor.run(asyncio.Event()) == ({"captured": 3},)
    assert supervisor.finished
    assert told == [{"entries": 3}]


async def test_one_that_ends_without_having_finished_is_started_again(
    log: Log, tmp_path: Path
) -> None:
    live = f"{SERVES.partition(';')[0]}; exit 0"
    supervisor = Supervisor(plan(tmp_path, live=live, worker="exec sleep 60"), lambda _: None)
    await supervisor.run(log.stop)
    assert not supervisor.finished
    said = {record.getMessage() for record in log.records}
    assert said == {"the live process ended (exit code 0); starting it again"}
