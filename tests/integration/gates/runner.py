"""A CI system's shell: runs what a file says, in a folder of its own, with `shadow` on the path."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.gates import program_folder
from tests.support.processes import clean_environment

SHORT = ("--wait 30m", "--wait 1s")
"""Nothing in these tests changes while a gate waits."""

AWAY = "sqlite:////nowhere/shadow.db"


@dataclass(slots=True)
class Runner:
    """`folder` is the checkout; what was printed is kept."""

    folder: Path
    store: str
    printed: str = ""
    _path: str = field(init=False)

    def __post_init__(self) -> None:
        self._path = os.pathsep.join((str(program_folder(self.folder / "bin")), os.environ["PATH"]))

    def run(self, script: str, shell: str = "bash -e", **variables: str) -> int:
        """Run a script and return its exit code."""
        environment = {
            **clean_environment(),
            "PATH": self._path,
            "SHADOW_STORE": self.store,
            **variables,
        }
        done = subprocess.run(
            (*shell.split(), "-c", script.replace(*SHORT)),
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.printed += done.stdout
        return done.returncode
