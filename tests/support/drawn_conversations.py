"""Draws connections of HTTP/1.1: what users and primaries say, in order, and in which pieces."""

from itertools import pairwise

from hypothesis import strategies as st

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


@st.composite
def damaged(draw: st.DrawFn) -> list[tuple[bool, bytes]]:
    """The pieces of a conversation of which some bytes are lost, doubled or others."""
    _, pieces, _ = draw(heard())
    for _ in range(draw(st.integers(1, 3))):
        which = draw(st.integers(0, len(pieces) - 1))
        by_user, piece = pieces[which]
        at = draw(st.integers(0, len(piece)))
        pieces[which] = (by_user, piece[:at] + draw(st.binary(max_size=4)) + piece[at + 1 :])
    return pieces
