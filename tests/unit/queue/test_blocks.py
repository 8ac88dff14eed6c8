"""What a live process keeps in memory that its workers can read."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.queue.blocks import SharedBlocks
from shadow.queue.lent import BLOCK_BYTES, LentBlocks

_MOST = 64 * BLOCK_BYTES

_steps = st.lists(
    st.tuples(st.just("keep"), st.integers(0, 5 * BLOCK_BYTES))
    | st.tuples(st.just("free"), st.integers(0, 63))
    | st.tuples(st.just("give back"), st.just(0)),
    max_size=60,
)


@pytest.fixture
def shared() -> Iterator[SharedBlocks]:
    blocks = SharedBlocks(_MOST)
    yield blocks
    blocks.close()


def _lent(shared: SharedBlocks) -> LentBlocks:
    assert shared.descriptor is not None
    return LentBlocks(os.dup(shared.descriptor))


def _bytes_in_memory(shared: SharedBlocks) -> int:
    assert shared.descriptor is not None
    return os.fstat(shared.descriptor).st_blocks * 512


@given(_steps)
def test_what_is_kept_is_read_as_it_was_until_it_is_freed(steps: list[tuple[str, int]]) -> None:
    shared = SharedBlocks(_MOST)
    lent, held, taken = _lent(shared), [], 0
    for number, (step, value) in enumerate(steps):
        if step == "keep" and taken + shared.room_for(value) <= _MOST:
            body = bytes((number % 251 + 1,)) * value
            held.append((body, shared.keep(body)))
            taken += shared.room_for(value)
        elif step == "free" and value < len(held):
            body, blocks = held.pop(value)
            shared.free(blocks)
            taken -= shared.room_for(len(body))
        elif step == "give back":
            shared.give_back()
        for body, blocks in held:
            assert b"".join(lent.body(blocks, len(body)).pieces()) == body
    shared.close()


def test_all_of_the_limit_can_be_used_whatever_was_freed_before(shared: SharedBlocks) -> None:
    for _ in range(3):
        kept = [shared.keep(bytes(BLOCK_BYTES + 1)) for _ in range(32)]
        assert len({block for blocks in kept for block in blocks}) == 64
        for blocks in kept[::2] + kept[1::2]:
            shared.free(blocks)


def test_what_was_freed_last_is_used_first(shared: SharedBlocks) -> None:
    for _ in range(100):
        shared.free(shared.keep(bytes(3 * BLOCK_BYTES)))
    assert _bytes_in_memory(shared) == 3 * BLOCK_BYTES


def test_what_is_free_can_be_given_back_to_the_system(shared: SharedBlocks) -> None:
    small, large = shared.keep(b"x" * 100), shared.keep(b"y" * 40 * BLOCK_BYTES)
    assert _bytes_in_memory(shared) >= 40 * BLOCK_BYTES
    shared.free(large)
    shared.give_back()
    assert _bytes_in_memory(shared) <= BLOCK_BYTES
    assert b"".join(_lent(shared).body(small, 100).pieces()) == b"x" * 100


def test_what_was_given_back_is_used_again(shared: SharedBlocks) -> None:
    for _ in range(5):
        blocks = shared.keep(b"y" * _MOST)
        assert b"".join(_lent(shared).body(blocks, _MOST).pieces()) == b"y" * _MOST
        shared.free(blocks)
        shared.give_back()


def test_who_may_read_it_cannot_take_it_from_under_the_live_process(shared: SharedBlocks) -> None:
    assert shared.descriptor is not None
    with pytest.raises(PermissionError):
        os.ftruncate(shared.descriptor, 0)


def test_a_worker_does_not_write(shared: SharedBlocks) -> None:
    blocks = shared.keep(b"x" * 100)
    (piece,) = _lent(shared).body(blocks, 100).pieces()
    assert piece.readonly


def test_what_is_lent_stays_when_the_live_process_is_gone() -> None:
    shared = SharedBlocks(_MOST)
    lent, blocks = _lent(shared), shared.keep(b"x" * 100)
    shared.close()
    assert b"".join(lent.body(blocks, 100).pieces()) == b"x" * 100


def test_a_body_of_nothing_takes_nothing_of_others(shared: SharedBlocks) -> None:
    first, second = shared.keep(b"a" * 10), shared.keep(b"b" * 10)
    shared.free(first)
    assert shared.keep(b"") == []
    third = shared.keep(b"c" * 10)
    assert shared.read(second, 10) == b"b" * 10
    assert shared.read(third, 10) == b"c" * 10


@pytest.mark.parametrize(("blocks", "length"), [((-1,), 10), ((0, 1), 10), ((), 10), ((0,), 0)])
def test_what_are_no_blocks_of_a_body_is_refused(
    shared: SharedBlocks, blocks: tuple[int, ...], length: int
) -> None:
    with pytest.raises(ValueError, match="blocks"):
        _lent(shared).body(blocks, length).pieces()


@pytest.mark.parametrize("blocks", [(64,), (2**40,), (10**30,)])
def test_of_blocks_that_are_not_there_nothing_is_read(
    shared: SharedBlocks, blocks: tuple[int, ...]
) -> None:
    assert b"".join(_lent(shared).body(blocks, 100).pieces()) == b""


def test_without_such_memory_a_body_takes_as_much_as_it_is_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    shared = SharedBlocks(_MOST)
    assert shared.descriptor is None
    assert shared.room_for(100) == 100
    shared.give_back()
    shared.close()
