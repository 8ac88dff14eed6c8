"""`shadow web` over a store, in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def served(store: str) -> Iterator[str]:
    """Serve the store at this URL, and give the address that pages and API are at."""
    words = ("-m", "shadow", "web", "--store", store, "--listen", "127.0.0.1:0")
    server = subprocess.Popen((sys.executable, *words), stdout=subprocess.PIPE, text=True)
    try:
        yield (server.stdout.readline() if server.stdout else "").split()[-1]
    finally:
        server.terminate()
        server.wait()
