"""TLS towards users with the operator's certificate, and towards a primary that is verified."""

import ssl
from collections.abc import Iterator

import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import Connection, answers, ask, get, primary, user, whole


@pytest.fixture(scope="module")
def engine(authority: Authority) -> Iterator[Live]:
    own = authority.certificate("shop.example")
    with live_process(
        primary="https://localhost",
        primary_ca=str(authority.ca),
        certificate=str(own.certificate),
        key=str(own.key),
    ) as running:
        yield running


async def asked(live: Live, tls: ssl.SSLContext, *alpn: str) -> bytes:
    async with user(live.port, tls, server_hostname="shop.example") as (reader, writer):
        writer.write(get())
        return await reader.read()


async def test_user_sees_the_operators_certificate(live: Live, authority: Authority) -> None:
    tls = authority.certificate("localhost").server()
    async with primary(live.primary_port, answers(whole(b"ok")), tls) as running:
        assert await asked(live, authority.client()) == whole(b"ok")
    assert running.requests == [get()]
    assert len((await live.settled(captured=1)).taken) == 1


async def test_primary_is_named_by_its_own_name_and_not_by_the_users(
    live: Live, authority: Authority
) -> None:
    named: list[str | None] = []
    tls = authority.certificate("localhost").server()
    tls.sni_callback = lambda _, name, __: named.append(name)
    async with primary(live.primary_port, answers(whole(b"ok")), tls):
        assert await asked(live, authority.client()) == whole(b"ok")
    assert named == ["localhost"]


async def test_primary_with_the_users_name_instead_of_its_own_is_not_trusted(
    live: Live, authority: Authority
) -> None:
    tls = authority.certificate("shop.example").server()
    async with primary(live.primary_port, answers(whole(b"ok")), tls) as running:
        assert await asked(live, authority.client()) == b""
    assert running.requests == []
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_of_another_authority_is_not_trusted(
    live: Live, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger")).certificate("localhost")
    async with primary(live.primary_port, answers(whole(b"ok")), stranger.server()) as running:
        assert await asked(live, authority.client()) == b""
    assert running.requests == []
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_that_speaks_no_tls_closes_the_users_connection(
    live: Live, authority: Authority
) -> None:
    async def behave(peer: Connection) -> None:
        await peer.reader.read(1)
        await peer.send(whole(b"this is no TLS", status="400 Bad Request"))

    async with primary(live.primary_port, behave):
        assert await asked(live, authority.client()) == b""
    assert (await live.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_is_verified_against_the_system_without_an_authority_of_its_own(
    authority: Authority,
) -> None:
    tls = authority.certificate("localhost").server()
    with live_process(primary="https://localhost") as strict:
        async with primary(strict.primary_port, answers(whole(b"ok")), tls):
            assert await ask(strict.port, get()) == b""
        assert (await strict.settled(captured=1)).ended == {"skipped:primary_failed": 1}


async def test_primary_with_an_address_is_verified_by_its_address(authority: Authority) -> None:
    tls = authority.certificate("127.0.0.1").server()
    with live_process(primary="https://127.0.0.1", primary_ca=str(authority.ca)) as running:
        async with primary(running.primary_port, answers(whole(b"ok")), tls):
            assert await ask(running.port, get()) == whole(b"ok")


async def test_5_megabytes_pass_through_tls_on_both_sides(live: Live, authority: Authority) -> None:
    body = bytes(range(256)) * 20_000
    tls = authority.certificate("localhost").server()
    async with primary(live.primary_port, answers(whole(body)), tls):
        assert await asked(live, authority.client()) == whole(body)
