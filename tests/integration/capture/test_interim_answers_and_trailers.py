"""What mitmproxy alone hangs on: interim answers, `Expect`, and trailers of chunked bodies."""

import asyncio

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import (
    Connection,
    answers,
    ask,
    chunked,
    get,
    post,
    primary,
    user,
    whole,
)

INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\nX-Wait: 1\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
    "several": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
async def test_interim_answer_reaches_the_user_before_the_final_one(
    live: Live, interim: bytes
) -> None:
    seen = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(interim)
        await seen.wait()
        await peer.send(whole(b"final"))

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(get())
        assert await reader.readexactly(len(interim)) == interim
        seen.set()
        assert await reader.read() == whole(b"final")
    (taken,) = (await live.settled(captured=1)).taken
    assert (taken["status"], taken["body"]) == (200, "final")


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
async def test_interim_answer_in_one_piece_with_the_final_one(live: Live, interim: bytes) -> None:
    async with primary(live.primary_port, answers(interim + whole(b"final"))):
        assert await ask(live.port, get()) == interim + whole(b"final")


async def test_user_of_http_1_0_gets_no_interim_answer(live: Live) -> None:
    interim = INTERIM["103"]
    async with primary(live.primary_port, answers(interim + whole(b"final"))):
        assert await ask(live.port, get(version="1.0")) == whole(b"final")


async def test_connection_is_used_again_after_an_interim_answer(live: Live) -> None:
    answer = INTERIM["102"] + whole(b"final")
    async with primary(live.primary_port, answers(answer)) as asked:
        twice = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + get()
        assert await ask(live.port, twice) == answer + answer
    assert asked.connections == 1


async def test_the_primary_decides_whether_an_upload_continues(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        assert b"\r\nExpect: 100-continue \r\n" in await peer.head()
        await peer.send(INTERIM["100"])
        assert await peer.reader.readexactly(4) == b"body"
        await peer.send(whole(b"stored"))

    head = get("/", "Expect: 100-continue", "Content-Length: 4", method="PUT")
    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        writer.write(head)
        assert await reader.readexactly(len(INTERIM["100"])) == INTERIM["100"]
        writer.write(b"body")
        assert await reader.read() == whole(b"stored")
    await live.settled(captured=1)


async def test_the_primary_may_refuse_an_upload_before_it_begins(live: Live) -> None:
    refusal = whole(b"no", "Connection: close", status="417 Expectation Failed")

    async def behave(peer: Connection) -> None:
        await peer.head()
        await peer.send(refusal)

    head = get("/", "Expect: 100-continue", "Content-Length: 4", method="PUT")
    async with primary(live.primary_port, behave):
        assert await ask(live.port, head) == refusal
    await live.settled(captured=1)


async def test_trailers_of_an_answer_reach_the_user(live: Live) -> None:
    answer = chunked(b"one", b"two", trailers="X-Checksum: 1\r\nx-Odd: 2\r\n")
    async with primary(live.primary_port, answers(answer)):
        assert await ask(live.port, get()) == answer
    (taken,) = (await live.settled(captured=1)).taken
    assert taken["body"] == "onetwo"


async def test_trailers_of_an_upload_reach_the_primary(live: Live) -> None:
    head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    upload = chunked(b"one", b"two", trailers="X-Checksum: 1\r\n", head=head)
    async with primary(live.primary_port, answers(whole(b"ok"))) as asked:
        assert await ask(live.port, upload) == whole(b"ok")
    assert asked.requests == [upload]
    await live.settled(captured=1)


async def test_connection_is_used_again_after_trailers(live: Live) -> None:
    answer = chunked(b"one", trailers="X-Checksum: 1\r\n")
    async with primary(live.primary_port, answers(answer)) as asked:
        twice = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + get()
        assert await ask(live.port, twice) == answer + answer
    assert asked.connections == 1


async def test_invalid_trailers_end_the_answer(live: Live) -> None:
    async with primary(live.primary_port, answers(chunked(b"one", trailers="no colon\r\n"))):
        assert (await ask(live.port, get())).endswith(b"3\r\none\r\n")
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_bodiless_answer_does_not_disturb_the_next_one(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")
        await peer.request()
        await peer.send(whole(b"second"))

    async with primary(live.primary_port, behave):
        through = await ask(live.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + get())
    assert through.endswith(b"chunked\r\n\r\n" + whole(b"second"))


async def test_upload_with_expect_and_http_1_0_is_relayed(live: Live) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))):
        upload = post(b"body", "Expect: 100-continue").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        assert await ask(live.port, upload) == whole(b"ok")
