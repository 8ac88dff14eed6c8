"""Starting the live process."""

import json
import socket
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def test_address_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        live = {
            "listen_host": "127.0.0.1",
            "listen_port": taken.getsockname()[1],
            "primary": "http://127.0.0.1:1",
        }
        config = json.dumps({"live": live, "policy": {}, "offer": "takes", "bug": False})
        command = (sys.executable, "-m", "tests.integration.capture.live_engine", config)
        ended = subprocess.run(command, capture_output=True, text=True, cwd=_ROOT, check=False)
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("shadow.errors.UnavailableError: cannot listen; free the address")
    assert last.endswith("address already in use")
