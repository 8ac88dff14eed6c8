"""Whatever is compared, its pair is answered and the next ones too."""

import time

import pytest

from shadow.comparing.pool import START_SECONDS, Pool
from tests.integration.comparing.hostile import work


@pytest.mark.parametrize(
    "harm", [b"deepdiff", b"regex", b"loop in C", b"swallow", b"crash", b"memory"]
)
def test_what_hangs_crashes_or_eats_memory_is_undecided_and_the_rest_goes_on(harm: bytes):
    lines = [b"one", harm, b"two", b"three"]
    with Pool(work, jobs=1, seconds=0.3) as pool:
        outcomes = list(pool.compare((f"line {n}", line) for n, line in enumerate(lines)))
    assert [outcome["verdict"] for outcome in outcomes] == ["same", "undecided", "same", "same"]
    assert [outcome.get("line") for outcome in outcomes] == ["one", None, "two", "three"]
    (difference,) = outcomes[1]["differences"]
    assert difference["kind"] == "undecided"
    assert difference["candidate"]


def test_several_children_answer_in_order():
    lines = [str(n).encode() for n in range(500)]
    with Pool(work, jobs=3, seconds=30) as pool:
        outcomes = list(pool.compare((str(n), line) for n, line in enumerate(lines)))
    assert [outcome["line"] for outcome in outcomes] == [line.decode() for line in lines]


def test_a_child_that_is_ready_has_no_more_time_to_start():
    with Pool(work, jobs=1, seconds=0.1) as pool:
        started = time.monotonic()
        outcomes = list(pool.compare([("1", b"loop in C"), ("2", b"loop in C"), ("3", b"one")]))
    assert [outcome["verdict"] for outcome in outcomes] == ["undecided", "undecided", "same"]
    # Less than the minute that a child may take to start, however slow the machine.
    assert time.monotonic() - started < START_SECONDS


def test_what_reading_raises_is_raised():
    def lines():
        yield "1", b"one"
        raise OSError("no more")

    with Pool(work, jobs=1, seconds=30) as pool, pytest.raises(OSError, match="no more"):
        list(pool.compare(lines()))
