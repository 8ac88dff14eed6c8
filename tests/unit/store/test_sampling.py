from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from shadow.store.sampling import slot_for


@given(arrival=st.integers(1, 10**9), exchange_id=st.text(), slots=st.integers(0, 20))
def test_a_slot_is_always_one_of_those_there_are(arrival, exchange_id, slots):
    slot = slot_for(arrival, exchange_id, slots)
    assert slot is None or 0 <= slot < slots


def test_the_first_ones_fill_the_slots_in_order():
    assert [slot_for(n, "x", 5) for n in range(1, 6)] == [0, 1, 2, 3, 4]


@given(arrival=st.integers(4, 10**6), exchange_id=st.text())
def test_the_first_three_are_never_replaced(arrival, exchange_id):
    assert slot_for(arrival, exchange_id, 5) not in {0, 1, 2}


def test_every_later_example_has_the_same_chance_to_be_kept():
    runs, arrivals = 2_000, 20
    kept = Counter(
        number
        for run in range(runs)
        for number in _kept([f"{run}-{n}" for n in range(arrivals)])
        if number >= 3
    )
    expected = runs * 2 / (arrivals - 3)
    # Five standard deviations of a binomial count; the draws are hashes, so this never changes.
    assert all(abs(kept[n] - expected) < 5 * expected**0.5 for n in range(3, arrivals))


def _kept(exchange_ids):
    slots = {}
    for number, exchange_id in enumerate(exchange_ids):
        slot = slot_for(number + 1, exchange_id, 5)
        if slot is not None:
            slots[slot] = number
    return slots.values()
