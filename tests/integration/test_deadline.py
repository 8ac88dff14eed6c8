"""A time limit that holds in any Python code, and nowhere else."""

import signal
import subprocess
import sys

import pytest

from shadow.deadline import Deadline
from shadow.diff.limits import DeadlineReachedError
from tests.integration.comparing.hostile import work


@pytest.mark.parametrize("harm", [b"deepdiff"])
def test_what_takes_too_long_is_interrupted(harm: bytes):
    deadline = Deadline(0.1)
    with pytest.raises(DeadlineReachedError, match=r"took more than 0\.1 s"), deadline():
        work("once", harm)
    with deadline():
        assert work("again", b"x")["verdict"] == "same"


def test_after_the_block_nothing_is_interrupted():
    deadline = Deadline(0.05)
    for _ in range(200):
        with deadline():
            pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_process_that_hangs_in_c_is_ended_by_the_kernel():
    program = """
from shadow.deadline import Deadline
with Deadline(0.1, most_cpu_seconds=0.5)():
    sum(range(10**14))
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGVTALRM
