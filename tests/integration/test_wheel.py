"""What is installed: the package with the files that it reads."""

import subprocess
import sys
import zipfile
from pathlib import Path

from shadow.capture.tee.built import is_compiled
from tests.support.processes import ROOT, clean_environment

_DATA = {".html", ".css", ".yaml", ".mako"}


def test_the_wheel_has_each_file_that_the_package_reads(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    files = {path for path in (ROOT / "shadow").rglob("*") if path.suffix in _DATA}
    assert files
    assert {str(path.relative_to(ROOT)) for path in files} <= held


def test_what_tests_start_is_what_they_import() -> None:
    asks = "from shadow.capture.tee.built import is_compiled; print(is_compiled())"
    command = (sys.executable, "-c", asks)
    told = subprocess.check_output(command, env=clean_environment(), text=True)
    assert told.strip() == str(is_compiled())
