"""What the tests of examples/gates share: the files, the server, and an address of nobody."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.processes import ROOT, clean_environment, process

GATES = ROOT / "examples" / "gates"
PUBLIC_URL = "https://shadow.example.com"
"""Where the example files believe Shadow to be."""


@contextmanager
def web_process(store: str, *more: str) -> Iterator[str]:
    """Run `shadow web` and give its URL."""
    words = ("web", "--store", store, "--listen", "127.0.0.1:0", *more)
    with process(sys.executable, "-m", "shadow", *words, env=clean_environment()) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "serving" in line:
                yield line.split()[-1]
                return
        raise AssertionError("shadow web ended")


def replaced_in(text: str, replaced: dict[str, str]) -> str:
    """Replace parts of a text; each has to be there."""
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def yaml_of(name: str, replaced: dict[str, str] | None = None) -> Any:
    """A file of examples/gates as YAML reads it, with parts replaced."""
    return yaml.safe_load(replaced_in((GATES / name).read_text(), replaced or {}))


def program_folder(folder: Path) -> Path:
    """Make a folder for PATH that has `shadow`, as an installation would."""
    folder.mkdir()
    program = folder / "shadow"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shadow "$@"\n')
    program.chmod(0o755)
    return folder
