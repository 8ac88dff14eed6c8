"""Workers and pages take what production leaves of the processor."""

import os
from pathlib import Path

from tests.support.processes import command_line, descendants, free_port, proxy, target, until

LOWEST_PRIORITY = 19


def test_workers_and_pages_stand_back_behind_all_of_their_session(tmp_path: Path) -> None:
    with (
        target() as production,
        target(mark="pre-release") as candidate,
        proxy(
            tmp_path,
            primary=production,
            candidate=candidate,
            environment={
                "SHADOW_WEB__ENABLED": "true",
                "SHADOW_WEB__LISTEN": f"127.0.0.1:{free_port()}",
            },
        ) as running,
    ):
        workers = until(running.workers, "workers to start")
        pages = until(lambda: _serving_pages(running.supervisor.pid), "pages to start")
        back = (*workers, *pages)
        until(lambda: {_niceness(pid) for pid in back} == {LOWEST_PRIORITY})
        before = (running.supervisor.pid, running.live())
        assert {_niceness(pid) for pid in before} == {_niceness(os.getpid())}
        # Linux may look at niceness only within one session.
        assert len({os.getsid(pid) for pid in (*before, *back)}) == 1


def _serving_pages(family: int) -> tuple[int, ...]:
    return tuple(pid for pid in descendants(family) if "web-role" in command_line(pid))


def _niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)
