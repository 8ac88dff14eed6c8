"""HTTP/2 over TLS: users may choose it while the primary takes it; both sides speak the same."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, Told, live_process
from tests.integration.capture.peers import (
    PATIENCE_SECONDS,
    Behaviour,
    Connection,
    Primary,
    answers,
    free_port,
    get,
    grpc_like,
    h2_user,
    primary,
    user,
    whole,
)
from tests.integration.capture.test_drain import refuses
from tests.support.http2_bytes import ACK, PREFACE, SETTINGS, Speaker, data, goes_away

BOTH = ("h2", "http/1.1")
_ALL = 2**22


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class Speaks:
    """A primary with TLS; `agreed` is what each connection on which something was said speaks."""

    def __init__(self, authority: Authority, port: int) -> None:
        self.port = port
        self.agreed: list[str | None] = []
        self._certificate = authority.certificate("localhost")

    @asynccontextmanager
    async def running(
        self, *alpn: str, http2: Behaviour = grpc_like, http1: bytes = whole(b"ok")
    ) -> AsyncIterator[Primary]:
        """Run it: it answers HTTP/2 by `http2`, and HTTP/1 with `http1`."""

        async def behave(peer: Connection) -> None:
            agreed = agreed_on(peer.writer)
            said = await peer.reader.read(_ALL)
            if said:
                self.agreed.append(agreed)
                peer.reader.feed_data(said)
                await (http2 if agreed == "h2" else answers(http1))(peer)

        async with primary(self.port, behave, self._certificate.server(*alpn)) as running:
            yield running


@pytest.fixture
def speaks(authority: Authority) -> Speaks:
    return Speaks(authority, free_port())


@contextmanager
def relaying(authority: Authority, speaks: Speaks, **options: object) -> Iterator[Live]:
    """The tee with TLS to users and to that primary."""
    own = authority.certificate("127.0.0.1")
    tls = {"certificate": str(own.certificate), "key": str(own.key)}
    to = {"primary": "https://localhost", "primary_ca": str(authority.ca)}
    with live_process(primary_port=speaks.port, **{**to, **tls, **options}) as running:
        yield running


def may_speak(authority: Authority, *alpn: str) -> ssl.SSLContext:
    tls = authority.client()
    if alpn:
        tls.set_alpn_protocols(alpn)
    return tls


async def chosen(live: Live, authority: Authority) -> str | None:
    """What a user gets who may speak both."""
    async with user(live.port, may_speak(authority, *BOTH)) as (_, writer):
        return agreed_on(writer)


async def until_chosen(live: Live, authority: Authority, wanted: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await chosen(live, authority) != wanted:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.05)


async def asked(live: Live, tls: ssl.SSLContext | None = None) -> bytes:
    """What a user of HTTP/1 gets."""
    async with user(live.port, tls) as (reader, writer):
        writer.write(get())
        return await reader.read()


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


async def test_bytes_inside_tls_are_the_same_in_both_directions(
    authority: Authority, speaks: Speaks
) -> None:
    talks, says = Speaker(), Speaker()
    sent = PREFACE + SETTINGS + talks.get(1, "/a") + b"\0\0\3\xbe\0\0\0\0\1odd"
    sent += talks.post(3, "/b") + data(3, b"body" * 2000, padding=9, ends=True)
    answer = SETTINGS + ACK + says.says(3) + data(3, b"3" * 9000, padding=0, ends=True)
    answer += says.says(1, ("x-a", "1")) + data(1, b"1", ends=True) + goes_away(3)

    async def behave(peer: Connection) -> None:
        assert await peer.reader.readexactly(len(sent)) == sent
        await peer.send(answer)

    async with speaks.running(*BOTH, http2=behave):
        with relaying(authority, speaks, policy={"unsafe": ("*",)}) as live:
            await until_chosen(live, authority, "h2")
            async with user(live.port, may_speak(authority, "h2")) as (reader, writer):
                for at in range(0, len(sent), 11):
                    writer.write(sent[at : at + 11])
                    await asyncio.sleep(0)
                assert await reader.read() == answer
            told = await live.settled(captured=2)
    found = {t["target"]: (t["request_body"], t["body"]) for t in told.taken}
    assert found == {"/a": ("", "1"), "/b": ("body" * 2000, "3" * 9000)}


async def conversing(
    authority: Authority, speaks: Speaks, said: bytes, behave: Behaviour, *, captured: int
) -> tuple[bytes, Told]:
    """What a user gets who says this over TLS and waits for the end; and what is told of it."""

    async def hear(peer: Connection) -> None:
        assert await peer.reader.readexactly(len(said)) == said
        await behave(peer)

    async with speaks.running(*BOTH, http2=hear):
        with relaying(authority, speaks) as live:
            await until_chosen(live, authority, "h2")
            async with user(live.port, may_speak(authority, "h2")) as (reader, writer):
                writer.write(said)
                try:
                    received = await reader.read()
                except ConnectionError:
                    received = b"reset"
            return received, await live.settled(captured)


async def test_goaway_reaches_the_user_and_what_it_refuses_has_failed(
    authority: Authority, speaks: Speaks
) -> None:
    talks, says = Speaker(), Speaker()
    answer = SETTINGS + ACK + goes_away(1) + says.says(1) + data(1, b"last", ends=True)

    async def behave(peer: Connection) -> None:
        await peer.send(answer)

    said = PREFACE + SETTINGS + talks.get(1, "/1") + talks.get(3, "/3")
    received, told = await conversing(authority, speaks, said, behave, captured=2)
    assert received == answer
    assert [t["body"] for t in told.taken] == ["last"]
    assert told.ended == {"skipped:primary_failed": 1}


async def test_web_socket_over_http_2_is_relayed_and_left_out(
    authority: Authority, speaks: Speaks
) -> None:
    talks, says = Speaker(), Speaker()
    connects = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https")]
    connects += [(":path", "/chat"), (":authority", "x")]
    answer = SETTINGS + ACK + says.says(1) + data(1, b"\x81\x02hi") + says.says(3)
    answer += data(3, b"ok", ends=True)

    async def behave(peer: Connection) -> None:
        await peer.send(answer)

    said = PREFACE + SETTINGS + talks.headers(1, connects) + data(1, b"\x81\x02yo")
    said += talks.get(3, "/3")
    received, told = await conversing(authority, speaks, said, behave, captured=2)
    assert received == answer
    assert [t["body"] for t in told.taken] == ["ok"]
    assert told.ended == {"skipped:upgrade": 1}


async def test_primary_that_breaks_the_connection_breaks_the_users(
    authority: Authority, speaks: Speaks
) -> None:
    async def behave(peer: Connection) -> None:
        await peer.send(SETTINGS + ACK + Speaker().says(1) + data(1, b"ha"))
        peer.writer.transport.abort()

    said = PREFACE + SETTINGS + Speaker().get(1, "/")
    received, told = await conversing(authority, speaks, said, behave, captured=1)
    assert not received.endswith(b"lf")
    assert told.ended == {"skipped:primary_failed": 1}


async def test_answers_under_way_are_finished_when_the_process_is_to_end(
    authority: Authority, speaks: Speaks
) -> None:
    ending = asyncio.Event()
    said = PREFACE + SETTINGS + Speaker().get(1, "/")
    begins = SETTINGS + ACK + Speaker().says(1) + data(1, b"o")
    ends = data(1, b"k", ends=True)

    async def behave(peer: Connection) -> None:
        await peer.reader.readexactly(len(said))
        await peer.send(begins)
        await ending.wait()
        await peer.send(ends)
        assert await peer.reader.read() == b""

    async with speaks.running(*BOTH, http2=behave):
        with relaying(authority, speaks) as live:
            await until_chosen(live, authority, "h2")
            async with user(live.port, may_speak(authority, "h2")) as (reader, writer):
                writer.write(said)
                assert await reader.readexactly(len(begins)) == begins
                live.terminate()
                await refuses(live)
                ending.set()
                assert await reader.read() == ends
            code, told = await live.stopped()
    assert (code, [taken["body"] for taken in told.taken], told.ended) == (0, ["ok"], {})


def browser(authority: Authority) -> httpx.AsyncClient:
    """A client that may speak both, HTTP/2 first."""
    return httpx.AsyncClient(
        verify=authority.client(), http2=True, trust_env=False, timeout=PATIENCE_SECONDS
    )


def agreed_on(writer: asyncio.StreamWriter) -> str | None:
    over_tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    return over_tls.selected_alpn_protocol()


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
