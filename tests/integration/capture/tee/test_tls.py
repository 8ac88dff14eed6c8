"""TLS, as of mitmproxy, and what ends over TLS."""

import asyncio
import ssl
from collections.abc import Iterator

import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import Connection, answers, ask, get, primary, user, whole
from tests.integration.capture.test_law_1_failures import reset
from tests.integration.capture.test_tls import *  # noqa: F403


@pytest.fixture(scope="module")
def to_tls(authority: Authority) -> Iterator[Live]:
    """Users without TLS, a primary with it."""
    with live_process(primary="https://localhost", primary_ca=str(authority.ca)) as running:
        yield running


@pytest.fixture(scope="module")
def from_tls(authority: Authority) -> Iterator[Live]:
    """Users with TLS, a primary without it."""
    own = authority.certificate("shop.example")
    with live_process(certificate=str(own.certificate), key=str(own.key)) as running:
        yield running


async def test_users_who_may_speak_http_2_are_asked_for_http_1(
    from_tls: Live, authority: Authority
) -> None:
    tls = authority.client()
    tls.set_alpn_protocols(["h2", "http/1.1"])
    async with (
        primary(from_tls.primary_port, answers(whole(b"ok"))),
        user(from_tls.port, tls, server_hostname="shop.example") as (reader, writer),
    ):
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        writer.write(get())
        assert await reader.read() == whole(b"ok")


async def test_answer_until_close_ends_as_tls_ends(from_tls: Live, authority: Authority) -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"all" * 100_000
    async with (
        primary(from_tls.primary_port, answers(answer)),
        user(from_tls.port, authority.client(), server_hostname="shop.example") as (reader, writer),
    ):
        writer.write(get())
        assert await reader.read() == answer


async def test_answer_that_is_reset_does_not_end_as_if_it_were_whole(
    from_tls: Live, authority: Authority
) -> None:
    async def behave(peer: Connection) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await asyncio.sleep(0.1)
        reset(peer.writer)

    async with (
        primary(from_tls.primary_port, behave),
        user(from_tls.port, authority.client(), server_hostname="shop.example") as (reader, writer),
    ):
        writer.write(get())
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await reader.read()


async def test_user_who_closes_the_sending_half_gets_the_answer_of_a_primary_with_tls(
    to_tls: Live, authority: Authority
) -> None:
    asked = asyncio.Event()

    async def behave(peer: Connection) -> None:
        await peer.request()
        asked.set()
        await asyncio.sleep(0.2)
        await peer.send(whole(b"ok"))
        assert await peer.reader.read() == b""

    to_tls.anew()
    tls = authority.certificate("localhost").server()
    async with (
        primary(to_tls.primary_port, behave, tls),
        user(to_tls.port) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asked.wait()
        writer.write_eof()
        assert await reader.read() == whole(b"ok")
    assert len((await to_tls.settled(captured=1)).taken) == 1


async def test_user_without_tls_is_let_go(from_tls: Live) -> None:
    async with primary(from_tls.primary_port, answers(whole(b"ok"))) as running:
        assert await ask(from_tls.port, get()) in (b"", b"reset")
    assert running.connections == 0
