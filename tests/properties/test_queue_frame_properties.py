"""Frames come out of a stream as they went in, whatever pieces it is cut into."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.queue.frames import FrameError, Frames, beginning

LIMIT = 1000
USUAL = 64

frames = st.lists(
    st.tuples(st.binary(min_size=1, max_size=1), st.binary(max_size=400), st.binary(max_size=400)),
    max_size=8,
)


def received(cutter: Frames, data: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """What is found in data that comes at once, and is received as there is room for it."""
    found = []
    while data:
        room = cutter.room
        number = min(len(room), len(data))
        room[:number] = data[:number]
        data = data[number:]
        found += [
            (frame.kind, bytes(frame.message), bytes(frame.rest))
            for frame in cutter.received(number)
        ]
    return found


@given(sent=frames, cuts=st.lists(st.integers(0, 8000), max_size=20))
def test_frames_come_out_as_they_went_in(
    sent: list[tuple[bytes, bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(beginning(kind, message, len(rest)) + rest for kind, message, rest in sent)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    cutter = Frames(LIMIT, USUAL)
    found = [
        frame
        for start, end in itertools.pairwise(edges)
        for frame in received(cutter, stream[start:end])
    ]
    assert found == sent


@given(before=frames, message=st.integers(0, 2**32 - 1), rest=st.integers(0, 2**32 - 1))
def test_what_is_longer_than_any_of_ours_is_refused_before_it_is_kept(
    before: list[tuple[bytes, bytes, bytes]], message: int, rest: int
) -> None:
    cutter = Frames(LIMIT, USUAL)
    for kind, said, more in before:
        received(cutter, beginning(kind, said, len(more)) + more)
    head = b"D" + message.to_bytes(4) + rest.to_bytes(4)
    if message + rest > LIMIT:
        with pytest.raises(FrameError):
            received(cutter, head)
    else:
        assert len(received(cutter, head)) == (message + rest == 0)


@given(stream=st.binary(max_size=5000))
def test_no_stream_makes_it_keep_much_more_than_one_frame(stream: bytes) -> None:
    cutter = Frames(LIMIT, USUAL)
    try:
        for at in range(0, len(stream), 100):
            received(cutter, stream[at : at + 100])
            assert len(cutter.room) <= 2 * (LIMIT + 9)
    except FrameError:
        pass
