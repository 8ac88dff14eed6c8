"""Connections that carry many requests."""

import asyncio

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.peers import Connection, answers, ask, primary, user, whole


async def test_200_requests_pass_on_one_connection(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.split()[1]))

    async with primary(live.primary_port, behave) as asked, user(live.port) as (reader, writer):
        for n in range(200):
            writer.write(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n)
            answer = whole(b"/%d" % n)
            assert await reader.readexactly(len(answer)) == answer
    assert asked.connections == 1
    taken = (await live.settled(captured=200)).taken
    assert [t["target"] for t in taken] == [f"/{n}" for n in range(200)]
    assert len({t["id"] for t in taken}) == 200


async def test_next_request_works_after_the_primary_closed_an_idle_connection(live: Live) -> None:
    closed = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(whole(b"ok"))
        if not closed.is_set():
            peer.writer.write_eof()
            assert await peer.reader.read() == b""
            closed.set()

    async with primary(live.primary_port, behave) as asked, user(live.port) as (reader, writer):
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await reader.readexactly(len(whole(b"ok"))) == whole(b"ok")
            await closed.wait()
    assert asked.connections == 2
    assert len((await live.settled(captured=2)).taken) == 2


async def test_100_users_at_once_get_their_own_answers(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.split()[1] * 100))

    async def ask_often(name: int) -> None:
        async with user(live.port) as (reader, writer):
            for n in range(5):
                target = b"/%d/%d" % (name, n)
                writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target)
                answer = whole(target * 100)
                assert await reader.readexactly(len(answer)) == answer

    async with primary(live.primary_port, behave):
        await asyncio.gather(*(ask_often(name) for name in range(100)))
    assert len((await live.settled(captured=500)).taken) == 500


async def test_empty_lines_between_requests_do_no_harm(live: Live) -> None:
    async with (
        primary(live.primary_port, answers(whole(b"ok"))),
        user(live.port) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        twice = whole(b"ok") * 2
        assert await reader.readexactly(len(twice)) == twice


@pytest.mark.parametrize("word", ["close", "Close", "CLOSE, x-other"])
async def test_connection_ends_after_the_answer_where_the_user_says_so(
    live: Live, word: str
) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))):
        request = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: {word}\r\n\r\n".encode()
        assert await ask(live.port, request) == whole(b"ok")


@pytest.mark.parametrize("word", ["close", "Close"])
async def test_connection_ends_after_the_answer_where_the_primary_says_so(
    live: Live, word: str
) -> None:
    answer = whole(b"ok", f"Connection: {word}")
    async with primary(live.primary_port, answers(answer)):
        assert await ask(live.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == answer


async def test_bytes_behind_an_answer_are_not_taken_for_the_next_one(live: Live) -> None:
    async def behave(peer: Connection) -> None:
        while raw := await peer.request():
            await peer.send(whole(raw.split()[1]) + b"HTTP/1.1 200 OK\r\n\r\nsmuggled")

    async with primary(live.primary_port, behave), user(live.port) as (reader, writer):
        for target in (b"/1", b"/2"):
            writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target)
            assert await reader.readexactly(len(whole(target))) == whole(target)
