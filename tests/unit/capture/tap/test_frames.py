from shadow.capture.tap.frames import Frames, Gap
from tests.support.traces import answered, asked, trace

ONE = trace(asked("/1"), answered())
TWO = trace(asked("/2"), answered(body=b"}\n{\n}\n" * 100))


def all_of(frames: Frames) -> list[bytes | Gap]:
    found = []
    while (frame := frames.next()) is not None:
        found.append(frame if isinstance(frame, Gap) else bytes(frame))
    return found


def test_a_trace_is_there_as_soon_as_its_last_byte_is() -> None:
    frames = Frames(10_000)
    frames.feed(ONE[:-1])
    assert all_of(frames) == []
    frames.feed(ONE[-1:] + TWO)
    assert all_of(frames) == [ONE, TWO]
    assert frames.held_bytes == 0


def test_an_endless_trace_is_let_go_in_little_memory_and_the_next_is_understood() -> None:
    frames = Frames(1000)
    frames.feed(ONE)
    frames.feed(b"{" + b"x" * 5_000)
    assert all_of(frames) == [ONE]
    for _ in range(100):
        frames.feed(b"y" * 10_000)
        assert all_of(frames) == []
        assert frames.held_bytes < 10
    frames.feed(b"\n}\n" + ONE)
    assert all_of(frames) == [Gap.OVERLONG, ONE]


def test_a_trace_that_comes_whole_is_not_longer_than_the_others_either() -> None:
    frames = Frames(len(TWO) - 1)
    frames.feed(TWO + ONE)
    assert all_of(frames) == [Gap.OVERLONG, ONE]


def test_what_is_shed_is_counted_and_the_trace_under_way_stays() -> None:
    frames = Frames(10_000)
    frames.feed(ONE * 3 + TWO[:50])
    assert frames.shed() == 3
    assert frames.shed() == 0
    frames.feed(TWO[50:])
    assert all_of(frames) == [TWO]
