"""Servers that are in use, as primaries; and what a user of theirs hears."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import utime
from pathlib import Path

from tests.integration.capture.peers import free_port, user
from tests.support.processes import accepts, process, until
from tests.support.programs import needed

PAGE = b"<p>hello \xff</p>\r\n" * 10_000
_NGINX = r"""
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  client_max_body_size 100k; gzip on; gzip_min_length 1; types {{ text/html html; }}
  server {{ listen unix:{folder}/inner; return 200 "$request_uri $content_length"; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 "$request\n$http_host\n$http_x_a\n$http_x_name\n$http_cookie"; }}
    location /files/ {{ root {folder}; }}
    location /upload {{
      proxy_pass http://unix:{folder}/inner; add_header X-Body $request_body always;
    }}
  }}
}}
"""
_DATE = re.compile(rb"(?<=\r\ndate: )[^\r]*", re.IGNORECASE)
_READ_BYTES = 2**16


@contextmanager
def _nginx(folder: Path) -> Iterator[int]:
    """Serves a page, uploads, and else says what it was asked."""
    port = free_port()
    program = needed("nginx", "apt-get install nginx")
    page = folder / "files" / "folder" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(PAGE)
    utime(page, (0, 0))
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port))
    with process(program, "-c", str(config), "-p", str(folder)):
        until(lambda: accepts(port), "nginx to listen")
        yield port


@contextmanager
def _uvicorn(folder: Path) -> Iterator[int]:
    """Says what it was asked."""
    port = free_port()
    words = ("--port", str(port), "--http", "h11", "--lifespan", "off", "--log-level", "critical")
    # How much of a head may be there without its end depends on how the network cuts.
    limit = ("--h11-max-incomplete-event-size", "1000000")
    app = "tests.support.echo_app:echo"
    with process(sys.executable, "-m", "uvicorn", app, *words, *limit):
        until(lambda: accepts(port), "uvicorn to listen")
        yield port


SERVERS: dict[str, Callable[[Path], AbstractContextManager[int]]] = {
    "nginx": _nginx,
    "uvicorn": _uvicorn,
}


async def heard(port: int, raw: bytes, *, ends: bool = False) -> tuple[bytes, str]:
    """What a user hears to the end and how that is; the day and the hour left out.

    The user says no more where it `ends`, and else waits for the server to end.
    """
    said = b""
    async with user(port) as (reader, writer):
        writer.write(raw)
        if ends:
            writer.write_eof()
        try:
            while piece := await reader.read(_READ_BYTES):
                said += piece
        except ConnectionResetError:
            return _dateless(said), "reset"
    return _dateless(said), "ended"


def _dateless(said: bytes) -> bytes:
    """An answer is given in the same second as another or in the next."""
    return _DATE.sub(b"", said)
