"""However a connection is cut and interleaved, no answer is taken for another request's."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.capture.tee.transcript import Event
from tests.support.conversations import ROOM_BYTES, Reading
from tests.support.drawn_conversations import damaged, heard


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
@given(damaged())
def test_damaged_conversations_are_left_out_without_a_mistake(
    pieces: list[tuple[bool, bytes]],
) -> None:
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
