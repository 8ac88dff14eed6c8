from hypothesis import given
from hypothesis import strategies as st

from shadow.store.ledger import Ledger, from_text, to_text

_numbers = st.lists(st.integers(min_value=1, max_value=30), max_size=20)


@given(batches=st.lists(_numbers, max_size=5))
def test_exactly_the_counted_numbers_are_in_a_ledger(batches):
    ledger = Ledger()
    for batch in batches:
        ledger = ledger.counting(batch)
    counted = {number for batch in batches for number in batch}
    assert {number for number in range(1, 40) if number in ledger} == counted


def test_numbers_without_a_gap_are_one_number():
    assert Ledger().counting([3, 1, 2]) == Ledger(upto=3)


def test_a_gap_costs_one_span_however_much_is_above_it():
    assert Ledger().counting(range(2, 10_000)) == Ledger(upto=0, spans=((2, 9_999),))


def test_a_late_number_closes_its_gap():
    assert Ledger(upto=1, spans=((3, 5), (7, 7))).counting([2]) == Ledger(upto=5, spans=((7, 7),))


def test_spans_are_written_as_json():
    assert to_text(((7, 9), (12, 12))) == "[[7,9],[12,12]]"
    assert from_text("[[7,9],[12,12]]") == ((7, 9), (12, 12))
