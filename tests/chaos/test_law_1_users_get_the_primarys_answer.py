"""Law 1: the user gets the primary's answer, byte for byte, whatever else is broken.

Real processes all round: a primary, a candidate that misbehaves, `shadow proxy` with its workers
and its store. Each test breaks one thing and then asks; every answer must be the primary's.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import Shadow, proxy, refused, target, until
from tests.support.user import same_answers

ASKED = 60
MOST_ROUNDS = 300


@pytest.fixture(scope="module")
def primary() -> Iterator[str]:
    with target() as url:
        yield url


def assert_users_notice_nothing(primary: str, shadow: Shadow) -> None:
    through = f"http://127.0.0.1:{shadow.port}"
    assert same_answers(primary, through, ASKED) == ASKED


@pytest.mark.parametrize(
    "mode", ["good", "hang", "garbage", "endless", "close", "error", "redirect"]
)
def test_users_notice_nothing_of_a_candidate_that_misbehaves(
    mode: str, primary: str, tmp_path: Path
) -> None:
    with (
        target(mode, mark="candidate") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        assert_users_notice_nothing(primary, shadow)


def test_users_notice_nothing_of_a_candidate_that_refuses(primary: str, tmp_path: Path) -> None:
    with proxy(tmp_path, primary=primary, candidate=refused()) as shadow:
        assert_users_notice_nothing(primary, shadow)


def test_users_notice_nothing_when_all_workers_are_killed(primary: str, tmp_path: Path) -> None:
    with (
        target(mark="candidate") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        workers = until(shadow.workers)
        assert_users_notice_nothing(primary, shadow)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        assert_users_notice_nothing(primary, shadow)
        until(lambda: set(shadow.workers()) - set(workers), "a new worker")


def test_users_notice_nothing_when_workers_stand_still(primary: str, tmp_path: Path) -> None:
    with (
        target(mark="candidate") as candidate,
        proxy(
            tmp_path,
            primary=primary,
            candidate=candidate,
            settings="capture: {queue_exchanges: 10}",
        ) as shadow,
    ):
        for worker in until(shadow.workers):
            os.kill(worker, signal.SIGSTOP)
        assert_users_notice_nothing(primary, shadow)


def test_users_are_served_by_the_live_process_alone(primary: str, tmp_path: Path) -> None:
    with (
        target(mark="candidate") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        workers, live = until(shadow.workers), shadow.live()
        try:
            for pid in (shadow.supervisor.pid, *workers):
                os.kill(pid, signal.SIGKILL)
            shadow.supervisor.wait()
            assert_users_notice_nothing(primary, shadow)
        finally:
            os.kill(live, signal.SIGKILL)


def test_users_are_served_again_when_the_live_process_was_killed(
    primary: str, tmp_path: Path
) -> None:
    with (
        target(mark="candidate") as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate) as shadow,
    ):
        killed = shadow.live()
        os.kill(killed, signal.SIGKILL)
        until(lambda: _other_live(shadow, killed), "another live process")
        until(lambda: _all_the_same(primary, shadow), "answers again")
        assert_users_notice_nothing(primary, shadow)


def test_users_notice_nothing_when_the_database_becomes_read_only(
    primary: str, tmp_path: Path
) -> None:
    with (
        small_disk(tmp_path / "disk") as disk,
        target(mark="candidate") as candidate,
        proxy(
            tmp_path, primary=primary, candidate=candidate, store=f"sqlite:///{disk}/shadow.db"
        ) as shadow,
    ):
        assert_users_notice_nothing(primary, shadow)
        until(lambda: _made_read_only(shadow, disk), "the disk to become read-only")
        assert_users_notice_nothing(primary, shadow)


def test_users_notice_nothing_when_the_disk_is_full_and_nothing_is_lost_once_it_is_not(
    primary: str, tmp_path: Path
) -> None:
    with (
        small_disk(tmp_path / "disk") as disk,
        target(mark="candidate") as candidate,
        proxy(
            tmp_path, primary=primary, candidate=candidate, store=f"sqlite:///{disk}/shadow.db"
        ) as shadow,
    ):
        _fill(disk / "ballast")
        rounds = 0
        while not _full_disk_shows(shadow):
            # SQLite may still have room in files it has; every commit takes some of it.
            assert rounds < MOST_ROUNDS, shadow.log.read_text()
            assert_users_notice_nothing(primary, shadow)
            rounds += 1
        (disk / "ballast").unlink()
        assert_users_notice_nothing(primary, shadow)
        until(lambda: _compared(shadow) == (rounds + 1) * ASKED, "all to be compared")
        assert shadow.stop() == 0


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 4 MB; needs root, and says so where that is missing."""
    place.mkdir()
    if not _mount("size=4m", place):
        message = "a small disk needs the right to mount tmpfs (root)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    try:
        yield place
    finally:
        subprocess.run(("umount", "--lazy", str(place)), check=True)


def _mount(options: str, place: Path) -> bool:
    command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place))
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _made_read_only(shadow: Shadow, disk: Path) -> bool:
    for worker in shadow.workers():
        os.kill(worker, signal.SIGKILL)  # a file that is open for writing holds the disk writable
    return _mount("remount,ro", disk)


def _full_disk_shows(shadow: Shadow) -> bool:
    """Whether a worker said so: one that commits, or one that only starts."""
    log = shadow.log.read_text()
    return "store cannot be written" in log or "cannot be used: disk" in log


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 4096)
        except OSError:
            return


def _other_live(shadow: Shadow, killed: int) -> bool:
    try:
        return shadow.live() != killed
    except StopIteration:
        return False


def _all_the_same(primary: str, shadow: Shadow) -> bool:
    try:
        return same_answers(primary, f"http://127.0.0.1:{shadow.port}", 1) == 1
    except OSError:
        return False


def _compared(shadow: Shadow) -> int:
    _, verdict = shadow.gate()
    return int(verdict["accounting"]["compared"])
