import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.diff.limits import Findings, Limits
from shadow.diff.readers.content import Content, UnreadableError
from shadow.diff.readers.ends import read_without_ends
from shadow.diff.readers.read import read_body
from shadow.diff.readers.sniff import BodyKind
from shadow.diff.tree import compare_json
from tests.support.effort import examples

MANY = 1_000
TYPES = {
    BodyKind.JSON_LINES: "application/x-ndjson",
    BodyKind.EVENTS: "text/event-stream",
    BodyKind.GRPC: "application/grpc",
}


def element(kind: BodyKind, text: str) -> bytes:
    if kind is BodyKind.JSON_LINES:
        return f'{{"text": {json.dumps(text)}}}\n'.encode()
    if kind is BodyKind.EVENTS:
        return f": x\n\n:y\ndata: {text}\n\n".encode()
    message = b"\x0a" + bytes([len(text)]) + text.encode()
    return b"\0" + struct.pack(">I", len(message)) + message


def content(kind: BodyKind, texts: list[str]) -> Content:
    body = b"".join(element(kind, text) for text in texts)
    return Content(body=body, media_type=TYPES[kind])


def said(primary: object, candidate: object) -> list[tuple[object, ...]]:
    findings = Findings(Limits())
    compare_json(primary, candidate, findings)
    return [(d.location, d.kind, d.pointer) for d in findings.differences()]


TEXTS = [f"text number {number}" for number in range(MANY)]
CHANGES = st.lists(
    st.tuples(st.integers(0, MANY - 1), st.sampled_from(["change", "lose", "add", "repeat"])),
    max_size=3,
)


def changed(changes: list[tuple[int, str]]) -> list[str]:
    texts = [[text] for text in TEXTS]
    for at, what in changes:
        if what == "change":
            texts[at] = ["something else"]
        elif what == "lose":
            texts[at] = []
        else:
            texts[at] += ["new" if what == "add" else TEXTS[at]]
    return [text for some in texts for text in some]


@pytest.mark.parametrize("kind", TYPES)
@given(changes=CHANGES)
@settings(max_examples=examples(15), deadline=None)
def test_what_differs_is_what_differs_when_all_is_read(kind, changes):
    primary, candidate = content(kind, TEXTS), content(kind, changed(changes))
    pair = read_without_ends(kind, primary, candidate)
    assert pair is not None
    assert said(*pair) == said(read_body(kind, primary), read_body(kind, candidate))


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_alike_is_read_once(kind):
    primary, candidate = content(kind, TEXTS), content(kind, changed([(500, "change")]))
    here, there = read_without_ends(kind, primary, candidate)
    assert len(here) == len(there) == MANY
    assert [at for at, one in enumerate(here) if one is not there[at]] == [500]
    assert here[499] is there[499]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("media_type", ["", "text/plain"])
def test_what_does_not_claim_to_be_a_stream_is_read_whole(kind, media_type):
    primary, candidate = (
        Content(body=content(kind, texts).body, media_type=media_type)
        for texts in (TEXTS, TEXTS[1:])
    )
    assert read_without_ends(kind, primary, candidate) is None


def test_a_byte_order_mark_in_the_middle_is_no_mark_at_the_start():
    lines = b'{"a": 1}\n' * 2_000
    primary = Content(body=lines + b"\xef\xbb\xbf1\n", media_type="application/x-ndjson")
    candidate = Content(body=lines + b"1\n", media_type="application/x-ndjson")
    assert read_without_ends(BodyKind.JSON_LINES, primary, candidate) is None


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_events_are_told_by_the_line_ends_that_they_have(end):
    stream = "".join(f"data: {text}{end}{end}" for text in TEXTS)
    primary = Content(body=stream.encode(), media_type="text/event-stream")
    candidate = Content(body=(stream + f"data: x{end}").encode(), media_type="text/event-stream")
    here, there = read_without_ends(BodyKind.EVENTS, primary, candidate)
    assert len(here) == MANY
    assert there[MANY:] == [{"data": "x", "incomplete": True}]


def test_events_with_mixed_line_ends_are_read_whole():
    stream = "data: a\r\rdata: b\n\n" * 2_000
    primary = Content(body=stream.encode(), media_type="text/event-stream")
    candidate = Content(body=stream.encode() + b"data: c\n\n", media_type="text/event-stream")
    assert read_without_ends(BodyKind.EVENTS, primary, candidate) is None


def test_what_nobody_can_read_is_not_taken_for_lines():
    lines = b"xx\n" * 6_000
    content = [Content(body=lines + end, media_type="application/x-ndjson") for end in (b"", b"\n")]
    with pytest.raises(UnreadableError):
        read_without_ends(BodyKind.JSON_LINES, *content)
