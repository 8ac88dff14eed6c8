"""A time of day that jumps, for all of Shadow's processes, while users are served."""

import os
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.chaos import assert_all_right, each_engine, numbered, settled, shadowed
from tests.support.numbered import ask
from tests.support.processes import ROOT, target
from tests.support.programs import needed

DAY = 86_400
JUMPS = (DAY, -30 * DAY, 3650 * DAY, -DAY / 24, 0)
ASKED = 300


class JumpingClock:
    """What moves the time of day of every process with its `environment`."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "jumping_clock.so"
        self._shift = folder / "shift"
        self.jump(0)
        source = ROOT / "tests" / "support" / "jumping_clock.c"
        command = ("gcc", "-shared", "-fPIC", "-O1", "-o", str(self.library), str(source), "-ldl")
        subprocess.run(command, check=True)

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "JUMPING_CLOCK": str(self._shift)}

    def jump(self, seconds: float) -> None:
        """Be so far from the real time at once; the file keeps its place, as it is mapped."""
        mode = "r+b" if self._shift.exists() else "wb"
        with self._shift.open(mode) as file:
            file.write(struct.pack("=q", int(seconds)))

    def said_by_python(self) -> float:
        done = subprocess.run(
            (sys.executable, "-c", "import time; print(time.time())"),
            capture_output=True,
            check=True,
            env={**os.environ, **self.environment},
        )
        return float(done.stdout)


@pytest.fixture
def clock(tmp_path: Path) -> JumpingClock:
    """A clock that is known to move; says so where there is none."""
    needed("gcc", "apt-get install gcc libc6-dev")
    found = JumpingClock(tmp_path)
    found.jump(3650 * DAY)
    assert found.said_by_python() > time.time() + 3000 * DAY
    found.jump(0)
    return found


@each_engine
def test_users_notice_nothing_and_the_sum_holds_when_the_clock_jumps(
    engine: str, clock: JumpingClock, tmp_path: Path
) -> None:
    with (
        numbered() as primary,
        target() as candidate,
        shadowed(engine, tmp_path, primary, candidate, environment=clock.environment) as shadow,
        ThreadPoolExecutor(1) as meanwhile,
    ):
        for process in (shadow.live(), *shadow.workers()):
            assert str(clock.library) in Path(f"/proc/{process}/maps").read_text()
        asking = meanwhile.submit(ask, shadow.port, range(ASKED), 4, 0.02)
        for jump in JUMPS:
            clock.jump(jump)
            time.sleep(0.3)
        assert_all_right(asking.result(), ASKED)
        found = settled(shadow)
        assert (found["captured"], found["compared"]) == (ASKED, ASKED)
