"""What a real Envoy cannot be made to say: nothing of it ends the process, fills its memory,
or is counted twice."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shadow.errors import UnavailableError
from tests.integration.capture.tap.front import eventually, tapped
from tests.support.traces import answered, asked, trace

OK = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
TAKEN = b"An attached /tap admin stream already exists. Detach it."

ONE = trace(asked("/1"), answered())
TWO = trace(asked("/2"), answered())

type Say = Callable[[asyncio.StreamWriter], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def refusal(status: int, text: bytes) -> bytes:
    return b"HTTP/1.1 %d No\r\ncontent-length: %d\r\n\r\n%s" % (status, len(text), text)


class FakeEnvoy:
    """Answers each connection as the next of `scripts` says, the last one ever after."""

    def __init__(self, *scripts: Say) -> None:
        self._scripts = list(scripts)
        self.stuck = False
        self.requests: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /ready"):
                await (asyncio.sleep(3600) if self.stuck else says(OK, hold=False)(writer))
                writer.close()
                return
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            length = int(head.lower().split(b"content-length:")[1].split()[0])
            self.requests.append(head + await reader.readexactly(length))
            await script(writer)
        writer.close()


@contextlib.asynccontextmanager
async def fake(*scripts: Say) -> AsyncIterator[FakeEnvoy]:
    envoy = FakeEnvoy(*scripts)
    server = await asyncio.start_server(envoy.serve, "127.0.0.1", 0)
    envoy.port = server.sockets[0].getsockname()[1]
    try:
        yield envoy
    finally:
        server.close()


def says(*pieces: bytes, hold: bool = True) -> Say:
    """Say these pieces one after the other, and then nothing more, or close."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if hold:
            await asyncio.sleep(3600)

    return script


async def refused(*scripts: Say) -> str:
    async with fake(*scripts) as envoy:
        with pytest.raises(UnavailableError) as caught:
            async with tapped(envoy.port):
                raise AssertionError("attached")
    return str(caught.value)


async def test_only_json_is_asked_for_with_bodies_as_bytes_up_to_the_limit() -> None:
    async with fake(says(OK)) as envoy, tapped(envoy.port, max_body_bytes=777):
        (request,) = envoy.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /tap HTTP/1.1\r\n")
    assert b"PROTO" not in body.upper()
    assert json.loads(body) == {
        "config_id": "shadow",
        "tap_config": {
            "match": {"any_match": True},
            "output_config": {
                "max_buffered_rx_bytes": 777,
                "max_buffered_tx_bytes": 777,
                "sinks": [{"format": "JSON_BODY_AS_BYTES", "streaming_admin": {}}],
            },
        },
    }


async def test_traces_in_any_pieces_are_taken_once() -> None:
    stream = OK + chunk(ONE[:7]) + chunk(ONE[7:] + TWO + ONE)
    pieces = [stream[n : n + 1] for n in range(len(stream))]
    async with fake(says(*pieces)) as envoy, tapped(envoy.port) as found:
        await eventually(lambda: len(found.exchanges) == 3)
        assert [each.request.target for each in found.exchanges] == ["/1", "/2", "/1"]
        assert found.captured == 3


async def test_garbage_between_traces_is_counted_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    garbage = b'{"nothing": "of ours"\n}\n'
    stream = OK + chunk(ONE + garbage * 5 + TWO)
    async with fake(says(stream)) as envoy, tapped(envoy.port) as found:
        await eventually(lambda: len(found.exchanges) == 2)
        assert found.ended == {"dropped:internal_error": 5}
        assert found.captured == 7
    assert [r.getMessage() for r in caplog.records].count(
        "capture failed in a trace: TraceError"
    ) == 1


async def test_a_trace_without_end_is_let_go_and_the_next_is_taken() -> None:
    piece = chunk(b"x" * 1024 * 1024)

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + chunk(ONE) + chunk(b"{"))
        for _ in range(40):
            writer.write(piece)
            await writer.drain()
        writer.write(chunk(b"\n}\n" + TWO))
        await asyncio.sleep(3600)

    async with fake(endless) as envoy, tapped(envoy.port, max_body_bytes=1000) as found:
        await eventually(lambda: len(found.exchanges) == 2)
        assert found.ended == {"skipped:response_too_large": 1}
        assert found.captured == 3


