"""HTTP/2: which exchanges are left out and counted, while others on the connection go on."""

import pytest

from shadow.capture.tee.transcript import Event
from tests.support.conversations import ROOM_BYTES, Reading
from tests.support.http2_bytes import (
    PREFACE,
    SETTINGS,
    asks,
    data,
    goes_away,
    reset,
)
from tests.support.http2_reading import Http2


def test_heads_of_exchanges_that_are_left_out_are_read_all_the_same() -> None:
    """Later ones refer to what they said."""
    reading = Http2(unsafe=())
    reading.user(reading.of_user.post(1, "/", ("x-token", "abc")) + data(1, b"x", ends=True))
    reading.says(1, b"1", ("x-said", "def")).get(3, "/", ("x-token", "abc"))
    reading.says(3, b"3", ("x-said", "def"))
    (taken,) = reading.taken
    assert (b"x-token", b"abc") in taken.request.headers
    assert (b"x-said", b"def") in taken.primary.headers
    assert reading.ended == {"skipped:method": 1}


def test_user_who_cancels_has_left_that_exchange_alone() -> None:
    reading = Http2().get(1, "/1").get(3, "/3")
    reading.primary(reading.of_primary.says(1, ("x-said", "1"))).user(reset(1))
    reading.primary(data(1, b"late")).says(3, b"ok", ("x-said", "1"))
    assert reading.ended == {"skipped:client_left": 1}
    assert reading.pairs == [("/3", b"ok")]


def test_answer_that_was_on_its_way_to_a_user_who_cancelled_is_no_other_s() -> None:
    reading = Http2().get(1, "/1").user(reset(1)).get(3, "/3")
    reading.says(1, b"late").says(3, b"ok")
    assert reading.pairs == [("/3", b"ok")]


def test_primary_that_resets_has_failed() -> None:
    reading = Http2().get(1, "/1").get(3, "/3").primary(reset(1, 7)).says(3, b"ok")
    assert reading.ended == {"skipped:primary_failed": 1}
    assert reading.pairs == [("/3", b"ok")]


def test_primary_that_has_said_all_may_reset() -> None:
    reading = Http2().get(1).says(1, b"ok").primary(reset(1, 0))
    assert (reading.pairs, reading.ended) == ([("/", b"ok")], {})


def test_streams_that_a_primary_going_away_has_not_looked_at_have_failed() -> None:
    reading = Http2().get(1, "/1").get(3, "/3").primary(goes_away(2**31 - 1) + goes_away(1))
    assert reading.ended == {"skipped:primary_failed": 1}
    reading.get(5, "/5").says(1, b"ok")
    assert reading.ended == {"skipped:primary_failed": 2}
    assert reading.pairs == [("/1", b"ok")]


def test_what_is_pushed_is_counted_and_left_out() -> None:
    reading = Http2().get(1, "/1")
    speaks = reading.of_primary
    reading.primary(speaks.promises(1, 2, "/style.css") + speaks.says(2, ("x-said", "1")))
    reading.primary(data(2, b"pushed", ends=True)).says(1, b"ok", ("x-said", "1"))
    assert reading.ended == {"skipped:pushed": 1}
    assert reading.pairs == [("/1", b"ok")]


@pytest.mark.parametrize("some", [b"", b"some"])
def test_answer_before_the_end_of_its_request_is_left_out_and_others_go_on(some: bytes) -> None:
    reading = Http2()
    reading.user(reading.of_user.post(1, "/1") + (data(1, some) if some else b""))
    reading.says(1, b"no").user(data(1, b"rest", ends=True)).get(3, "/3").says(3, b"ok")
    assert reading.ended == {"skipped:early_answer": 1}
    assert reading.pairs == [("/3", b"ok")]


def test_answer_that_was_begun_before_its_request_ended_is_early() -> None:
    reading = Http2()
    head = reading.of_primary.says(1)
    reading.user(reading.of_user.post(1, "/1")).primary(head[:3])
    reading.user(data(1, b"", ends=True)).primary(head[3:] + data(1, b"no", ends=True))
    assert (reading.taken, reading.ended) == ([], {"skipped:early_answer": 1})


def test_event_stream_is_left_out() -> None:
    reading = Http2().get(1, "/1").get(3, "/3")
    reading.primary(reading.of_primary.says(1, ("content-type", "Text/Event-Stream; a=b")))
    reading.primary(data(1, b"data: 1\n\n")).says(3, b"ok").user(reset(1))
    assert reading.ended == {"skipped:stream": 1}
    assert reading.pairs == [("/3", b"ok")]
    assert reading.room.take(ROOM_BYTES)


def test_tunnels_are_left_out() -> None:
    reading = Http2()
    websocket = [(":method", "CONNECT"), (":protocol", "websocket"), *asks("/", "")[1:]]
    reading.user(reading.of_user.headers(1, websocket) + data(1, b"frames"))
    reading.user(reading.of_user.headers(3, [(":method", "CONNECT"), (":authority", "x:1")]))
    reading.primary(reading.of_primary.says(1) + reading.of_primary.says(3) + data(3, b"x"))
    reading.get(5).says(5, b"ok").happens(Event.USER_BROKE)
    assert reading.ended == {"skipped:upgrade": 1, "skipped:excluded": 1}
    assert reading.pairs == [("/", b"ok")]


def test_each_that_is_not_answered_is_counted() -> None:
    for event, reason in (
        (Event.PRIMARY_ENDED, "skipped:primary_failed"),
        (Event.PRIMARY_BROKE, "skipped:primary_failed"),
        (Event.USER_BROKE, "skipped:client_left"),
    ):
        reading = Http2().get(1).get(3).get(5).says(1, b"ok").happens(event)
        assert reading.ended == {reason: 2}


def test_user_whom_the_primary_never_answered_is_counted_before_anything_was_asked() -> None:
    for event, ended in (
        (Event.PRIMARY_BROKE, {"skipped:primary_failed": 1}),
        (Event.PRIMARY_ENDED, {"skipped:primary_failed": 1}),
        (Event.USER_BROKE, {}),
    ):
        assert Reading().user(PREFACE + SETTINGS).happens(event).ended == ended
        assert Http2().happens(event).ended == {}


def test_bodies_longer_than_what_is_kept_are_left_out() -> None:
    reading = Http2().get(1).says(1, b"x" * 1001).get(3)
    reading.says(3, b"x" * 1001, ("content-length", "1001"))
    reading.user(reading.of_user.post(5, "/") + data(5, b"x" * 1001, ends=True)).says(5, b"ok")
    reading.get(7, "/7").says(7, b"ok")
    assert reading.ended == {"skipped:request_too_large": 1, "skipped:response_too_large": 2}
    assert reading.pairs == [("/7", b"ok")]
