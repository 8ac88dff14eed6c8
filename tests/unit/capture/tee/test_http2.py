"""HTTP/2: which answer belongs to which request, and when that can no longer be told."""

from collections.abc import Callable

import pytest

from shadow.capture.tee.http2 import MOST_STREAMS
from shadow.capture.tee.http2_blocks import MOST_BLOCK_BYTES, MOST_TABLE_BYTES
from shadow.capture.tee.http2_side import MOST_UNACKNOWLEDGED
from shadow.capture.tee.transcript import Event
from shadow.model import Exchange
from tests.support.conversations import ROOM_BYTES, Reading
from tests.support.http2_bytes import (
    ACK,
    PREFACE,
    SETTINGS,
    Speaker,
    asks,
    data,
    frame,
    reset,
    settings,
)
from tests.support.http2_reading import Http2


def test_an_exchange_is_taken_with_all_that_was_said() -> None:
    reading = Http2().get(1, "/\xe9?x", ("x-odd", "1"), ("x-odd", ""))
    reading.says(1, b"\x00\xff\n", ("etag", "\xff"), ("content-length", "3"))
    (taken,) = reading.taken
    assert (taken.request.method, taken.request.target) == ("GET", "/\xc3\xa9?x")
    assert taken.request.headers == ((b"host", b"x"), (b"x-odd", b"1"), (b"x-odd", b""))
    assert taken.primary.headers == ((b"etag", b"\xc3\xbf"), (b"content-length", b"3"))
    assert (taken.primary.status, taken.primary.body) == (200, b"\x00\xff\n")


def test_times_are_those_of_the_bytes() -> None:
    """From the request's last byte to the answer's last; captured when the request began."""
    reading = Http2()
    began = reading.now + 1
    head = reading.of_user.post(1, "/")
    reading.user(head[:12]).user(head[12:]).user(data(1, b"x", ends=True))
    reading.primary(reading.of_primary.says(1)).primary(data(1, b"ok", ends=True))
    (taken,) = reading.taken
    assert (taken.captured_at, taken.primary.seconds) == (1000 + began, 2)


def test_answers_come_in_any_order() -> None:
    reading = Http2().get(1, "/1").get(3, "/3").get(5, "/5")
    for stream in (3, 5, 1):
        reading.primary(reading.of_primary.says(stream))
    reading.primary(data(1, b"o") + data(5, b"fi") + data(3, b"three", ends=True))
    reading.primary(data(5, b"ve", ends=True)).primary(data(1, b"ne", ends=True))
    assert reading.pairs == [("/3", b"three"), ("/5", b"five"), ("/1", b"one")]


ANSWERS: dict[str, Callable[[Speaker], bytes]] = {
    "head alone": lambda says: says.says(1, ends=True),
    "padded": lambda says: says.says(1) + data(1, b"", padding=200) + data(1, b"", ends=True),
    "trailers": lambda says: says.says(1) + says.headers(1, [("grpc-status", "0")], ends=True),
    "interim answers": lambda says: (
        says.headers(1, [(":status", "103"), ("link", "</a>")])
        + says.headers(1, [(":status", "100")])
        + says.says(1, ends=True)
    ),
    "a head in pieces": lambda says: says.headers(
        1, [(":status", "200"), ("x-long", "y" * 200)], ends=True, pieces=3, padding=7
    ),
    "204": lambda says: says.headers(1, [(":status", "204")], ends=True),
    "304 with a length": lambda says: says.headers(
        1, [(":status", "304"), ("content-length", "9")], ends=True
    ),
    "frames between": lambda says: (
        frame(0x8, 0, b"\0\0\1\0") + frame(0x6, 0, b"12345678") + frame(0x2, 1, b"12345")
        + says.says(1) + frame(0xBE, 1, b"unknown" * 9) + data(1, b"", ends=True)
    ),
}  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answer_ends_where_it_ends_however_it_is_cut(answer: Callable[[Speaker], bytes]) -> None:
    for step in (1, 7, 10_000):
        reading = Http2().get(1, "/1").get(3, "/3")
        speaks = reading.of_primary
        raw = answer(speaks) + speaks.says(3) + data(3, b"ok", ends=True)
        for at in range(0, len(raw), step):
            reading.primary(raw[at : at + step])
        assert reading.pairs == [("/1", b""), ("/3", b"ok")]
        assert reading.ended == {}


def test_content_is_what_is_between_the_padding() -> None:
    reading = Http2().get(1)
    raw = reading.of_primary.says(1) + data(1, b"he", padding=3) + data(1, b"llo", padding=0)
    for at in range(len(raw)):
        reading.primary(raw[at : at + 1])
    reading.primary(data(1, b"", ends=True, padding=255))
    assert reading.pairs == [("/", b"hello")]