async def test_the_tap_is_asked_for_again_when_it_ends_or_breaks() -> None:
    scripts = (
        says(OK, chunk(ONE) + TWO[:100], hold=False),
        says(refusal(503, b"not yet"), hold=False),
        says(OK, chunk(TWO), b"this is no chunk\r\n"),
        says(OK, chunk(TWO) + b"0\r\n\r\n"),
        says(OK, chunk(ONE)),
    )
    async with fake(*scripts) as envoy, tapped(envoy.port) as found:
        await eventually(lambda: len(found.exchanges) == 4)
        assert [each.request.target for each in found.exchanges] == ["/1", "/2", "/2", "/1"]
        assert found.captured == 4


async def test_while_it_cannot_be_had_again_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    scripts = (
        says(OK, hold=False),
        says(refusal(400, TAKEN), hold=False),
        says(refusal(400, TAKEN), hold=False),
        says(OK),
    )
    async with fake(*scripts) as envoy, tapped(envoy.port):
        await eventually(lambda: len(envoy.requests) == 4)
        await eventually(lambda: "attached to Envoy again" in caplog.text)
    assert caplog.text.count("has its tap taken already") == 1


async def test_an_envoy_that_cannot_keep_up_is_left_alone_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def told(age: float) -> bytes:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
        return chunk(trace(asked(), answered(at=at)) * 50)

    async def ever_later(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + told(0))
        with contextlib.suppress(OSError):
            while True:
                writer.write(told(60))
                await writer.drain()
                await asyncio.sleep(0.05)
        left.set()

    left = asyncio.Event()
    async with fake(ever_later, says(OK, chunk(ONE))) as envoy, tapped(envoy.port) as found:
        await asyncio.wait_for(left.wait(), 60)
        await eventually(lambda: found.exchanges and found.exchanges[-1].request.target == "/1")
    assert "Envoy tells of its exchanges too late" in caplog.text


async def test_an_envoy_that_answers_nothing_any_more_is_left_alone_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with fake(says(OK), says(OK, chunk(ONE))) as envoy, tapped(envoy.port) as found:
        envoy.stuck = True
        await eventually(lambda: "Envoy tells of its exchanges too late" in caplog.text)
        envoy.stuck = False
        await eventually(lambda: found.exchanges)


async def test_a_tap_that_is_just_being_freed_is_waited_for() -> None:
    async with (
        fake(says(refusal(400, TAKEN), hold=False), says(OK, chunk(ONE))) as envoy,
        tapped(envoy.port) as found,
    ):
        await eventually(lambda: found.exchanges)


async def test_what_is_no_http_is_said() -> None:
    assert "cannot be reached: what it answers is no HTTP" in await refused(
        says(b"SSH-2.0\r\n\r\n")
    )


async def test_an_answer_that_is_no_stream_is_no_tap() -> None:
    page = says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    assert "what answers there tells of no exchanges; is Envoy started" in await refused(page)


async def test_a_tap_that_ends_again_and_again_is_asked_for_ever_less_often() -> None:
    started = time.monotonic()
    async with fake(says(OK + b"0\r\n\r\n")) as envoy, tapped(envoy.port):
        await eventually(lambda: len(envoy.requests) == 5)
    # At once, and then after 0.2, 0.4 and 0.8 s.
    assert time.monotonic() - started >= 1.4


async def test_an_endless_head_is_no_answer() -> None:
    endless = says(b"HTTP/1.1 200 OK\r\n", *[b"x-%d: y\r\n" % n for n in range(8000)])
    assert "does not come to an end" in await refused(endless)


async def test_an_endless_refusal_is_no_answer() -> None:
    endless = says(b"HTTP/1.1 500 No\r\n\r\n", *[b"x" * 1000] * 200)
    assert "500" in await refused(endless)


async def test_a_connection_that_is_closed_at_once_is_no_answer() -> None:
    assert "cannot be reached: it closed the connection" in await refused(says(hold=False))


async def test_what_envoy_says_is_shown_without_what_a_terminal_would_obey() -> None:
    said = await refused(says(refusal(400, b"bad match\x1b[2J\nmore"), hold=False))
    assert "refuses the tap with 400: bad match\ufffd[2J" in said
    assert "more" not in said


async def test_the_tap_is_freed_at_the_end() -> None:
    closed = asyncio.Event()

    async def watching(writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        with contextlib.suppress(OSError):
            while True:
                await asyncio.sleep(0.01)
                writer.write(chunk(ONE))
                await writer.drain()
        closed.set()

    async with fake(watching) as envoy:
        async with tapped(envoy.port) as found:
            await eventually(lambda: found.exchanges)
        await asyncio.wait_for(closed.wait(), 60)
