"""HTTP/2 over TLS: users may choose it while the primary takes it; both sides speak the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Connection,
    get,
    grpc_like,
    h2_user,
    primary,
    user,
    whole,
)
from tests.integration.capture.tee.agreeing import (
    BOTH,
    Speaks,
    agreed_on,
    asked,
    chosen,
    may_speak,
    relaying,
    until_chosen,
)
from tests.support.http2_bytes import PREFACE, SETTINGS, Speaker


async def test_user_gets_http_2_from_a_primary_that_takes_it(
    authority: Authority, speaks: Speaks
) -> None:
    async with speaks.running(*BOTH):
        with relaying(authority, speaks) as live:
            await until_chosen(live, authority, "h2")
            async with browser(authority) as client:
                replies = await asyncio.gather(
                    *(client.get(f"https://127.0.0.1:{live.port}/{n}") for n in range(30))
                )
            told = await live.settled(captured=30)
    assert [(r.http_version, r.text) for r in replies] == [("HTTP/2", f"/{n}") for n in range(30)]
    assert sorted(t["target"] for t in told.taken) == sorted(f"/{n}" for n in range(30))
    assert all(t["target"] == t["body"] for t in told.taken)
    assert set(speaks.agreed) == {"h2"}


@pytest.mark.parametrize("alpn", [(), ("http/1.1",), ("http/1.1", "unheard-of")])
async def test_user_of_http_1_has_the_primary_agree_on_that(
    authority: Authority, speaks: Speaks, alpn: tuple[str, ...]
) -> None:
    async with speaks.running(*BOTH) as running:
        with relaying(authority, speaks) as live:
            await until_chosen(live, authority, "h2")
            assert await asked(live, may_speak(authority, *alpn)) == whole(b"ok")
            assert len((await live.settled(captured=1)).taken) == 1
    assert (speaks.agreed, running.requests) == (["http/1.1"], [get()])


@pytest.mark.parametrize("alpn", [(), ("http/1.1",)])
async def test_primary_that_does_not_take_http_2_is_asked_in_http_1(
    authority: Authority, speaks: Speaks, alpn: tuple[str, ...]
) -> None:
    async with speaks.running(*alpn) as running:
        with relaying(authority, speaks) as live:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not running.connections:  # noqa: ASYNC110 - by the tee of its own accord
                    await asyncio.sleep(0.01)
            async with browser(authority) as client:
                reply = await client.get(f"https://127.0.0.1:{live.port}/")
            assert (reply.http_version, reply.text) == ("HTTP/1.1", "ok")
            assert len((await live.settled(captured=1)).taken) == 1


async def test_user_may_come_before_it_is_known_what_the_primary_takes(
    authority: Authority, speaks: Speaks
) -> None:
    with relaying(authority, speaks) as live:
        assert await chosen(live, authority) == "http/1.1"
        async with speaks.running(*BOTH):
            await until_chosen(live, authority, "h2")


async def test_http_2_is_not_offered_against_the_settings(
    authority: Authority, speaks: Speaks
) -> None:
    async with speaks.running(*BOTH) as running:
        with relaying(authority, speaks, http2="never") as live:
            tls = may_speak(authority)
            async with h2_user(live.port, tls) as asking:  # from which it could be learned
                asking.get("/known")
                assert await asking.data() == b"/known"
            assert await chosen(live, authority) == "http/1.1"
    assert running.connections == 1


async def test_primary_without_tls_gets_http_2_when_the_operator_knows_that_it_speaks_it(
    authority: Authority, speaks: Speaks
) -> None:
    options = {"primary": "http://127.0.0.1", "http2": "prior_knowledge"}
    with relaying(authority, speaks, **options) as live:
        async with primary(speaks.port, grpc_like), browser(authority) as client:
            reply = await client.get(f"https://127.0.0.1:{live.port}/a")
        told = await live.settled(captured=1)
    assert (reply.http_version, reply.text) == ("HTTP/2", "/a")
    assert [t["body"] for t in told.taken] == ["/a"]


@asynccontextmanager
async def breaking_off(speaks: Speaks) -> AsyncIterator[None]:
    """Instead of a primary with TLS somebody who hangs up."""

    async def behave(peer: Connection) -> None:
        await peer.reader.read(1)

    async with primary(speaks.port, behave):
        yield


async def test_primary_that_loses_http_2_and_has_it_again(
    authority: Authority, speaks: Speaks
) -> None:
    tls = may_speak(authority, *BOTH)
    with relaying(authority, speaks) as live:
        async with speaks.running(*BOTH):
            await until_chosen(live, authority, "h2")
            late = await asyncio.open_connection("127.0.0.1", live.port, ssl=tls)
            assert agreed_on(late[1]) == "h2"
        async with speaks.running("http/1.1"):
            assert await received_after(PREFACE + SETTINGS, *late) == b""
            assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}
            assert await chosen(live, authority) == "http/1.1"
            assert await asked(live, tls) == whole(b"ok")
            assert (await live.settled(captured=2)).ended == {"skipped:primary_failed": 1}
        live.anew()
        async with speaks.running(*BOTH), browser(authority) as client:
            await until_chosen(live, authority, "h2")
            assert (await client.get(f"https://127.0.0.1:{live.port}/b")).text == "/b"
            assert len((await live.settled(captured=1)).taken) == 1


async def test_primary_that_breaks_off_instead_of_taking_http_2(
    authority: Authority, speaks: Speaks
) -> None:
    with relaying(authority, speaks) as live:
        async with speaks.running("h2"):
            await until_chosen(live, authority, "h2")
            late = await asyncio.open_connection(
                "127.0.0.1", live.port, ssl=may_speak(authority, *BOTH)
            )
        async with breaking_off(speaks):
            said = PREFACE + SETTINGS + Speaker().get(1, "/a") + Speaker().get(3, "/b")
            assert await received_after(said, *late) == b""
            assert (await live.settled(captured=2)).ended == {"skipped:primary_failed": 2}
            assert await chosen(live, authority) == "http/1.1"


async def test_loss_of_http_2_is_noticed_though_nobody_asks(
    authority: Authority, speaks: Speaks
) -> None:
    with relaying(authority, speaks) as live:
        async with speaks.running(*BOTH):
            await until_chosen(live, authority, "h2")
        async with speaks.running("http/1.1"):
            await until_chosen(live, authority, "http/1.1")
    assert speaks.agreed == []


async def test_users_without_tls_are_told_apart_by_their_first_bytes(
    authority: Authority, speaks: Speaks
) -> None:
    async with speaks.running(*BOTH) as running:
        with relaying(authority, speaks, certificate=None, key=None) as live:
            async with h2_user(live.port) as asking:
                asking.get("/a")
                assert await asking.data() == b"/a"
            assert await asked(live) == whole(b"ok")
            told = await live.settled(captured=2)
    assert sorted(t["body"] for t in told.taken) == ["/a", "ok"]
    assert (speaks.agreed, running.requests) == (["h2", "http/1.1"], [get()])


@pytest.mark.parametrize("first", [get(method="PROPFIND"), get(method="PRI")])
async def test_first_bytes_may_come_one_by_one(
    authority: Authority, speaks: Speaks, first: bytes
) -> None:
    async with speaks.running(*BOTH) as running:
        with relaying(authority, speaks, policy={"unsafe": ("*",)}) as live:
            async with user(live.port, may_speak(authority)) as (reader, writer):
                for at in range(len(first)):
                    writer.write(first[at : at + 1])
                    await asyncio.sleep(0)
                assert await reader.read() == whole(b"ok")
            assert len((await live.settled(captured=1)).taken) == 1
    assert running.requests == [first]


async def test_user_who_says_less_than_what_tells_is_answered_all_the_same(
    authority: Authority, speaks: Speaks
) -> None:
    async def behave(peer: Connection) -> None:
        assert await peer.reader.readexactly(3) == b"PRI"
        await peer.send(whole(b"what?"))

    tls = authority.certificate("localhost").server()
    with relaying(authority, speaks, certificate=None, key=None) as live:
        async with primary(speaks.port, behave, tls), user(live.port) as (reader, writer):
            writer.write(b"PRI")
            writer.write_eof()
            assert await reader.read() == whole(b"what?")


async def test_user_of_http_2_without_tls_is_let_go_by_a_primary_that_does_not_take_it(
    authority: Authority, speaks: Speaks
) -> None:
    async with speaks.running("http/1.1") as running:
        with relaying(authority, speaks, certificate=None, key=None) as live:
            reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
            said = PREFACE + SETTINGS + Speaker().get(1, "/")
            assert await received_after(said, reader, writer) == b""
            assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}
    assert running.requests == []


def browser(authority: Authority) -> httpx.AsyncClient:
    """A client that may speak both, HTTP/2 first."""
    return httpx.AsyncClient(
        verify=authority.client(), http2=True, trust_env=False, timeout=PATIENCE_SECONDS
    )


async def received_after(
    said: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes:
    """All that comes until the connection ends, which it has to do in order."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        writer.write(said)
        try:
            return await reader.read()
        finally:
            writer.close()
