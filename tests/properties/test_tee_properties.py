"""However a connection is cut and interleaved, no answer is taken for another request's."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.capture.tee.transcript import Event
from tests.support.conversations import ROOM_BYTES, Reading

CONTENT = st.binary(max_size=40) | st.sampled_from(
    [b"\r\n\r\n", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"GET /9 HTTP/1.1\r\n\r\n"]
)
CHUNKS = st.lists(CONTENT.filter(bool), max_size=3)


def in_chunks(pieces: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


@st.composite
def requests(draw: st.DrawFn, name: int) -> tuple[bytes, str]:
    """A request for `/name`, and its method."""
    method = draw(st.sampled_from(["GET", "HEAD", "POST", "x-Odd"]))
    head = f"{method} /{name} HTTP/1.1\r\nHost: x\r\n".encode()
    framing = draw(st.sampled_from(["none", "length", "chunks"]))
    if framing == "none":
        return head + b"\r\n", method
    if framing == "length":
        content = draw(CONTENT)
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(content), content), method
    chunks = in_chunks(draw(CHUNKS))
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, method


@st.composite
def answers(draw: st.DrawFn, name: int, method: str) -> bytes:
    """The answer to `/name`: it says the name in a header."""
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"])) * draw(
        st.integers(0, 2)
    )
    status = draw(st.sampled_from([200, 204, 304, 404, 500]))
    head = b"%sHTTP/1.1 %d Said\r\nX-Name: %d\r\n" % (interim, status, name)
    content = draw(CONTENT)
    if draw(st.booleans()):
        head += b"Content-Length: %d\r\n\r\n" % len(content)
        body = content
    else:
        head += b"Transfer-Encoding: chunked\r\n\r\n"
        body = in_chunks([content] if content else [])
    return head if method == "HEAD" or status in {204, 304} else head + body


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Requests with their answers."""
    pairs = []
    for name in range(draw(st.integers(1, 5))):
        raw, method = draw(requests(name))
        pairs.append((raw, draw(answers(name, method))))
    return pairs


def cut(draw: st.DrawFn, data: bytes) -> list[bytes]:
    if draw(st.booleans()):
        return [data[at : at + 1] for at in range(len(data))]
    cuts = sorted({0, len(data), *draw(st.lists(st.integers(0, len(data)), max_size=6))})
    return [data[a:b] for a, b in pairwise(cuts)]


@st.composite
def heard(draw: st.DrawFn) -> tuple[list[tuple[bytes, bytes]], list[tuple[bool, bytes]], bool]:
    """A conversation, the pieces in which it is heard, and whether any answer came early.

    Users may send requests ahead, and the primary may answer as soon as a request has begun.
    """
    pairs = draw(conversations())
    pieces: list[tuple[bool, bytes]] = []
    sent = answered = 0
    early = False
    rest = b""
    while answered < len(pairs):
        ahead = sent < len(pairs) and (sent == answered or draw(st.booleans()))
        if ahead or rest:
            raw = rest
            if ahead:
                raw, sent = raw + pairs[sent][0], sent + 1
            rest = b""
            if sent == answered + 1 and draw(st.integers(0, 9)) == 0:
                at = draw(st.integers(1, len(raw) - 1))
                raw, rest = raw[:at], raw[at:]
                early = True
            pieces += [(True, piece) for piece in cut(draw, raw)]
        if draw(st.booleans()) or sent == len(pairs) or rest:
            pieces += [(False, piece) for piece in cut(draw, pairs[answered][1])]
            answered += 1
    if rest:
        pieces.append((True, rest))
    return pairs, pieces, early


def read(pieces: list[tuple[bool, bytes]]) -> Reading:
    reading = Reading()
    for by_user, piece in pieces:
        (reading.user if by_user else reading.primary)(piece)
    return reading


def named(reading: Reading) -> list[tuple[str, bytes]]:
    """Of each exchange that was taken, the names that request and answer bear."""
    return [(t.request.target, dict(t.primary.headers)[b"X-Name"]) for t in reading.taken]


@settings(max_examples=400, deadline=None)
@given(heard())
def test_no_answer_is_taken_for_another_requests(
    told: tuple[list[tuple[bytes, bytes]], list[tuple[bool, bytes]], bool],
) -> None:
    pairs, pieces, early = told
    reading = read(pieces)
    names = named(reading)
    assert all(target == f"/{name.decode()}" for target, name in names)
    assert [target for target, _ in names] == [f"/{n}" for n in range(len(names))]
    assert early or len(names) == len(pairs)
    reading.happens(Event.PRIMARY_ENDED)
    assert reading.adds_up
    assert reading.room.take(ROOM_BYTES)


@settings(max_examples=400, deadline=None)
@given(heard(), st.data())
def test_damaged_conversations_are_left_out_without_a_mistake(
    told: tuple[list[tuple[bytes, bytes]], list[tuple[bool, bytes]], bool], data: st.DataObject
) -> None:
    _, pieces, _ = told
    for _ in range(data.draw(st.integers(1, 3))):
        which = data.draw(st.integers(0, len(pieces) - 1))
        by_user, piece = pieces[which]
        at = data.draw(st.integers(0, len(piece)))
        pieces[which] = (by_user, piece[:at] + data.draw(st.binary(max_size=4)) + piece[at + 1 :])
    reading = read(pieces)
    reading.happens(Event.USER_BROKE)
    assert reading.adds_up
    assert "dropped:internal_error" not in reading.ended
    assert reading.room.take(ROOM_BYTES)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(), st.binary(max_size=30) | st.from_regex(re.compile(rb"[GHT/1.0 :\r\n]+"))
        ),
        max_size=30,
    )
)
def test_any_bytes_are_read_without_a_mistake(pieces: list[tuple[bool, bytes]]) -> None:
    reading = read(pieces)
    reading.happens(Event.PRIMARY_BROKE)
    assert reading.adds_up
    assert "dropped:internal_error" not in reading.ended
