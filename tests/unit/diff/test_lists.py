from random import Random

import pytest

from tests.unit.diff.pairs import compare_json, only, where

ITEMS = [{"id": at, "name": f"item {at}", "price": at * 1.25} for at in range(1_000)]


def shuffled(elements):
    return Random(7).sample(elements, len(elements))


@pytest.mark.parametrize("at", [0, 1, 500, 999, 1_000])
def test_an_inserted_element_is_one_difference(at):
    candidate = [*ITEMS[:at], {"id": -1}, *ITEMS[at:]]
    difference = only(compare_json(ITEMS, candidate))
    assert (difference.location, difference.kind.value) == ("$[*]", "extra")
    assert (difference.pointer, difference.candidate) == (f"/{at}", '{"id":-1}')


def test_a_removed_element_is_one_difference():
    difference = only(compare_json(ITEMS, ITEMS[:500] + ITEMS[501:]))
    assert (difference.kind.value, difference.pointer) == ("missing", "/500")


def test_a_lost_repeat_is_missing():
    assert where(compare_json(["a", "b", "a"], ["a", "b"])) == [("$[*]", "missing")]
    assert where(compare_json(["a", "b", "a"], ["b", "a"])) == [("$[*]", "missing")]
    assert where(compare_json(["x", "x"], ["x", "x", "x"])) == [("$[*]", "extra")]


def test_lost_repeats_leave_the_order_as_it_was():
    assert where(compare_json([1, 2, 1, 2, 1], [2, 1, 1])) == [("$[*]", "missing")] * 2


def test_a_shuffled_list_is_one_difference():
    assert where(compare_json(ITEMS, shuffled(ITEMS))) == [("$", "order")]
    assert where(compare_json({"a": [1, 2, 3]}, {"a": [3.0, 1.0, 2.0]})) == [("$.a", "order")]


def test_a_shuffled_list_with_a_noisy_field_is_an_order_and_values():
    candidate = [element | {"price": element["price"] + 1} for element in shuffled(ITEMS[:20])]
    found = where(compare_json(ITEMS[:20], candidate))
    assert found.count(("$", "order")) == 1
    assert found.count(("$[*].price", "value")) == 20
    assert len(found) == 21


def test_without_an_id_elements_are_known_by_another_field():
    primary = [{"title": f"t{at}", "seen": at} for at in range(20)]
    candidate = [element | {"seen": -element["seen"] - 1} for element in shuffled(primary)]
    assert set(where(compare_json(primary, candidate))) == {
        ("$", "order"),
        ("$[*].seen", "value"),
    }


def test_few_elements_are_known_by_what_they_have_in_common():
    primary = [{"kind": "a", "on": True, "at": 1}, {"kind": "a", "on": False, "at": 2}]
    candidate = [{"kind": "a", "on": False, "at": 3}, {"kind": "a", "on": True, "at": 4}]
    assert set(where(compare_json(primary, candidate))) == {("$", "order"), ("$[*].at", "value")}


def test_few_elements_are_known_by_what_their_parts_have_in_common():
    def element(letters, seen):
        return {"parts": {letter: {"is": letter} for letter in letters} | {"seen": seen}}

    primary = [element("abcdef", 1), element("ghijkl", 2)]
    candidate = [element("ghijkl", 3), element("abcdef", 4)]
    assert set(where(compare_json(primary, candidate))) == {
        ("$", "order"),
        ("$[*].parts.seen", "value"),
    }


def test_an_element_with_another_id_is_another_element():
    candidate = [*ITEMS[:10], {"id": 5_000, "name": "new", "price": 1.0}, *ITEMS[11:20]]
    candidate[3] = candidate[3] | {"price": 0.5}
    candidate[4] = candidate[4] | {"price": 0.5}
    found = where(compare_json(ITEMS[:20], candidate))
    assert sorted(found) == [
        ("$[*]", "extra"),
        ("$[*]", "missing"),
        ("$[*].price", "value"),
        ("$[*].price", "value"),
    ]


def test_ids_that_are_always_new_are_values():
    primary = [{"id": f"x{at}", "name": "same"} for at in range(20)]
    candidate = [{"id": f"y{at}", "name": "same"} for at in range(20)]
    assert where(compare_json(primary, candidate)) == [("$[*].id", "value")] * 20


def test_a_window_that_moved_on_lost_an_element_and_gained_one():
    assert where(compare_json([1, 2, 3, 4], [2, 3, 4, 5])) == [
        ("$[*]", "missing"),
        ("$[*]", "extra"),
    ]


def test_a_changed_element_is_compared_with_itself():
    difference = only(compare_json(["a", "b", "c"], ["a", "x", "c"]))
    assert (difference.kind.value, difference.pointer) == ("value", "/1")
    assert where(compare_json([1, {"a": 1}, 3], [1, [], 3])) == [("$[*]", "type")]


def test_noisy_numbers_stay_where_they_are():
    primary = [{"score": 0.5}, {"score": 0.9}, {"score": 0.1}]
    candidate = [{"score": 0.88}, {"score": 0.12}, {"score": 0.52}]
    assert where(compare_json(primary, candidate)) == [("$[*].score", "value")] * 3


def test_pointers_lead_into_the_document_that_has_the_value():
    primary = [{"id": 1, "tags": ["a"]}, {"id": 2, "tags": ["a"]}]
    candidate = [{"id": 0}, {"id": 1, "tags": ["a"]}, {"id": 2, "tags": ["a"], "new": True}]
    found = {(d.location, d.pointer) for d in compare_json(primary, candidate)}
    assert found == {("$[*]", "/0"), ("$[*].new", "/2/new")}


def test_large_lists_are_matched():
    primary = list(range(100_000))
    assert where(compare_json(primary, [*primary[1:], -1])) == [
        ("$[*]", "missing"),
        ("$[*]", "extra"),
    ]


def test_a_list_in_which_every_element_changed_has_no_order():
    assert where(compare_json(["a", "b"], ["c", "d"])) == [("$[*]", "value")] * 2


def test_values_beyond_the_fast_parser_are_matched_too():
    big = 2**70
    primary, candidate = [big, big + 1, big + 2], [big + 2, big, big + 1]
    assert where(compare_json(primary, candidate)) == [("$", "order")]
    assert where(compare_json([big, 1], [1, big + 1])) == [("$[*]", "missing"), ("$[*]", "extra")]


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        ("[0.0,0]", "[0,0.0]"),
        ("[-0.0,0]", "[0,-0.0]"),
        ('[{"a":10},{"a":10.0},3]', '[{"a":10.0},{"a":10},3.0]'),
    ],
)
def test_equal_numbers_that_are_written_in_two_ways_have_no_order(primary, candidate):
    assert compare_json(primary, candidate) == ()


def test_equal_numbers_that_are_written_in_two_ways_are_matched():
    assert where(compare_json("[1,2,3.0,4]", "[3,1.0,2.0]")) == [
        ("$[*]", "missing"),
        ("$", "order"),
    ]
