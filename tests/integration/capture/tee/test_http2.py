"""HTTP/2 by prior knowledge: the same bytes to a primary that speaks it, and what is captured."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Connection,
    free_port,
    grpc_like,
    h2_user,
    primary,
    user,
    whole,
)
from tests.integration.capture.test_drain import refuses
from tests.support.http2_bytes import ACK, PREFACE, SETTINGS, Speaker, data, goes_away
from tests.support.processes import accepts, until
from tests.support.programs import needed

CONFIG = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body;
  server {{
    listen 127.0.0.1:{port} http2;
    location / {{ root {folder}; }}
    location /hello {{ return 200 "hello $http_cookie"; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Live]:
    with live_process(policy={"unsafe": ("*",)}) as running:
        yield running


async def test_bytes_are_the_same_in_both_directions(live: Live) -> None:
    speaks, says = Speaker(), Speaker()
    sent = PREFACE + SETTINGS + speaks.get(1, "/a") + b"\0\0\3\xbe\0\0\0\0\1odd"
    sent += speaks.post(3, "/b") + data(3, b"body", padding=9, ends=True)
    answer = SETTINGS + ACK + says.says(3) + data(3, b"3", padding=0, ends=True)
    answer += says.says(1, ("x-a", "1")) + data(1, b"1", ends=True) + goes_away(3)

    async def behave(peer: Connection) -> None:
        assert await peer.reader.readexactly(len(sent)) == sent
        await peer.send(answer)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        for at in range(0, len(sent), 11):
            writer.write(sent[at : at + 11])
            await asyncio.sleep(0)
        assert await reader.read() == answer
    told = await live.settled(captured=2)
    found = {t["target"]: (t["request_body"], t["body"]) for t in told.taken}
    assert found == {"/a": ("", "1"), "/b": ("body", "3")}


async def test_many_streams_at_once_and_their_trailers(live: Live) -> None:
    async with primary(live.primary_port, grpc_like), h2_user(live.port) as asking:
        for number in range(50):
            asking.get(f"/{number:02}")
        received = b""
        while len(received) < 150:
            received += await asking.data()
    told = await live.settled(captured=50)
    assert sorted(t["body"] for t in told.taken) == [f"/{number:02}" for number in range(50)]
    assert all(t["target"] == t["body"] for t in told.taken)


async def test_user_who_cancels_one_answer_gets_the_others(live: Live) -> None:
    held = asyncio.Event()

    async def behave(peer: Connection) -> None:
        says = Speaker()
        await peer.send(SETTINGS)
        await peer.reader.read(65536)
        await held.wait()
        await peer.send(ACK + says.says(3) + data(3, b"ok", ends=True))
        while await peer.reader.read(65536):
            pass

    async with primary(live.primary_port, behave), h2_user(live.port) as asking:
        first = asking.get("/1")
        asking.get("/3")
        asking.cancel(first)
        held.set()
        assert await asking.data() == b"ok"
    told = await live.settled(captured=2)
    assert [t["target"] for t in told.taken] == ["/3"]
    assert told.ended == {"skipped:client_left": 1}


async def test_primary_that_speaks_http_1_is_heard_as_it_is(live: Live) -> None:
    refusal = whole(b"what?", "Connection: close", status="400 Bad Request")

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(refusal)

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(PREFACE + SETTINGS + Speaker().get(1, "/"))
        assert await reader.read() == refusal
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}


async def test_answers_under_way_are_finished_when_the_process_is_to_end() -> None:
    asked, ending = asyncio.Event(), asyncio.Event()

    async def behave(peer: Connection) -> None:
        says = Speaker()
        await peer.send(SETTINGS)
        await peer.reader.read(65536)
        await peer.send(ACK + says.says(1) + data(1, b"o"))
        asked.set()
        await ending.wait()
        await peer.send(data(1, b"k", ends=True))
        await peer.reader.read()

    with live_process() as live:
        async with primary(live.primary_port, behave), h2_user(live.port) as asking:
            asking.get("/")
            await asked.wait()
            assert await asking.data() == b"o"
            live.terminate()
            await refuses(live)
            ending.set()
            assert await asking.data() == b"k"
            code, told = await live.stopped()
    assert (code, [taken["body"] for taken in told.taken], told.ended) == (0, ["ok"], {})


async def test_clients_and_a_server_that_are_in_use(tmp_path: Path) -> None:
    program = needed("nginx", "apt-get install nginx")
    needed("curl", "apt-get install curl")
    port = free_port()
    content = bytes(range(256)) * 2000
    (tmp_path / "large").write_bytes(content)
    config = tmp_path / "nginx.conf"
    config.write_text(CONFIG.format(folder=tmp_path, port=port))
    policy = {"unsafe": ("*",), "max_body_bytes": 1_000_000}
    with live_process(policy=policy, primary_port=port) as live:
        nginx = await asyncio.create_subprocess_exec(
            *(program, "-c", str(config), "-p", str(tmp_path))
        )
        try:
            await asyncio.to_thread(until, lambda: accepts(port), "nginx to listen")
            base = f"http://127.0.0.1:{live.port}"
            assert await curl("-b", "a=1; b=2", f"{base}/hello?a=b") == b"hello a=1; b=2"
            async with httpx.AsyncClient(http1=False, http2=True, trust_env=False) as client:
                large, missing = await asyncio.gather(
                    *(client.get(f"{base}/{path}") for path in ("large", "missing"))
                )
            assert (large.content, missing.status_code) == (content, 404)
            told = await live.settled(captured=3)
        finally:
            nginx.terminate()
            await nginx.wait()
    found = {taken["target"]: taken for taken in told.taken}
    assert found["/large"]["body"].encode("latin-1") == content
    hello = found["/hello?a=b"]
    assert (hello["status"], hello["body"]) == (200, "hello a=1; b=2")
    assert hello["request_headers"][0] == ["host", f"127.0.0.1:{live.port}"]
    assert found["/missing"]["status"] == 404


async def curl(*arguments: str) -> bytes:
    """What curl gets; each time on a connection of its own, as some versions fail on a kept one."""
    run = await asyncio.create_subprocess_exec(
        *("curl", "-sS", "--http2-prior-knowledge", *arguments), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        received, _ = await run.communicate()
    return received
