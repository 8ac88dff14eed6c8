import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.queue.frames import beginning
from shadow.queue.pipe import GoneError, Pipe

_MOST = 64 * 1024


@pytest.fixture
def wires() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@given(parts=st.lists(st.integers(0, 40_000), min_size=1, max_size=400))
def test_what_the_other_end_takes_late_comes_whole_and_in_order(parts: list[int]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = Pipe(ours, _MOST, _MOST)
        sent = [bytes((number % 251,)) * size for number, size in enumerate(parts)]
        for start in range(0, len(sent), 50):
            sender.send(sent[start : start + 50])
        came = bytearray()
        theirs.settimeout(5)
        while len(came) < sum(parts):
            came += theirs.recv(_MOST)
            sender.flush()
        assert came == b"".join(sent)
        assert not sender.is_stuck


def test_a_pipe_is_stuck_while_the_other_end_takes_nothing(
    wires: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = wires
    sender, receiver = Pipe(ours, _MOST, _MOST), Pipe(theirs, _MOST, _MOST)
    frame = beginning(b"D", bytes(30_000))
    while not sender.is_stuck:
        sender.send((frame,))
    sender.flush()
    assert sender.is_stuck
    while sender.is_stuck:
        receiver.receive()
        sender.flush()


def test_who_is_gone_is_told_by_the_next_flush(wires: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = wires
    sender = Pipe(ours, _MOST, _MOST)
    while not sender.is_stuck:
        sender.send((bytes(30_000),))
    theirs.close()
    with pytest.raises(GoneError):
        sender.flush()
