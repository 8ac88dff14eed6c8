"""HTTP/2 to the user, over TLS by ALPN and without TLS by prior knowledge."""

import asyncio
import shutil
from collections.abc import Iterator

import httpx
import pytest
from h2.events import TrailersReceived

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Connection,
    answers,
    chunked,
    grpc_like,
    h2_user,
    primary,
    user,
    whole,
)

MOST_MEGABYTES = 150


@pytest.fixture(scope="module")
def engine(authority: Authority) -> Iterator[Live]:
    own = authority.certificate("127.0.0.1")
    with live_process(certificate=str(own.certificate), key=str(own.key)) as running:
        yield running


@pytest.fixture(params=["h2", "h2c"])
def base(request: pytest.FixtureRequest, live: Live) -> str:
    scheme = {"h2": "https", "h2c": "http"}[request.param]
    return f"{scheme}://127.0.0.1:{live.port}"


@pytest.fixture
async def client(base: str, authority: Authority) -> httpx.AsyncClient:
    async with httpx.AsyncClient(
        base_url=base,
        verify=authority.client(),
        http1=base.startswith("https"),
        http2=True,
        trust_env=False,
        timeout=PATIENCE_SECONDS,
    ) as client:
        yield client


async def test_answer_reaches_the_user_over_http_2(live: Live, client: httpx.AsyncClient) -> None:
    answer = whole(b"ok", "Set-Cookie: a=1", "X-A: 1", "Set-Cookie: b=2", status="418 Teapot")
    async with primary(live.primary_port, answers(answer)):
        response = await client.get("/a?b=%20c")
    assert (response.http_version, response.status_code) == ("HTTP/2", 418)
    assert response.headers.raw == [
        (b"set-cookie", b"a=1"),
        (b"x-a", b"1"),
        (b"set-cookie", b"b=2"),
        (b"content-length", b"2"),
    ]
    assert response.content == b"ok"
    (taken,) = (await live.settled(captured=1)).taken
    assert taken["target"] == "/a?b=%20c"
    assert ["host", f"127.0.0.1:{live.port}"] in taken["request_headers"]


async def test_request_reaches_the_primary_as_http_1_with_the_users_host(
    live: Live, client: httpx.AsyncClient
) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))) as asked:
        await client.get("/x", headers={"x-user": "1"})
    (request,) = asked.requests
    assert request.startswith(b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % live.port)
    assert b"\r\nx-user: 1\r\n" in request


async def test_upload_of_unknown_length_is_chunked_for_the_primary(
    live: Live, client: httpx.AsyncClient
) -> None:
    async def parts():
        yield b"one"
        yield b"two"

    async with primary(live.primary_port, answers(whole(b"ok"))) as asked:
        assert (await client.post("/", content=parts())).content == b"ok"
    (request,) = asked.requests
    assert b"transfer-encoding: chunked\r\n" in request
    assert request.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_trailers_that_http_1_has_no_place_for_are_let_go(live: Live) -> None:
    async with (
        primary(live.primary_port, answers(whole(b"ok"))) as asked,
        h2_user(live.port) as asking,
    ):
        asking.post(b"body")
        assert await asking.data() == b"ok"
    (request,) = asked.requests
    assert request.endswith(b"\r\n\r\nbody")


async def test_request_that_mitmproxy_crashes_on_is_let_go(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.reader.read()

    async with primary(live.primary_port, behave), h2_user(live.port) as asking:
        asking.post(b"body", ("transfer-encoding", "odd"))
        with pytest.raises(ConnectionError):  # noqa: PT012 - any of them may be the last
            while True:
                await asking.events()
    assert (await live.settled(captured=1)).ended == {"skipped:method": 1}


async def test_chunks_and_trailers_do_not_hang(live: Live, client: httpx.AsyncClient) -> None:
    answer = chunked(b"one", b"two", trailers="X-Checksum: 1\r\n")
    async with primary(live.primary_port, answers(answer)):
        assert (await client.get("/")).content == b"onetwo"


async def test_interim_answer_does_not_hang(live: Live, client: httpx.AsyncClient) -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(b"ok")
    async with primary(live.primary_port, answers(answer)):
        assert (await client.get("/")).content == b"ok"


async def test_expect_does_not_hang(live: Live, client: httpx.AsyncClient) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))):
        sent = await client.post("/", content=b"body", headers={"expect": "100-continue"})
    assert sent.content == b"ok"


