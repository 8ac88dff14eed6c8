"""What readers of text, events, JSON lines, protobuf and bytes keep to, whatever the bodies are."""

import gzip
import json
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shadow.diff.decode import Undecodable, decode_body
from shadow.diff.limits import LimitReachedError
from shadow.diff.readers.binary import describe_binary
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.events import read_events
from shadow.diff.readers.json_lines import read_json_lines, read_json_sequence
from shadow.diff.readers.protobuf import ProtobufSchema, read_grpc, read_protobuf
from shadow.diff.readers.protobuf_wire import Budget, read_delimited
from shadow.diff.readers.sniff import BodyKind, kinds_to_try
from shadow.diff.readers.text import read_text
from tests.support.effort import examples
from tests.unit.diff.pairs import response
from tests.unit.diff.readers.test_protobuf import ORDER, SCHEMA, delimited, frame, number

CHARSETS = ("", "utf-8", "utf-16", "utf-32be", "iso-8859-1", "windows-1251", "shift_jis")
CHARSETS += ("gb2312", "euc-kr", "big5", "iso-2022-jp", "koi8-u", "no-such")
MEDIA_TYPES = ("", "text/plain", "text/html", "application/json", "image/png", "a/b+json")
MEDIA_TYPES += ("application/grpc-web-text", "application/grpc+json")
PIECES = st.sampled_from(
    [
        *(b"\n", b"\r", b"\r\n", b": ", b"data: ", b"event", b"id:", b"retry: 1", b"{}", b"\x1e"),
        *(b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\x08\x01", b"\x12\x03abc", b"[1]", b"<a>", b"x"),
        *(b"\xe9", b"\x80\x00", b"\0\0\0\0\x02", b"\x01\0\0\0\x01", b"\x80\0\0\0\x03a:b"),
    ]
)
BODIES = st.binary(max_size=60) | st.lists(PIECES, max_size=12).map(b"".join)
CONTENTS = st.builds(
    lambda body, media_type, charset: Content(
        body=body, media_type=media_type, parameters={"charset": charset} if charset else {}
    ),
    BODIES,
    st.sampled_from(MEDIA_TYPES),
    st.sampled_from(CHARSETS),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
LINES = st.lists(st.sampled_from(["a", "b", "", "\r", "é"]), min_size=1, max_size=6)
READERS = {
    "text": read_text,
    "events": read_events,
    "JSON lines": read_json_lines,
    "JSON sequence": read_json_sequence,
    "protobuf": read_protobuf,
    "protobuf by a schema": lambda content: read_protobuf(content, SCHEMA, ORDER),
    "gRPC": read_grpc,
    "gRPC by a schema": lambda content: read_grpc(content, SCHEMA, ORDER),
}


def value(read, content: Content) -> str | None:
    """What is read, in a form in which equal is what is equal as JSON; None for what cannot be."""
    try:
        return json.dumps(read(content), sort_keys=True, default=repr)
    except (UnreadableError, TooLargeToReadError):
        return None


@pytest.mark.parametrize("reader", READERS)
@given(content=CONTENTS)
@settings(max_examples=examples(200))
def test_a_reader_gives_a_value_or_says_that_it_cannot_and_always_the_same(reader, content):
    assert value(READERS[reader], content) == value(READERS[reader], content)


@given(st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n"])), min_size=2, max_size=2))
@settings(max_examples=examples(200))
def test_texts_that_differ_in_any_character_are_read_apart(texts):
    first, second = (end.join(lines) for lines, end in texts)
    assume(first != second)
    assert read_text(Content(body=first.encode())) != read_text(Content(body=second.encode()))


@given(CONTENTS, CONTENTS)
@settings(max_examples=examples(300))
def test_texts_are_equal_only_where_their_characters_are(first, second):
    read = value(read_text, first)
    if read is None or read != value(read_text, second):
        return
    if '"charset"' in read:
        assert first.body == second.body
    else:
        assert decode_text(first) == decode_text(second)


@given(TEXTS, st.sampled_from(["utf-8", "utf-16-le", "utf-32-be", "gb18030"]))
def test_a_text_is_the_same_in_every_charset_that_is_declared(text, charset):
    content = Content(body=text.encode(charset), parameters={"charset": charset})
    assume(not content.body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")))
    assert decode_text(content) == decode_text(Content(body=text.encode()))


@given(CONTENTS)
def test_no_text_holds_half_a_character(content):
    text = decode_text(content)
    assert text is None or text.encode().decode() == text


EVENTS = st.lists(
    st.fixed_dictionaries(
        {"data": TEXTS.filter(lambda text: not text.lstrip().startswith(("{", "[")))},
        optional={"event": TEXTS, "id": TEXTS, "retry": st.integers(0).map(str)},
    ),
    max_size=4,
)


@given(EVENTS, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=examples(200))
def test_events_are_read_as_they_were_sent(events, end):
    sent = "".join(
        "".join(f"{name}: {value}{end}" for name, value in event.items()) + f": x{end}{end}"
        for event in events
    )
    assert read_events(Content(body=sent.encode())) == events


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=5))
def test_documents_are_read_as_they_were_sent(documents):
    texts = [json.dumps(document).encode() for document in documents]
    assert read_json_lines(Content(body=b"\n".join(texts))) == documents
    body = b"".join(b"\x1e" + text + b"\n" for text in texts)
    assert read_json_sequence(Content(body=body)) == documents


FIELDS = st.recursive(
    st.builds(number, st.integers(1, 20), st.integers(0, 2**64 - 1))
    | st.builds(delimited, st.integers(1, 20), st.binary(max_size=12) | TEXTS),
    lambda inner: st.builds(
        lambda field, parts: delimited(field, b"".join(parts)),
        st.integers(1, 20),
        st.lists(inner, max_size=3),
    ),
    max_leaves=10,
)


@given(st.lists(BODIES | FIELDS, min_size=2, max_size=2, unique=True))
@example([b"\x08\x00", b"\x08\x80\x00"])
@example([b"\x08\x01\x10\x02", b"\x10\x02\x08\x01"])
@settings(max_examples=examples(200))
def test_what_nobody_knows_to_be_a_message_is_read_apart(contents):
    first, second = (read_delimited(content, Budget()) for content in contents)
    assert first != second


@given(st.lists(FIELDS, max_size=5), st.lists(FIELDS, max_size=5))
@settings(max_examples=examples(200))
def test_messages_are_equal_only_where_each_number_has_the_same_values(first, second):
    def by_number(fields):
        return {n: [f for f in fields if f[0] >> 3 == n] for n in range(21)}

    # Numbers up to 15 are in the first byte.
    assume(all(field[0] < 0x80 for field in first + second))
    one, other = (read_protobuf(Content(body=b"".join(fields))) for fields in (first, second))
    assert (one == other) == (by_number(first) == by_number(second))


@given(st.lists(st.lists(FIELDS, max_size=3).map(b"".join), max_size=3), st.data())
def test_frames_are_read_alike_compressed_or_not(messages, data):
    plain = [frame(message) for message in messages]
    packed = [frame(gzip.compress(message), 1) for message in messages]
    mixed = [data.draw(st.sampled_from(both)) for both in zip(plain, packed, strict=True)]
    assert read_grpc(Content(body=b"".join(plain))) == read_grpc(Content(body=b"".join(mixed)))


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_break_a_schema(descriptor_set):
    with suppress(ValueError):
        ProtobufSchema.of(descriptor_set)


@given(CONTENTS, CONTENTS)
def test_there_is_always_a_kind_that_can_be_read(primary, candidate):
    kinds = kinds_to_try(primary, candidate)
    assert kinds[-2:] == (BodyKind.TEXT, BodyKind.BINARY)
    assert len(set(kinds)) == len(kinds)


@given(BODIES)
def test_any_bytes_can_be_described(body):
    assert describe_binary(body)["bytes"] == len(body)


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
}


@given(st.binary(max_size=200), st.lists(st.sampled_from(sorted(CODINGS)), max_size=3))
def test_codings_are_undone_in_any_combination(body, codings):
    encoded = body
    for coding in codings:
        encoded = CODINGS[coding](encoded)
    reply = response(encoded, {"content-encoding": ", ".join(codings)})
    assert decode_body(reply, 1_000_000) == body


@given(st.binary(max_size=200), st.sampled_from(sorted(CODINGS)), st.binary(max_size=20), st.data())
@settings(max_examples=examples(200))
def test_what_was_changed_on_the_way_is_decoded_or_is_undecodable(body, coding, junk, data):
    encoded = CODINGS[coding](body)
    at = data.draw(st.integers(0, len(encoded)))
    reply = response(encoded[:at] + junk + encoded[at + 1 :], {"content-encoding": coding})
    with suppress(LimitReachedError):
        assert isinstance(decode_body(reply, 10_000), bytes | Undecodable)


@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(CODINGS)), st.data())
def test_what_is_cut_short_is_never_decoded(body, coding, data):
    encoded = CODINGS[coding](body)
    cut = encoded[: data.draw(st.integers(1, len(encoded) - 1))]
    decoded = decode_body(response(cut, {"content-encoding": coding}), 10_000)
    assert isinstance(decoded, Undecodable)
