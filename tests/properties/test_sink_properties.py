"""The sink's reading of HTTP/1: however the network cuts, and whatever else is sent."""

import asyncio
import itertools
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.sink.connection import SinkConnection
from shadow.capture.sink.copies import CopyDesk
from shadow.capture.sink.marks import MirrorMarks
from shadow.model import Exchange, Request

ROOM = 1 << 20


class Wire:
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed


class Everybody:
    """Takes every connection."""

    def opened(self, connection: SinkConnection) -> bool:
        return True

    def closed(self, connection: SinkConnection) -> None:
        """Nothing is kept of it."""

    def unreadable(self) -> None:
        """Nobody is told."""


def sink(parts: Sequence[bytes]) -> tuple[Wire, list[Request], Intake, CopyDesk]:
    """Feed a connection and end it; every copy is looked at by then."""
    taken: list[Exchange] = []
    policy = IntakePolicy(unsafe=("*",), max_body_bytes=64)
    intake = Intake(policy, "live", lambda exchange: not taken.append(exchange))
    later: list[Callable[[], None]] = []

    async def feed() -> tuple[Wire, CopyDesk]:
        desk = CopyDesk(intake, MirrorMarks(), ROOM, later.append)
        wire, connection = Wire(), SinkConnection(desk, Everybody())
        connection.connection_made(wire)  # type: ignore[arg-type]
        for part in parts:
            connection.data_received(part)
            while later:
                later.pop(0)()
        connection.connection_lost(None)
        desk.take_all()
        return wire, desk

    wire, desk = asyncio.run(feed())
    return wire, [exchange.request for exchange in taken], intake, desk


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


_tokens = st.text("abcdefXYZ-09", min_size=1, max_size=8).map(lambda t: f"x-{t}".encode())
_values = st.binary(max_size=12).map(lambda b: bytes(c for c in b if 32 < c < 127))
_targets = st.text("abc/%2e?=&;~+", max_size=20).map("/{}".format)
_requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PURGE"]),
    target=_targets,
    headers=st.lists(st.tuples(_tokens, _values), max_size=4).map(tuple),
    body=st.binary(max_size=64),
)
_places = st.lists(st.integers(min_value=0, max_value=10_000), max_size=12)


def written(request: Request, *, chunked: bool) -> tuple[bytes, Request]:
    """The bytes of a request, and the request as the sink is to take it."""
    framing: tuple[bytes, bytes] = (b"content-length", b"%d" % len(request.body))
    body = request.body
    if chunked:
        framing = (b"transfer-encoding", b"chunked")
        pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    headers = ((b"host", b"shop.test"), *request.headers, framing)
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    line = f"{request.method} {request.target} HTTP/1.1\r\n".encode()
    taken = Request(
        method=request.method, target=request.target, headers=headers, body=request.body
    )
    return line + lines + b"\r\n" + body, taken


@given(st.lists(st.tuples(_requests, st.booleans()), min_size=1, max_size=5), _places)
def test_however_the_network_cuts_the_same_requests_are_taken(asked, places):
    pairs = [written(request, chunked=chunked) for request, chunked in asked]
    wire, taken, intake, _ = sink(cut(b"".join(raw for raw, _ in pairs), places))
    assert taken == [request for _, request in pairs]
    assert wire.written.count(b" 202 ") == len(pairs)
    assert not wire.closed
    assert intake.counts().captured == len(pairs)


@given(st.lists(_requests, min_size=1, max_size=3), _places, st.data())
def test_whatever_is_sent_nothing_is_raised_kept_or_counted_twice(asked, places, data):
    raw = bytearray(b"".join(written(each, chunked=len(each.body) % 2 == 0)[0] for each in asked))
    for _ in range(data.draw(st.integers(min_value=0, max_value=4))):
        at = data.draw(st.integers(min_value=0, max_value=len(raw)))
        raw[at : at + data.draw(st.integers(min_value=0, max_value=3))] = data.draw(
            st.binary(max_size=6)
        )
    wire, taken, intake, desk = sink(cut(bytes(raw), places))
    counts = intake.counts()
    left_out = sum(number for _, number in counts.outcomes)
    assert counts.captured == len(taken) + left_out
    assert wire.written.count(b" 202 ") <= counts.captured
    assert desk.held_bytes == 0
