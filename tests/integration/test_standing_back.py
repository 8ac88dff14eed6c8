"""Workers and pages take what production leaves of the processor, whatever session they are in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

_NICENESS = 19
_SAYS = (
    "from shadow.roles.standing_back import stand_back; stand_back(); "
    "import os; print(os.nice(0), flush=True); input()"
)
_GROUPED = Path("/proc/self/autogroup").exists()


def _standing_back(*, leads: bool) -> tuple[int, str, str]:
    """The niceness of a process that stands back, its group then, and its parent's group."""
    with subprocess.Popen(
        (sys.executable, "-c", _SAYS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=leads,
    ) as process:
        assert process.stdout is not None
        niceness = int(process.stdout.readline())
        groups = (_group(process.pid), _group(os.getpid())) if _GROUPED else ("", "")
        process.communicate("\n")
    return niceness, *groups


def _group(process: int) -> str:
    return Path(f"/proc/{process}/autogroup").read_text().strip()


def test_it_is_as_nice_as_can_be() -> None:
    assert _standing_back(leads=False)[0] == _NICENESS


@pytest.mark.skipif(not _GROUPED, reason="this kernel shares the processor by process alone")
def test_a_session_of_its_own_stands_back_as_a_whole() -> None:
    _, own, _ = _standing_back(leads=True)
    assert own.endswith(f" nice {_NICENESS}")


@pytest.mark.skipif(not _GROUPED, reason="this kernel shares the processor by process alone")
def test_somebody_elses_session_is_left_as_it_is() -> None:
    before = _group(os.getpid())
    _, own, parents = _standing_back(leads=False)
    assert own == parents == before
