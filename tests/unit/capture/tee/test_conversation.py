"""Which answer belongs to which request, and when that can no longer be told."""

import pytest

from shadow.capture.tee.conversation import MOST_REQUESTS_AHEAD
from shadow.capture.tee.heads import MOST_HEAD_BYTES, MOST_HEADERS
from shadow.capture.tee.transcript import Event
from tests.support.conversations import ROOM_BYTES, Reading

GET = b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
UPGRADE = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


def head(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def test_an_exchange_is_taken_with_all_that_was_on_the_wire() -> None:
    request = head("GET /\xe9?x HTTP/1.1", "Host: x", "x-ODD:  1 \t", "X-Odd: 2", "Empty:")
    answer = head("HTTP/1.1 404 Not here", "ETag: \xff", "Content-Length: 3") + b"\x00\xff\n"
    reading = Reading().user(request).primary(answer)
    (taken,) = reading.taken
    assert (taken.request.method, taken.request.target) == ("GET", "/\xe9?x")
    assert taken.request.headers == (
        (b"Host", b"x"),
        (b"x-ODD", b"1"),
        (b"X-Odd", b"2"),
        (b"Empty", b""),
    )
    assert taken.primary.headers == ((b"ETag", b"\xff"), (b"Content-Length", b"3"))
    assert (taken.primary.status, taken.primary.body) == (404, b"\x00\xff\n")


def test_times_are_those_of_the_bytes() -> None:
    """From the request's last byte to the answer's last; captured when the request began."""
    reading = Reading().user(GET[:5]).user(GET[5:]).primary(OK[:-1]).primary(OK[-1:])
    (taken,) = reading.taken
    assert (taken.captured_at, taken.primary.seconds) == (1001, 2)


BODIES = {
    "length": (head("HTTP/1.1 200 OK", "Content-Length: 5") + b"hello", b"hello"),
    "nothing": (head("HTTP/1.1 200 OK", "Content-Length: 0"), b""),
    "chunks": (
        head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"hello",
    ),
    "chunks and trailers": (
        head("HTTP/1.1 200 OK", "transfer-encoding: Chunked", "Trailer: X-Sum")
        + b"A\r\nhello\r\nyou\r\n000\r\nX-Sum: 1\r\nX-More: \r\n\r\n",
        b"hello\r\nyou",
    ),
    "204": (head("HTTP/1.1 204 No Content"), b""),
    "304 with a length": (head("HTTP/1.1 304 Not Modified", "Content-Length: 9"), b""),
    "304 with chunks": (head("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"), b""),
    "after interim answers": (
        head("HTTP/1.1 103 Early Hints", "Link: </a>") + head("HTTP/1.1 100 Continue") * 2 + OK,
        b"ok",
    ),
}


@pytest.mark.parametrize(("answer", "body"), BODIES.values(), ids=BODIES)
def test_body_ends_where_it_ends_and_the_next_answer_follows(answer: bytes, body: bytes) -> None:
    whole = Reading().user(GET + GET).primary(answer + OK)
    bytewise = Reading().user(GET + GET)
    for at in range(len(answer + OK)):
        bytewise.primary((answer + OK)[at : at + 1])
    for reading in (whole, bytewise):
        assert [taken.primary.body for taken in reading.taken] == [body, b"ok"]
        assert reading.ended == {}


def test_answer_to_head_has_no_body_whatever_it_says() -> None:
    answer = head("HTTP/1.1 200 OK", "Content-Length: 1234")
    reading = Reading().user(head("HEAD / HTTP/1.1", "Host: x") + GET).primary(answer + OK)
    assert [taken.primary.body for taken in reading.taken] == [b"", b"ok"]


def test_answer_until_close_is_taken_when_the_primary_closes() -> None:
    reading = Reading().user(GET).primary(head("HTTP/1.1 200 OK") + b"all ").primary(b"of it")
    assert reading.taken == []
    reading.happens(Event.PRIMARY_ENDED)
    assert [taken.primary.body for taken in reading.taken] == [b"all of it"]


@pytest.mark.parametrize("end", [Event.PRIMARY_BROKE, Event.USER_ENDED])
def test_answer_until_close_that_may_be_cut_short_is_not_taken(end: Event) -> None:
    reading = Reading().user(GET).primary(head("HTTP/1.1 200 OK") + b"all of")
    reading.happens(end).happens(Event.PRIMARY_ENDED)
    assert (reading.taken, reading.captured) == ([], 1)


def test_upload_is_taken_with_its_content() -> None:
    upload = head("POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n"
    reading = Reading().user(upload[:-4]).user(upload[-4:]).primary(OK)
    assert [taken.request.body for taken in reading.taken] == [b"abc"]


def test_expectation_is_answered_before_the_body_comes() -> None:
    upload = head("PUT / HTTP/1.1", "Expect: 100-continue", "Content-Length: 4")
    reading = Reading().user(upload).primary(head("HTTP/1.1 100 Continue")).user(b"body")
    reading.primary(OK)
    assert [taken.request.body for taken in reading.taken] == [b"body"]


def test_request_of_another_protocol_that_is_refused_is_an_exchange() -> None:
    reading = Reading().user(UPGRADE).primary(OK).user(GET).primary(OK)
    assert len(reading.taken) == 2


def test_upload_that_offers_http_2_is_an_exchange() -> None:
    """As Java's client sends each first request without TLS."""
    offers = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA")
    upload = head("POST / HTTP/1.1", *offers, "Content-Length: 4") + b"body"
    reading = Reading().user(upload).primary(OK)
    assert [taken.request.body for taken in reading.taken] == [b"body"]


def test_what_follows_a_switch_of_protocols_is_not_read() -> None:
    reading = Reading().user(UPGRADE).primary(SWITCHED + OK).user(GET).primary(OK)
    assert (reading.taken, reading.ended) == ([], {"skipped:upgrade": 1})


def test_what_follows_connect_is_not_read() -> None:
    reading = Reading().user(head("CONNECT x:443 HTTP/1.1", "Host: x")).primary(OK[:19] + b"\r\n")
    reading.user(GET).primary(OK)
    assert (reading.taken, reading.ended) == ([], {"skipped:excluded": 1})


EARLY = {
    "before the body's end": (GET[:-2] + b"Content-Length: 9\r\n\r\nhalf", OK),
    "before its begin": (GET[:-2] + b"Content-Length: 9\r\n\r\n", OK),
    "before the last chunk": (GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", OK),
    "begun before": (GET[:-2] + b"Content-Length: 1\r\n\r\n", OK[:5]),
}


@pytest.mark.parametrize(("request_", "answer"), EARLY.values(), ids=EARLY)
def test_answer_before_the_end_of_its_request_ends_the_reading(
    request_: bytes, answer: bytes
) -> None:
    """The primary may take the rest for the next request, or for none."""
    reading = Reading().user(request_).primary(answer).user(b"x").primary(OK[len(answer) :])
    reading.user(GET).primary(OK)
    assert (reading.taken, reading.ended) == ([], {"skipped:early_answer": 1})


def test_answer_to_nothing_ends_the_reading() -> None:
    reading = Reading().primary(head("HTTP/1.1 408 Request Timeout")).user(GET).primary(OK)
    assert (reading.taken, reading.ended) == ([], {"skipped:unparsed": 1})


def test_answer_that_was_begun_before_its_request_is_not_taken() -> None:
    reading = Reading().primary(OK[:9]).user(GET).primary(OK[9:])
    assert (reading.taken, reading.ended) == ([], {"skipped:early_answer": 1})


UNPARSED_REQUESTS = {
    "two lengths": head("GET / HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
    "the same length twice": head("GET / HTTP/1.1", "Content-Length: 1", "content-length: 1"),
    "two lengths in one": head("GET / HTTP/1.1", "Content-Length: 1, 1"),
    "signed length": head("GET / HTTP/1.1", "Content-Length: +1"),
    "octal length": head("GET / HTTP/1.1", "Content-Length: 010"),
    "endless length": head("GET / HTTP/1.1", "Content-Length: " + "9" * 40),
    "length and coding": head("GET / HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
    "coding and length": head("GET / HTTP/1.1", "Transfer-Encoding: chunked", "Content-Length: 1"),
    "two codings": head("GET / HTTP/1.1", "Transfer-Encoding: gzip, chunked"),
    "coding twice": head("GET / HTTP/1.1", *["Transfer-Encoding: chunked"] * 2),
    "hidden coding": head("GET / HTTP/1.1", "Transfer-Encoding: \x0bchunked"),
    "other coding": head("GET / HTTP/1.1", "Transfer-Encoding: identity"),
    "coding of HTTP/1.0": head("GET / HTTP/1.0", "Transfer-Encoding: chunked"),
    "folded line": head("GET / HTTP/1.1", "X: 1", " 2"),
    "space before a colon": head("GET / HTTP/1.1", "Content-Length : 1"),
    "name with a space": head("GET / HTTP/1.1", "X Y: 1"),
    "no colon": head("GET / HTTP/1.1", "X"),
    "zero byte": head("GET / HTTP/1.1", "X: a\x00b"),
    "bare carriage return": head("GET / HTTP/1.1", "X: a\rContent-Length: 5"),
    "bare line feed": head("GET / HTTP/1.1", "X: a\nContent-Length: 5"),
    "bare line feeds": GET.replace(b"\r\n", b"\n") + b"\r\n\r\n",
    "version 1.2": head("GET / HTTP/1.2"),
    "version 0.9": b"GET /\r\n\r\n",
    "version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "space in a target": head("GET /a b HTTP/1.1"),
    "two spaces": head("GET  / HTTP/1.1"),
    "odd method": head("G(T / HTTP/1.1"),
    "head too long": head("GET / HTTP/1.1", "X: " + "x" * MOST_HEAD_BYTES),
    "too many headers": head("GET / HTTP/1.1", *["X: y"] * (MOST_HEADERS + 1)),
    "size with an extension": head("GET / HTTP/1.1", "Transfer-Encoding: chunked")
    + b"1;a\r\nx\r\n",
    "padded size": head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"1 \r\nx\r\n",
    "size with 0x": head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"0x1\r\nx\r\n",
    "size with a bare line feed": head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"1\nx",
    "endless size": head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"1" * 20,
    "chunk too long": head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"1\r\nxx\r\n",
    "bare line feed behind a chunk": (
        head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"1\r\nx\n"
    ),
    "endless trailers": (
        head("GET / HTTP/1.1", "Transfer-Encoding: chunked") + b"0\r\n" + b"X: y\r\n" * 10_000
    ),
}


@pytest.mark.parametrize("raw", UNPARSED_REQUESTS.values(), ids=UNPARSED_REQUESTS)
def test_request_that_readers_differ_in_ends_the_reading(raw: bytes) -> None:
    for reading in (Reading().user(raw), bytewise(raw)):
        reading.primary(OK).user(GET).primary(OK).happens(Event.USER_BROKE)
        assert (reading.taken, reading.ended) == ([], {"skipped:unparsed": 1})


def bytewise(raw: bytes) -> Reading:
    reading = Reading()
    for at in range(len(raw)):
        reading.user(raw[at : at + 1])
    return reading


UNPARSED_ANSWERS = {
    "two lengths": head("HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2"),
    "padded length": head("HTTP/1.1 200 OK", "Content-Length: 02"),
    "length and coding": head("HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked"),
    "other coding": head("HTTP/1.1 200 OK", "Transfer-Encoding: identity"),
    "folded line": head("HTTP/1.1 200 OK", "X: 1", " 2"),
    "no status": head("HTTP/1.1 OK"),
    "no HTTP": b"SSH-2.0-x\r\n\r\n",
    "empty line first": b"\r\n" + OK,
    "other version": head("HTTP/1.10 200 OK"),
    "bad chunk": head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"zz\r\n",
    "more behind the last answer": (
        head("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 0") + OK
    ),
}


@pytest.mark.parametrize("raw", UNPARSED_ANSWERS.values(), ids=UNPARSED_ANSWERS)
def test_answer_that_readers_differ_in_ends_the_reading(raw: bytes) -> None:
    reading = Reading().user(GET + GET).primary(raw).user(GET).primary(OK)
    assert all(taken.primary.body == b"" for taken in reading.taken)
    assert reading.ended["skipped:unparsed"] == 2 - len(reading.taken)


def test_no_request_is_read_behind_the_last() -> None:
    """The primary closes after it, and sees no more."""
    last = head("GET / HTTP/1.1", "Connection: close")
    reading = Reading().user(last + GET).primary(OK).happens(Event.PRIMARY_ENDED)
    assert (len(reading.taken), reading.captured) == (1, 1)


def test_requests_far_ahead_end_the_reading() -> None:
    reading = Reading().user(GET * MOST_REQUESTS_AHEAD)
    assert reading.ended == {}
    reading.user(GET)
    assert reading.ended == {"skipped:unparsed": MOST_REQUESTS_AHEAD}


def test_each_that_is_not_answered_is_counted() -> None:
    assert Reading().user(GET * 3).happens(Event.PRIMARY_ENDED).ended == {
        "skipped:primary_failed": 3
    }
    assert Reading().user(GET * 3).primary(OK).happens(Event.USER_BROKE).ended == {
        "skipped:client_left": 2
    }


def test_user_who_said_all_and_waits_is_still_answered() -> None:
    reading = Reading().user(GET).happens(Event.USER_ENDED).primary(OK)
    assert len(reading.taken) == 1


def test_bodies_longer_than_what_is_kept_are_read_for_their_ends_alone() -> None:
    long = head("HTTP/1.1 200 OK", "Content-Length: 1001") + b"x" * 1001
    chunks = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")
    chunks += b"1f4\r\n%s\r\n" % (b"x" * 500) * 3 + b"0\r\n\r\n"
    upload = head("POST / HTTP/1.1", "Content-Length: 1001") + b"x" * 1001
    reading = Reading().user(GET + GET + upload + GET).primary(long + chunks + OK + OK)
    assert reading.ended == {"skipped:request_too_large": 1, "skipped:response_too_large": 2}
    assert len(reading.taken) == 1


def test_copies_have_no_more_room_than_there_is_and_give_it_back() -> None:
    answer = head("HTTP/1.1 200 OK", "Content-Length: 600") + b"x" * 600
    reading = Reading(room_bytes=500).user(GET).primary(answer[:90]).primary(answer[90:])
    reading.user(GET).primary(OK)
    assert reading.ended == {"dropped:copy_room": 1}
    assert len(reading.taken) == 1


@pytest.mark.parametrize("event", [Event.USER_BROKE, Event.PRIMARY_BROKE, Event.PRIMARY_ENDED])
def test_room_is_given_back_whatever_ends_the_connection(event: Event) -> None:
    upload = head("POST / HTTP/1.1", "Content-Length: 600") + b"x" * 600
    answer = head("HTTP/1.1 200 OK", "Content-Length: 600") + b"x" * 599
    reading = Reading().user(upload + upload).primary(answer).happens(event)
    assert reading.room.take(ROOM_BYTES)


def test_event_stream_is_left_out_and_told_by_its_type() -> None:
    events = head("HTTP/1.1 200 OK", "Content-Type: Text/Event-Stream; a=b")
    reading = Reading().user(GET).primary(events + b"data: 1\n\n").happens(Event.USER_BROKE)
    assert reading.ended == {"skipped:stream": 1}


@pytest.mark.parametrize(
    ("said", "heard_out"),
    [
        (b"", False),
        (GET[:-1], False),
        (GET, True),
        (GET + GET[:5], False),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", False),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", False),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", False),
        (b"no HTTP\r\n\r\n", False),
    ],
)
def test_it_is_known_whether_something_has_to_come_for_what_was_asked(
    said: bytes, heard_out: bool
) -> None:
    reading = Reading()
    if said:
        reading.user(said)
    assert reading.transcript.heard_out is heard_out


def test_who_has_all_answers_has_nothing_to_wait_for() -> None:
    assert not Reading().user(GET).primary(OK).transcript.heard_out


def test_something_under_way_is_known() -> None:
    reading = Reading()
    assert not reading.transcript.under_way
    assert reading.user(GET[:3]).transcript.under_way
    assert reading.user(GET[3:]).transcript.under_way
    assert reading.primary(OK[:-1]).transcript.under_way
    assert not reading.primary(OK[-1:]).transcript.under_way
