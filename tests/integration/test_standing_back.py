"""Workers and pages take what production leaves of the processor, whatever session they are in."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT

_NICENESS = 19
_AS_NOBODY = """
import ctypes, os
if not os.getuid():
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as whoever was started so may write to its own /proc
"""
_SAYS = """
from shadow.roles.standing_back import stand_back
import os
{before}
stand_back()
print(os.nice(0), flush=True)
input()
"""


def _standing_back(many: int = 1, *, leads: bool, before: str = "") -> list[tuple[int, str]]:
    """The niceness of so many processes that stand back at the same time, and their groups."""
    processes = [
        subprocess.Popen(
            (sys.executable, "-c", _SAYS.format(before=before)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=leads,
        )
        for _ in range(many)
    ]
    found = []
    for process in processes:
        with process:
            assert process.stdout is not None
            found.append((int(process.stdout.readline()), _group(process.pid)))
            process.communicate("\n")
    return found


def _group(process: int) -> str:
    """The group that the kernel shares the processor with; none where it has no such groups."""
    group = Path(f"/proc/{process}/autogroup")
    return group.read_text().strip() if group.exists() else ""


_STOOD_BACK = f" nice {_NICENESS}" if _group(os.getpid()) else ""


def test_a_session_of_its_own_stands_back_as_a_whole() -> None:
    ((niceness, group),) = _standing_back(leads=True)
    assert niceness == _NICENESS
    assert group.endswith(_STOOD_BACK)


def test_many_that_start_together_all_stand_back_without_being_root() -> None:
    found = _standing_back(4, leads=True, before=_AS_NOBODY)
    assert [niceness for niceness, _ in found] == [_NICENESS] * 4
    assert all(group.endswith(_STOOD_BACK) for _, group in found)


def test_somebody_elses_session_is_left_as_it_is() -> None:
    before = _group(os.getpid())
    ((niceness, group),) = _standing_back(leads=False)
    assert niceness == _NICENESS
    assert group == before == _group(os.getpid())


def test_where_the_group_cannot_be_told_to_it_stands_back_alone() -> None:
    elsewhere = (
        "from pathlib import Path\n"
        "import shadow.roles.standing_back as here\n"
        "here._AUTOGROUP = Path('/nowhere/autogroup')\n"
    )
    ((niceness, _),) = _standing_back(leads=True, before=elsewhere)
    assert niceness == _NICENESS
