import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.capture.guard.memory import Memory, MemoryGuard

FREE, SCARCE, OVER = Memory.FREE, Memory.SCARCE, Memory.OVER


@pytest.mark.parametrize(
    ("resident", "states"),
    [
        ([10, 89], [FREE, FREE]),
        ([90, 89, 80, 79], [SCARCE, SCARCE, SCARCE, FREE]),
        ([100, 99, 80, 79], [OVER, OVER, OVER, FREE]),
        ([95, 105, 95], [SCARCE, OVER, OVER]),
        ([10, 500, 10], [FREE, OVER, FREE]),
    ],
)
def test_the_state_follows_memory_and_lasts_until_it_has_fallen_well(
    resident: list[int], states: list[Memory]
) -> None:
    guard = MemoryGuard(100)
    assert [guard.look(taken) for taken in resident] == states


@given(st.lists(st.integers(0, 200), min_size=1))
def test_whatever_came_before_much_memory_is_never_free_and_little_always(
    resident: list[int],
) -> None:
    guard = MemoryGuard(100)
    for taken in resident:
        state = guard.look(taken)
        assert (state is FREE) <= (taken < 90)
        assert (taken < 80) <= (state is FREE)
        assert (taken >= 100) <= (state is OVER)
