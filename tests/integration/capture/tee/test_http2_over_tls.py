"""HTTP/2 over TLS: what is said passes as it is, and ends as it ends."""

import asyncio

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Told
from tests.integration.capture.peers import (
    Behaviour,
    Connection,
    user,
)
from tests.integration.capture.tee.agreeing import (
    BOTH,
    Speaks,
    may_speak,
    relaying,
    until_chosen,
)
from tests.integration.capture.test_drain import refuses
from tests.support.http2_bytes import ACK, PREFACE, SETTINGS, Speaker, data, goes_away


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
