"""Documents that have most elements of a long list in common."""

import json
from datetime import date

import pytest

from shadow.diff.limits import Findings, Limits
from shadow.diff.rules.book import Rule, RuleBook
from shadow.diff.rules.rule import Unordered
from shadow.diff.shared import compare_shared
from shadow.model import Endpoint
from tests.unit.diff.pairs import compare_json, where

RECORDS = [{"id": at, "name": f"Item {at}", "pad": "p" * 80} for at in range(40)]


def text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def found(primary: object, candidate: object) -> list[tuple[str, str, str]] | None:
    """Pointer and kind of what differs but for what is shared; None where that does not tell."""
    findings = Findings(Limits())
    here, there = (side if isinstance(side, bytes) else text(side) for side in (primary, candidate))
    if not compare_shared(here, there, findings):
        return None
    return [(d.location, d.pointer, d.kind.value) for d in findings.differences()]


def changed(at: int) -> list[dict[str, object]]:
    return [*RECORDS[:at], RECORDS[at] | {"name": "Other"}, *RECORDS[at + 1 :]]


def test_an_element_that_changed_is_found_where_it_stands():
    expected = [("$.items[*].name", "/items/7/name", "value")]
    assert found({"items": RECORDS}, {"items": changed(7)}) == expected
    assert found(RECORDS, changed(0)) == [("$[*].name", "/0/name", "value")]


def test_what_stands_around_the_list_is_compared_too():
    here, there = {"total": 40, "items": RECORDS}, {"total": 41, "items": changed(0)}
    assert sorted(found(here, there)) == [
        ("$.items[*].name", "/items/0/name", "value"),
        ("$.total", "/total", "value"),
    ]


def test_elements_on_one_side_are_alone():
    assert found({"a": RECORDS}, {"a": RECORDS[1:]}) == [("$.a[*]", "/a/0", "missing")]
    new = [{"id": 99}, *RECORDS]
    assert found({"a": RECORDS}, {"a": new}) == [("$.a[*]", "/a/0", "extra")]
    assert found({"a": RECORDS[1:]}, {"a": [{"id": 99}, *RECORDS[2:]]}) == [
        ("$.a[*].id", "/a/0/id", "value"),
        ("$.a[*].name", "/a/0/name", "missing"),
        ("$.a[*].pad", "/a/0/pad", "missing"),
    ]


def test_another_order_is_told_with_the_rule_that_excuses_it():
    moved = [*changed(7)[1:], RECORDS[0]]
    rule = Rule(name="any order", location="$", action=Unordered(), reason="no order")
    rules = RuleBook.of([rule], date(2026, 1, 1)).at(Endpoint(method="GET", template="/items"))
    findings = Findings(Limits(), rules)
    assert compare_shared(text(RECORDS), text(moved), findings, rules.root)
    order, name = findings.differences()
    assert (order.location, order.kind.value, order.excused_by) == ("$", "order", "any order")
    assert order.primary == "array of 40 elements"
    findings = Findings(Limits(max_excerpt_chars=10_000), rules)
    assert compare_shared(text(RECORDS), text(moved), findings, rules.root)
    assert findings.differences()[0].candidate == text(moved).decode()
    assert (name.pointer, name.excused_by) == ("/7/name", None)


def test_white_space_between_elements_is_none_of_them():
    spread = json.dumps({"items": RECORDS}, indent=1).encode()
    other = spread.replace(b'"Item 9"', b'"Other"')
    assert found(spread, other) == [("$.items[*].name", "/items/9/name", "value")]
    padded = b" \n" + text({"items": RECORDS}) + b"\n"
    assert found(padded, text({"items": changed(9)})) == [
        ("$.items[*].name", "/items/9/name", "value")
    ]


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param({"items": [*RECORDS[1:], RECORDS[0]]}, id="another order"),
        pytest.param({"items": [*RECORDS, RECORDS[0]]}, id="a repeated element"),
        pytest.param({"other": RECORDS}, id="another place"),
        pytest.param(RECORDS, id="no object"),
        pytest.param({"errors": [{"message": "no"}], "items": RECORDS}, id="a failure"),
        pytest.param(text({"items": RECORDS})[:-1], id="no end"),
        pytest.param(text({"items": RECORDS}) + b"}", id="more than the end"),
        pytest.param(text({"items": RECORDS})[:-2] + b",{]}", id="a broken element"),
        pytest.param(text({"items": RECORDS}).replace(b"pppp", b"\xff", 1), id="no UTF-8"),
        pytest.param(b'{"items":' + text(RECORDS) + b',"items":[]}', id="a repeated name"),
        pytest.param(
            b'{"items":' + text(RECORDS) + b',"items":' + text(changed(0)) + b"}",
            id="two lists of one name",
        ),
    ],
)
def test_what_is_not_sure_is_left_to_the_walk(candidate):
    assert found({"items": RECORDS}, candidate) is None


def test_values_that_python_takes_for_equal_are_left_to_the_walk():
    true = [*RECORDS[:-1], RECORDS[-1] | {"tags": [1]}]
    one = [*RECORDS[:-1], RECORDS[-1] | {"tags": [True]}]
    assert found({"items": true}, {"items": one}) is None
    assert where(compare_json({"items": true}, {"items": one})) == [("$.items[*].tags[*]", "type")]


def test_a_name_that_looks_like_a_repeated_one_is_none_in_large_documents_too():
    names = (b'{"p (1st of 2)":1,"p":2}', b'{"p":1,"p":2}')
    here, there = (b'{"items":' + text(RECORDS) + b',"x":' + x + b"}" for x in names)
    assert {kind for _, kind in where(compare_json(here, there))} == {"missing", "extra"}
    assert compare_json(here, here.replace(b'"x":', b'"x": ')) == ()
