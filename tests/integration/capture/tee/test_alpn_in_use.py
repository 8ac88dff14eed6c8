"""HTTP/2 over TLS with clients and a server that are in use: curl, httpx and nginx."""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import PATIENCE_SECONDS, free_port
from tests.support.processes import accepts, until
from tests.support.programs import needed

LARGE = bytes(range(256)) * 2000
CONFIG = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  server {{ listen unix:{folder}/inner; return 200 "$content_length bytes"; }}
  server {{
    listen 127.0.0.1:{port} ssl {how};
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ root {folder}; }}
    location /upload {{ proxy_pass http://unix:{folder}/inner; }}
    location /hello {{ return 200 "$server_protocol $proxy_protocol_addr $request_uri"; }}
  }}
}}
"""


class Nginx:
    """A primary with TLS, which can be run in several ways one after the other."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.port = free_port()
        self._program = needed("nginx", "apt-get install nginx")
        self._folder = folder
        self._own = authority.certificate("localhost")
        (folder / "large").write_bytes(LARGE)

    @asynccontextmanager
    async def running(self, how: str) -> AsyncIterator[None]:
        config = self._folder / "nginx.conf"
        files = {"certificate": self._own.certificate, "key": self._own.key}
        config.write_text(CONFIG.format(folder=self._folder, port=self.port, how=how, **files))
        started = await asyncio.create_subprocess_exec(
            *(self._program, "-c", str(config), "-p", str(self._folder))
        )
        try:
            await asyncio.to_thread(until, lambda: accepts(self.port), "nginx to listen")
            yield
        finally:
            await _ended(started)


@pytest.fixture
def nginx(authority: Authority, tmp_path: Path) -> Nginx:
    return Nginx(authority, tmp_path)


@contextmanager
def relaying(authority: Authority, nginx: Nginx, **options: object) -> Iterator[Live]:
    own = authority.certificate("127.0.0.1")
    with live_process(
        primary="https://localhost",
        primary_ca=str(authority.ca),
        primary_port=nginx.port,
        certificate=str(own.certificate),
        key=str(own.key),
        policy={"unsafe": ("*",)},
        **options,
    ) as running:
        yield running


class Curl:
    """Asks, and knows how often."""

    def __init__(self, live: Live, authority: Authority) -> None:
        needed("curl", "apt-get install curl")
        self.asked = 0
        self._base = f"https://127.0.0.1:{live.port}"
        self._ca = str(authority.ca)

    async def get(self, path: str, *more: str) -> tuple[str, bytes]:
        """What was spoken, empty if there was no answer, and the answer's body."""
        self.asked += 1
        run = await asyncio.create_subprocess_exec(
            *("curl", "-sS", "--http2", "--cacert", self._ca, "-w", "%{stderr}%{json}", *more),
            *(self._base + path,),
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            body, told = await run.communicate()
        said = json.loads(told[told.index(b"{") :])
        return (said["http_version"] if said["response_code"] else ""), body

    async def until(self, version: str) -> None:
        """Ask again until this is spoken."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.get("/hello"))[0] != version:  # noqa: ASYNC110 - as it is learned
                await asyncio.sleep(0.05)


async def test_users_of_http_2_and_of_http_1_have_what_they_ask_for(
    authority: Authority, nginx: Nginx
) -> None:
    async with nginx.running("http2"):
        with relaying(authority, nginx) as live:
            curl = Curl(live, authority)
            await curl.until("2")
            assert await curl.get("/large") == ("2", LARGE)
            assert await curl.get("/upload", "-d", "x" * 100_000) == ("2", b"100000 bytes")
            assert await curl.get("/hello", "--http1.1") == ("1.1", b"HTTP/1.1  /hello")
            assert await curl.get("/hello", "--no-alpn") == ("1.1", b"HTTP/1.1  /hello")
            told = await live.settled(captured=curl.asked)
    found = {taken["target"]: taken for taken in told.taken}
    assert found["/large"]["body"].encode("latin-1") == LARGE
    assert found["/upload"]["request_body"] == "x" * 100_000
    assert found["/upload"]["body"] == "100000 bytes"
    assert not told.ended


async def test_many_requests_at_once_over_one_connection(
    authority: Authority, nginx: Nginx
) -> None:
    async with nginx.running("http2"):
        with relaying(authority, nginx) as live:
            curl = Curl(live, authority)
            await curl.until("2")
            before = curl.asked
            paths = [f"/hello?{number}" for number in range(300)]
            async with httpx.AsyncClient(
                base_url=f"https://127.0.0.1:{live.port}",
                verify=authority.client(),
                http2=True,
                trust_env=False,
                timeout=PATIENCE_SECONDS,
            ) as client:
                replies = []
                for some in range(0, 300, 20):
                    asking = (client.get(path) for path in paths[some : some + 20])
                    replies += await asyncio.gather(*asking)
            told = await live.settled(captured=before + 300)
    assert {reply.http_version for reply in replies} == {"HTTP/2"}
    assert [reply.text for reply in replies] == [f"HTTP/2.0  {path}" for path in paths]
    asked = [taken for taken in told.taken if "?" in taken["target"]]
    assert sorted(taken["target"] for taken in asked) == sorted(paths)
    assert all(taken["body"] == f"HTTP/2.0  {taken['target']}" for taken in asked)


async def test_users_are_served_on_when_the_primary_loses_http_2_and_has_it_again(
    authority: Authority, nginx: Nginx
) -> None:
    with relaying(authority, nginx) as live:
        curl = Curl(live, authority)
        async with nginx.running("http2"):
            await curl.until("2")
        failed = 0
        async with nginx.running(""):
            while (spoken := (await curl.get("/hello"))[0]) != "1.1":
                assert spoken == ""
                failed += 1
            assert [await curl.get("/hello") for _ in range(10)] == [
                ("1.1", b"HTTP/1.1  /hello")
            ] * 10
        assert failed <= 1
        async with nginx.running("http2"):
            await curl.until("2")
        told = await live.settled(captured=curl.asked)
    assert told.ended == Counter({"skipped:primary_failed": failed} if failed else {})


async def test_primary_is_told_of_users_and_that_nobody_asks_what_it_takes(
    authority: Authority, nginx: Nginx
) -> None:
    async with nginx.running("http2 proxy_protocol"):
        with relaying(authority, nginx, proxy_protocol=True) as live:
            curl = Curl(live, authority)
            await curl.until("2")
            assert await curl.get("/hello") == ("2", b"HTTP/2.0 127.0.0.1 /hello")
            assert len((await live.settled(captured=curl.asked)).taken) == curl.asked


async def _ended(process: Process) -> None:
    process.terminate()
    await process.wait()
