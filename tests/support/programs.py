"""Programs that tests and benchmarks run and that a machine may not have."""

import os
import shutil
import sys
from pathlib import Path

import pytest


def program(name: str) -> str | None:
    """Where a program is: beside Python, as wheels put it there, or where the system has it."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name, path=_search_path())


def needed(name: str, how: str) -> str:
    """Find a program; without it a test fails in CI and is left out elsewhere, saying so."""
    found = program(name)
    if found is None:
        message = f"{name} is not installed, so what it shows is not tested: {how}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def _search_path() -> str:
    """Debian keeps servers where only root looks for programs."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))