def test_answer_to_head_has_no_body_whatever_it_says() -> None:
    reading = Http2()
    reading.user(reading.of_user.get(1, "/", method="HEAD"))
    reading.primary(reading.of_primary.says(1, ("content-length", "5000"), ends=True))
    assert reading.pairs == [("/", b"")]


def test_upload_is_taken_with_its_content_and_without_its_trailers() -> None:
    reading = Http2()
    speaks = reading.of_user
    reading.user(speaks.post(1, "/", ("content-length", "6"), ("expect", "100-continue")))
    reading.primary(reading.of_primary.headers(1, [(":status", "100")]))
    reading.user(data(1, b"abc", padding=2) + data(1, b"def"))
    reading.user(speaks.headers(1, [("x-checksum", "1")], ends=True)).says(1, b"ok")
    (taken,) = reading.taken
    assert taken.request.body == b"abcdef"
    assert (b"x-checksum", b"1") not in taken.request.headers


def test_cookie_in_pieces_is_put_together() -> None:
    cookies = (("cookie", "a=1"), ("x-a", "1"), ("cookie", "b=2"))
    reading = Http2().get(1, "/", *cookies).says(1, b"")
    (taken,) = reading.taken
    assert taken.request.headers[1:] == ((b"cookie", b"a=1; b=2"), (b"x-a", b"1"))


def test_host_is_kept_where_it_says_the_same() -> None:
    reading = Http2().get(1, "/", ("x-a", "1"), ("host", "x")).says(1, b"")
    (taken,) = reading.taken
    assert taken.request.headers == ((b"x-a", b"1"), (b"host", b"x"))


MALFORMED_REQUESTS = {
    "no method": [(":scheme", "http"), (":path", "/")],
    "no path": [(":method", "GET"), (":scheme", "http")],
    "no scheme": [(":method", "GET"), (":path", "/")],
    "empty path": asks("", "GET"),
    "path with a space": asks("/a b", "GET"),
    "path with a line end": asks("/ HTTP/1.1\r\nx: y", "GET"),
    "odd method": asks("/", "G T"),
    "two paths": [*asks("/", "GET"), (":path", "/2")],
    "unknown pseudo header": [*asks("/", "GET"), (":odd", "1")],
    "status of a request": [*asks("/", "GET"), (":status", "200")],
    "pseudo header behind others": [("x", "y"), *asks("/", "GET")],
    "protocol without connect": [*asks("/", "GET"), (":protocol", "websocket")],
    "another host": [*asks("/", "GET"), ("host", "other")],
    "two hosts": [*asks("/", "GET"), ("host", "x"), ("host", "x")],
    "authority with a password": [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "me:secret@x"),
        (":path", "/"),
    ],
    "capital": [*asks("/", "GET"), ("X-Odd", "1")],
    "name with a space": [*asks("/", "GET"), ("x y", "1")],
    "empty name": [*asks("/", "GET"), ("", "1")],
    "value with a line end": [*asks("/", "GET"), ("x", "a\r\ncontent-length: 5")],
    "value with a zero byte": [*asks("/", "GET"), ("x", "a\0")],
    "transfer-encoding": [*asks("/", "GET"), ("transfer-encoding", "chunked")],
    "connection": [*asks("/", "GET"), ("connection", "close")],
    "te": [*asks("/", "GET"), ("te", "gzip")],
    "two lengths": [*asks("/", "GET"), ("content-length", "0"), ("content-length", "0")],
    "signed length": [*asks("/", "GET"), ("content-length", "+0")],
    "wrong length": [*asks("/", "GET"), ("content-length", "1")],
}


@pytest.mark.parametrize("fields", MALFORMED_REQUESTS.values(), ids=MALFORMED_REQUESTS)
def test_malformed_request_is_left_out_and_others_go_on(fields: list[tuple[str, str]]) -> None:
    reading = Http2()
    reading.user(reading.of_user.headers(1, fields, ends=True)).get(3, "/3", ("x-odd", "1"))
    reading.says(1, b"no").says(3, b"ok")
    assert reading.ended == {"skipped:unparsed": 1}
    assert reading.pairs == [("/3", b"ok")]
    assert reading.room.take(ROOM_BYTES)


MALFORMED_ANSWERS: dict[str, Callable[[Speaker], bytes]] = {
    "no status": lambda says: says.headers(1, [("x", "y")], ends=True),
    "two digits": lambda says: says.headers(1, [(":status", "99")], ends=True),
    "two statuses": lambda says: says.says(1, (":status", "200"), ends=True),
    "path of an answer": lambda says: says.headers(1, [(":status", "200"), (":path", "/")]),
    "switching protocols": lambda says: says.headers(1, [(":status", "101")], ends=True),
    "interim at the end": lambda says: says.headers(1, [(":status", "103")], ends=True),
    "value with a line end": lambda says: says.says(1, ("x", "a\nb"), ends=True),
    "too short": lambda says: says.says(1, ("content-length", "3")) + data(1, b"x", ends=True),
    "too long": lambda says: says.says(1, ("content-length", "0")) + data(1, b"x", ends=True),
    "a body behind 204": lambda says: (
        says.headers(1, [(":status", "204")]) + data(1, b"x", ends=True)
    ),
    "status in trailers": lambda says: (
        says.says(1) + says.headers(1, [(":status", "200")], ends=True)
    ),
}