async def test_8_event_streams_on_one_connection_all_get_their_first_event(
    live: Live, client: httpx.AsyncClient
) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        await peer.reader.read()

    async def first_event(all_there: asyncio.Barrier) -> bytes:
        async with client.stream("GET", "/events") as response:
            event = await anext(response.aiter_raw())
            await all_there.wait()
            return event

    everyone = asyncio.Barrier(8)
    async with primary(live.primary_port, behave):
        events = await asyncio.gather(*(first_event(everyone) for _ in range(8)))
    assert events == [b"data: 1\n\n"] * 8
    assert (await live.settled(captured=8)).ended == {"skipped:stream": 8}


async def test_cancelled_answer_is_counted_as_the_users_doing(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await peer.reader.read()

    async with primary(live.primary_port, behave), h2_user(live.port) as asking:
        stream = asking.get("/")
        assert await asking.data() == b"half"
        asking.cancel(stream)
        assert (await live.settled(captured=1)).ended == {"skipped:client_left": 1}


async def test_user_who_does_not_read_slows_the_primary_instead_of_filling_memory(
    live: Live,
) -> None:
    megabyte = b"x" * 1024 * 1024
    sent = 0
    stuck = asyncio.Event()

    async def behave(peer: Connection) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 300:
            try:
                async with asyncio.timeout(2):
                    await peer.send(megabyte)
            except TimeoutError:
                break
            sent += 1
        stuck.set()

    async with primary(live.primary_port, behave), h2_user(live.port) as asking:
        asking.get("/big")
        await stuck.wait()
        assert sent < 300
    assert live.resident_megabytes < MOST_MEGABYTES


async def test_connection_goes_on_after_the_primary_refused(
    live: Live, client: httpx.AsyncClient
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/")
    async with primary(live.primary_port, answers(whole(b"ok"))):
        assert (await client.get("/")).content == b"ok"
    told = await live.settled(captured=2)
    assert (len(told.taken), told.ended) == (1, {"skipped:primary_failed": 1})


async def test_primary_that_fails_resets_one_answer_and_no_other(
    live: Live, client: httpx.AsyncClient
) -> None:
    failed = asyncio.Event()

    async def behave(peer: Connection) -> None:
        if b"/bad" in await peer.request():
            return
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
        await failed.wait()
        await peer.send(b"lf")

    async with primary(live.primary_port, behave):
        good = asyncio.create_task(client.get("/good"))
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/bad")
        failed.set()
        assert (await good).content == b"half"


async def test_5_megabytes_pass_both_ways(live: Live, client: httpx.AsyncClient) -> None:
    body = bytes(range(256)) * 20_000

    async def behave(peer: Connection) -> None:
        sent = (await peer.request()).partition(b"\r\n\r\n")[2]
        await peer.send(whole(sent))

    async with primary(live.primary_port, behave):
        assert (await client.post("/", content=body)).content == body


async def test_http_2_primary_is_spoken_to_in_http_2_with_trailers(authority: Authority) -> None:
    own = authority.certificate("127.0.0.1")
    tls = authority.certificate("localhost").server("h2", "http/1.1")
    wants = authority.client()
    wants.set_alpn_protocols(["h2"])
    with live_process(
        primary="https://localhost",
        primary_ca=str(authority.ca),
        certificate=str(own.certificate),
        key=str(own.key),
    ) as running:
        async with (
            primary(running.primary_port, grpc_like, tls) as asked,
            h2_user(running.port, wants) as asking,
        ):
            asking.get("/one")
            happened = [event for _ in range(2) for event in await asking.events()]
            while not any(isinstance(event, TrailersReceived) for event in happened):
                happened += await asking.events()
        (taken,) = (await running.settled(captured=1)).taken
    trailers = next(event for event in happened if isinstance(event, TrailersReceived))
    assert [tuple(header) for header in trailers.headers] == [(b"grpc-status", b"0")]
    assert (taken["body"], taken["headers"]) == ("/one", [["x-a", "1"]])
    assert asked.connections == 1


async def test_preface_in_pieces_is_known_as_http_2(live: Live) -> None:
    async with user(live.port) as (reader, writer):
        for piece in (b"P", b"RI * HTT", b"P/2.0\r\n\r\nSM\r\n\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        writer.write(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        settings = await reader.readexactly(9)
    assert settings[3] == 4


async def test_curl_speaks_http_2(live: Live, authority: Authority) -> None:
    curl = shutil.which("curl")
    assert curl, "install curl: a user's real HTTP/2 client"
    async with primary(live.primary_port, answers(whole(b"ok"))):
        asked = await asyncio.create_subprocess_exec(
            curl,
            *("--silent", "--noproxy", "*", "--http2", "--cacert", str(authority.ca)),
            *("--write-out", " %{http_version}", f"https://127.0.0.1:{live.port}/"),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asked.communicate()
    assert out == b"ok 2"
