"""What is read of the machine, from files like the kernel's and from the kernel's own."""

import time
from pathlib import Path

import pytest

from shadow.machine import Machine


def stat(user: int, idle: int, disks: int = 0) -> str:
    """What `/proc/stat` begins with: user, nice, system, idle, iowait, irq, softirq, steal, ..."""
    return f"cpu  {user} 10 20 {idle} {disks} 0 5 0 7 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n"


def seen(file: Path, *moments: str) -> list[float | None]:
    machine = Machine(file)
    shares = []
    for moment in moments:
        file.write_text(moment)
        shares.append(machine.idle_share())
    return shares


def test_the_share_is_of_the_time_since_the_last_look(tmp_path: Path) -> None:
    moments = (stat(100, 900), stat(150, 950), stat(250, 950), stat(250, 960, disks=30))
    assert seen(tmp_path / "stat", *moments) == [None, 0.5, 0.0, 1.0]


def test_guests_are_not_counted_twice(tmp_path: Path) -> None:
    before, after = stat(0, 0), stat(50, 50).replace(" 7 7\n", " 57 7\n")
    assert seen(tmp_path / "stat", before, after) == [None, 0.5]


def test_no_time_and_time_that_runs_backwards_say_nothing_wrong(tmp_path: Path) -> None:
    moments = (stat(100, 900), stat(100, 900), stat(150, 890), stat(0, 0))
    assert seen(tmp_path / "stat", *moments) == [None, None, 0.0, None]


@pytest.mark.parametrize("text", ["", "cpu\n", "cpu 1 2 3\n", "cpu a b c d e f g h\n", "\xff"])
def test_what_is_no_such_file_is_not_known(text: str, tmp_path: Path) -> None:
    assert seen(tmp_path / "stat", stat(1, 1), text, stat(2, 2)) == [None, None, None]


def test_a_machine_without_such_a_file_is_not_known(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "none")
    assert [machine.idle_share(), machine.idle_share()] == [None, None]


def test_after_forgetting_a_look_is_a_first_one(tmp_path: Path) -> None:
    file = tmp_path / "stat"
    file.write_text(stat(1, 1))
    machine = Machine(file)
    machine.idle_share()
    machine.forget()
    file.write_text(stat(2, 2))
    assert machine.idle_share() is None


def test_the_kernel_of_this_machine_is_understood_where_it_tells() -> None:
    machine = Machine()
    machine.idle_share()
    time.sleep(0.5)  # many of its ticks
    share = machine.idle_share()
    assert (share is not None) == Path("/proc/stat").exists()
    assert share is None or 0.0 <= share <= 1.0
