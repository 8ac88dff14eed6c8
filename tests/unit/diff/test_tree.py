import pytest

from shadow.model import DifferenceKind
from tests.unit.diff.pairs import compare_json, only, where


@pytest.mark.parametrize(
    ("primary", "candidate", "kind"),
    [
        ({"a": 1}, {}, "missing"),
        ({}, {"a": 1}, "extra"),
        ({"a": 1}, {"a": None}, "null"),
        ({"a": None}, {"a": 0}, "null"),
        ({"a": None}, {}, "missing"),
        ({"a": 1}, {"a": True}, "type"),
        ({"a": 0}, {"a": False}, "type"),
        ({"a": 1}, {"a": "1"}, "type"),
        ({"a": []}, {"a": {}}, "type"),
        ({"a": ""}, {"a": []}, "type"),
        ({"a": 1}, {"a": 2}, "value"),
        ({"a": 1.5}, {"a": 1.25}, "value"),
        ({"a": True}, {"a": False}, "value"),
        ({"a": "one"}, {"a": "two"}, "value"),
        ({"a": "2026-01-02T03:04:05Z"}, {"a": ""}, "shape"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "order"),
    ],
)
def test_a_difference_has_the_kind_of_what_happened(primary, candidate, kind):
    assert where(compare_json(primary, candidate)) == [("$.a", kind)]


def test_names_with_two_underscores_are_names_like_any_other():
    primary, candidate = {"__typename": "Cat", "__v": 1}, {"__typename": "Dog", "__v": 2}
    assert where(compare_json(primary, candidate)) == [
        ("$.__typename", "value"),
        ("$.__v", "value"),
    ]


def test_one_and_zero_are_not_true_and_false():
    assert where(compare_json([1, 0], [True, False])) == [("$[*]", "type")] * 2


def test_another_order_of_names_is_no_difference():
    assert compare_json(b'{"a": {"x": 1, "y": [1]}, "b": 2}', b'{"b":2,"a":{"y":[1],"x":1}}') == ()


def test_the_root_may_be_a_scalar():
    difference = only(compare_json(b"1", b"2"))
    assert (difference.location, difference.pointer) == ("$", "")
    assert where(compare_json(b"[]", b"{}")) == [("$", "type")]


def test_both_values_are_shown_as_json():
    difference = only(compare_json({"a": "1"}, {"a": 1}))
    assert (difference.primary, difference.candidate) == ('"1"', "1")
    difference = only(compare_json({"a": {"b": [1]}}, {}))
    assert (difference.primary, difference.candidate) == ('{"b":[1]}', None)


def test_differences_come_in_the_order_of_the_primary():
    primary = {"c": {"x": 1}, "b": [{"y": 1}], "a": {"z": 1}}
    candidate = {"a": {"z": 2}, "b": [{"y": 2}], "c": {"x": 2}}
    assert [d.location for d in compare_json(primary, candidate)] == [
        "$.c.x",
        "$.b[*].y",
        "$.a.z",
    ]


def test_an_object_of_very_many_names_is_compared():
    primary = {f"name{at}x": at for at in range(100_000)}
    difference = only(compare_json(primary, primary | {"name5x": -1}))
    assert (difference.location, difference.kind) == ("$.name5x", DifferenceKind.VALUE)


def test_lists_nested_sixteen_deep_are_compared():
    primary, candidate = "[" * 16 + "1" + "]" * 16, "[" * 16 + "2" + "]" * 16
    assert where(compare_json(primary, candidate)) == [("$" + "[*]" * 16, "value")]


def test_a_bush_of_lists_in_which_every_leaf_moved_is_compared():
    primary, candidate = [1, 2], [2, 1]
    for _ in range(8):
        primary, candidate = [primary, primary], [candidate, candidate]
    found = compare_json(primary, candidate)
    assert {kind for _, kind in where(found)} == {"order"}
    assert len(found) == 256