@pytest.mark.parametrize("answer", MALFORMED_ANSWERS.values(), ids=MALFORMED_ANSWERS)
def test_malformed_answer_is_left_out_and_others_go_on(answer: Callable[[Speaker], bytes]) -> None:
    reading = Http2().get(1, "/1").get(3, "/3")
    reading.primary(answer(reading.of_primary) + data(1, b"", ends=True)).says(3, b"ok")
    assert reading.ended == {"skipped:unparsed": 1}
    assert reading.pairs == [("/3", b"ok")]
    assert reading.room.take(ROOM_BYTES)


UNREADABLE_USERS: dict[str, Callable[[Speaker], bytes]] = {
    "even stream": lambda says: says.get(2, "/"),
    "stream 0": lambda _: frame(0x1, 0, b"\x82", 0x5),
    "content of no stream": lambda _: data(9, b"x"),
    "content behind the end": lambda _: data(1, b"x"),
    "head behind the end": lambda says: says.headers(1, [("x", "y")], ends=True),
    "reset of no stream": lambda _: reset(9),
    "reset too short": lambda _: frame(0x3, 1, b"123"),
    "settings too short": lambda _: frame(0x4, 0, b"123"),
    "answer to no settings": lambda _: ACK,
    "rest of no block": lambda _: frame(0x9, 3, b"", 0x4),
    "other frame in a block": lambda says: (
        says.headers(3, asks("/", "GET"), pieces=2)[:20] + frame(0x6, 0, b"12345678") * 9
    ),
    "push": lambda says: says.promises(1, 2, "/"),
    "padding beyond the end": lambda _: frame(0x0, 1, b"\x09x", 0x8),
    "padding without a length": lambda _: frame(0x0, 1, b"", 0x8),
    "head padded beyond its end": lambda _: frame(0x1, 3, b"\x09x", 0xC),
    "index that is not there": lambda _: frame(0x1, 3, b"\xff\x20", 0x5),
    "broken Huffman code": lambda _: frame(0x1, 3, b"\x40\x81\xff\x81\xff", 0x5),
    "table larger than allowed": lambda _: frame(0x1, 3, b"\x3f\xe1\x7f\x82", 0x5),
    "endless number": lambda _: frame(0x1, 3, b"\xff" + b"\x80" * 99, 0x5),
    "block too long": lambda _: (
        frame(0x1, 3, b"\x82" * (MOST_BLOCK_BYTES // 2)) + frame(0x9, 3, b"\x82" * 9000, 0x4)
    ),
    "block in tiny pieces": lambda _: frame(0x1, 3, b"\x82") + frame(0x9, 3) * 5,
    "bomb": lambda _: frame(0x1, 3, b"\x40\x01a\x7f\x81\x1f" + b"x" * 4096 + b"\xbe" * 4000, 0x5),
    "frame too long": lambda _: frame(0x1, 3, b"\x82" * 40_000, 0x5),
}


@pytest.mark.parametrize("raw", UNREADABLE_USERS.values(), ids=UNREADABLE_USERS)
def test_what_cannot_be_read_on_from_ends_the_reading(raw: Callable[[Speaker], bytes]) -> None:
    reading = Http2().get(1)
    reading.user(raw(reading.of_user)).says(1, b"ok")
    assert (reading.taken, reading.ended) == ([], {"skipped:unparsed": 1})
    assert reading.room.take(ROOM_BYTES)


UNREADABLE_PRIMARIES: dict[str, Callable[[Speaker], bytes]] = {
    "answer to nothing": lambda says: says.says(3),
    "content of nothing": lambda _: data(3, b"x"),
    "content before its head": lambda _: data(1, b"x", ends=True),
    "second head": lambda says: says.says(1) + says.headers(1, [("x", "y")]),
    "push on a stream that was not promised": lambda says: says.says(2),
    "odd promise": lambda says: says.promises(1, 3, "/"),
    "promise of the connection": lambda _: frame(0x5, 1, b"", 0x4),
    "end too short": lambda _: frame(0x7, 0, b"1234567"),
    "settings that nobody answers": lambda _: SETTINGS * (MOST_UNACKNOWLEDGED + 1),
    "table that was not lowered": lambda says: says.says(1),
}


@pytest.mark.parametrize("name", UNREADABLE_PRIMARIES)
def test_what_a_primary_cannot_say_ends_the_reading(name: str) -> None:
    reading = Http2().get(1)
    if name == "table that was not lowered":
        reading.user(settings(0)).primary(ACK)
    reading.primary(UNREADABLE_PRIMARIES[name](reading.of_primary))
    assert (reading.taken, reading.ended) == ([], {"skipped:unparsed": 1})


def test_primary_that_speaks_http_1_ends_the_reading() -> None:
    reading = Reading().user(PREFACE + SETTINGS + Speaker().get(1, "/"))
    reading.primary(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    assert (reading.taken, reading.ended) == ([], {"skipped:unparsed": 1})


def test_primary_may_speak_before_the_preface_is_whole() -> None:
    speaks, says = Speaker(), Speaker()
    reading = Reading().user(PREFACE[:9]).primary(SETTINGS).user(PREFACE[9:] + SETTINGS)
    assert reading.transcript.under_way is False
    reading.user(ACK + speaks.get(1, "/")).primary(ACK + says.says(1, ends=True))
    assert len(reading.taken) == 1


def test_preface_that_is_none_is_read_as_http_1() -> None:
    reading = Reading().user(b"P").user(b"RIOR / HTTP/1.1\r\nHost: x\r\n\r\n")
    reading.primary(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert [taken.request.method for taken in reading.taken] == ["PRIOR"]


def test_table_follows_the_settings_from_when_they_are_answered() -> None:
    reading = Http2().user(settings(100)).get(1).says(1, b"a", ("x-long", "y" * 60))
    reading.of_primary.encoder.header_table_size = 100
    reading.get(3).primary(ACK).says(3, b"b", ("x-long", "y" * 60)).get(5)
    reading.says(5, b"c", ("x-long", "y" * 60))
    assert [body for _, body in reading.pairs] == [b"a", b"b", b"c"]


def test_table_may_grow_as_far_as_it_is_kept() -> None:
    reading = Http2().user(settings(2 * MOST_TABLE_BYTES)).primary(ACK)
    reading.of_primary.encoder.header_table_size = MOST_TABLE_BYTES
    for stream in range(1, 41, 2):
        reading.get(stream).says(stream, b"", ("x-long", f"{stream} " + "y" * 3000))
    assert len(reading.taken) == 20
    reading.of_primary.encoder.header_table_size = 2 * MOST_TABLE_BYTES
    reading.get(41).says(41, b"")
    assert reading.ended == {"skipped:unparsed": 1}


def test_copies_and_heads_have_no_more_room_than_there_is_and_give_it_back() -> None:
    reading = Http2(room_bytes=500)
    reading.get(1).says(1, b"x" * 600).get(3, "/", ("x-long", "y" * 500)).says(3, b"")
    reading.get(5, "/5").says(5, b"ok")
    assert reading.ended == {"dropped:copy_room": 2}
    assert reading.pairs == [("/5", b"ok")]
    assert reading.room.take(500)


@pytest.mark.parametrize("event", [Event.USER_BROKE, Event.PRIMARY_BROKE, Event.PRIMARY_ENDED])
def test_room_is_given_back_whatever_ends_the_connection(event: Event) -> None:
    reading = Http2().get(1).get(3)
    reading.user(reading.of_user.post(5, "/") + data(5, b"x" * 600)).user(reset(3))
    reading.primary(reading.of_primary.says(1) + data(1, b"x" * 600)).happens(event)
    assert reading.room.take(ROOM_BYTES)


def test_more_streams_than_are_followed_end_the_reading() -> None:
    reading = Http2()
    for number in range(MOST_STREAMS):
        reading.get(2 * number + 1)
    assert reading.ended == {}
    reading.get(2 * MOST_STREAMS + 1)
    assert reading.ended == {"skipped:unparsed": MOST_STREAMS}


def test_something_under_way_is_known() -> None:
    reading = Http2()
    assert not reading.transcript.under_way
    head = reading.of_user.get(1, "/")
    began = reading.user(head[:12]).now
    assert reading.transcript.under_way
    assert reading.transcript.conversation.begun_at == began
    assert reading.user(head[12:]).transcript.under_way
    assert reading.transcript.conversation.begun_at is None
    reading.primary(reading.of_primary.says(1) + data(1, b"o"))
    assert reading.transcript.under_way
    assert not reading.primary(data(1, b"k", ends=True)).transcript.under_way


class Broken(Http2):
    def _offer(self, exchange: Exchange) -> bool:
        raise RuntimeError("a bug of ours")


def test_mistake_of_ours_loses_what_is_under_way_and_no_room() -> None:
    reading = Broken().get(1).get(3).says(1, b"ok").says(3, b"ok")
    assert reading.ended == {"dropped:internal_error": 2}
    assert reading.room.take(ROOM_BYTES)
