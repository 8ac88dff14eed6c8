"""What each action excuses, and what it does not."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.rule import Rule
from shadow.settings.rule_files import rules_from
from tests.unit.diff.pairs import compare_json

TODAY = date(2026, 7, 1)
DOCS = Path(__file__).parents[4] / "docs" / "rules.md"


def rules(*objects: dict[str, object]) -> tuple[Rule, ...]:
    named = [{"name": f"r{at}", "reason": "-", **each} for at, each in enumerate(objects)]
    return rules_from(named, "test")


def left(primary: object, candidate: object, *objects: dict[str, object]) -> list[str]:
    """Location and kind of what rules leave."""
    found = compare_json(primary, candidate, rules=RuleBook.of(rules(*objects), TODAY).at(None))
    return [f"{d.kind.value} {d.location}" for d in found if d.excused_by is None]


def examples() -> list[tuple[str, str, dict[str, object]]]:
    rows = re.findall(r"^\| `\w+` \|.*\| `(.+)` \| `(.+)` \| `(.+)` \|$", DOCS.read_text(), re.M)
    return [(here, there, yaml.safe_load(rule)) for here, there, rule in rows]


@pytest.mark.parametrize(("primary", "candidate", "rule"), examples())
def test_examples_of_the_documentation_are_excused(primary, candidate, rule):
    assert left(primary, candidate)
    assert left(primary, candidate, rule) == []


def tolerance(**parameters: object) -> dict[str, object]:
    return {"location": "$", "action": "tolerance", **parameters}


def plain(action: str) -> dict[str, object]:
    return {"location": "$", "action": action}


NOON, NOON_AND_A_HALF = '"2026-01-31T12:00:00Z"', '"2026-01-31T12:00:00.5Z"'


@pytest.mark.parametrize(
    ("primary", "candidate", "rule", "is_excused"),
    [
        ("1.00", "1.01", tolerance(absolute=0.01), True),
        ("1.00", "1.0100001", tolerance(absolute=0.01), False),
        ("100", "101", tolerance(relative=0.01), True),
        ("101", "100", tolerance(relative=0.009), False),
        ("0", "0.001", tolerance(relative=0.5), False),
        ("9007199254740993", "9007199254740992", tolerance(absolute=0.5), False),
        ("9007199254740993", "9007199254740992", tolerance(absolute=1), True),
        ("1e400", "1e401", tolerance(relative=8.9), False),
        ("1e400", "1e401", tolerance(relative=9), True),
        ("1", "true", tolerance(absolute=1), False),
        ("NaN", "1", tolerance(absolute=1), False),
        ('"1.5"', '"1.4"', tolerance(absolute=0.1), True),
        ('"x"', '"y"', tolerance(absolute=0.1), False),
        ("1769860800000", "1769860800500", tolerance(milliseconds=500), True),
        ("1769860800000", "1769860800501", tolerance(milliseconds=500), False),
        ('"2026-01-31T12:00:00"', '"2026-01-31T12:00:00Z"', tolerance(milliseconds=1), False),
        ('"2026-01-31T12:00:00Z"', "1769860800", plain("same_instant"), True),
        (
            '"2026-01-31T12:00:00.5Z"',
            '"2026-01-31T12:00:00.500000000Z"',
            plain("same_instant"),
            True,
        ),
        (
            '"2026-01-31T12:00:00.5Z"',
            '"2026-01-31T12:00:00.500000001Z"',
            plain("same_instant"),
            False,
        ),
        ('"2026-01-31T12:00:00"', '"2026-01-31T12:00:00Z"', plain("same_instant"), False),
        ('"Sat, 31 Jan 2026 12:00:00 GMT"', '"2026-01-31T12:00:00Z"', plain("same_instant"), True),
        ('"2026-01-31T12:00:00Z"', '"N/A"', plain("same_shape"), False),
        ('"2026-01-31T12:00:00Z"', '"2027-01-31T12:00:00Z"', plain("same_shape"), True),
        ('""', "[]", plain("empty_is_null"), True),
        ("0", "null", plain("empty_is_null"), False),
        ("false", "null", plain("empty_is_null"), False),
        ('"Straße"', '"STRASSE"', plain("case_insensitive"), True),
        ('"a"', '"b"', plain("case_insensitive"), False),
        ("1", "22", {"location": "$", "action": "pattern", "pattern": "[0-9]+"}, True),
        ("1", '"x"', {"location": "$", "action": "pattern", "pattern": "[0-9]+"}, False),
        ("[1,2,2]", "[2,1]", plain("set"), True),
        ("[1,2,3]", "[2,1]", plain("set"), False),
        ("[1,2,2]", "[2,1]", plain("unordered"), False),
        ('"eyJhIjoxfQ=="', '"eyAiYSI6IDEgfQ"', plain("decode"), True),
        ('"eyJhIjoxfQ=="', '"eyJhIjoyfQ=="', plain("decode"), False),
        ('"eyJhIjoxfQ=="', '"!"', plain("decode"), False),
        ('{"a":1}', '{"b":1}', plain("added_ok"), False),
    ],
)
def test_an_action_excuses_what_it_says_and_no_more(primary, candidate, rule, is_excused):
    assert left(primary, candidate)
    assert (left(primary, candidate, rule) == []) is is_excused


def test_null_is_missing_says_nothing_of_another_value():
    rule = {"location": "$.a", "action": "null_is_missing"}
    assert left('{"a":null}', "{}", rule) == left("{}", '{"a":null}', rule) == []
    assert left('{"a":1}', "{}", rule) == ["missing $.a"]
    assert left('{"a":1}', '{"a":null}', rule) == ["null $.a"]


def test_unordered_lists_in_unordered_lists_are_matched_whatever_the_order_inside():
    everywhere = {"location": "$..*", "action": "unordered"}
    root = {"location": "$", "action": "unordered"}
    primary, candidate = "[[1,2],[3,[4,5]]]", "[[[5,4],3],[2,1]]"
    assert left(primary, candidate, everywhere, root) == []
    assert left(primary, "[[[5,4],3],[2,2]]", everywhere, root) != []


def test_a_bush_of_unordered_lists_is_compared():
    primary, candidate = [1, 2], [2, 1]
    for _ in range(12):
        primary, candidate = [primary, [primary]], [[candidate], candidate]
    everywhere = {"location": "$..*", "action": "unordered"}
    assert left(primary, candidate, everywhere, {"location": "$", "action": "unordered"}) == []


def test_a_key_tells_which_elements_belong_together():
    keyed = {"location": "$", "action": "unordered", "key": ["n", "m"]}
    primary = [{"n": 1, "m": 1, "v": 1}, {"n": 1, "m": 2, "v": 2}, {"n": 2, "m": 1, "v": 3}]
    candidate = [{"n": 2, "m": 1, "v": 3}, {"n": 1, "m": 2, "v": 9}, {"n": 1, "m": 1, "v": 1}]
    assert left(primary, candidate, keyed) == ["value $[*].v"]


def test_repeats_of_a_key_are_all_seen():
    keyed = {"location": "$", "action": "unordered", "key": ["id"]}
    primary = [{"id": 1, "v": 1}, {"id": 1, "v": 2}]
    assert left(primary, [{"id": 1, "v": 2}, {"id": 1, "v": 1}], keyed) == []
    assert left(primary, [{"id": 1, "v": 2}, {"id": 1, "v": 3}], keyed) == ["value $[*].v"]
    assert left(primary, [{"id": 1, "v": 2}], keyed) == ["missing $[*]"]


def test_what_a_decoded_text_holds_is_located_as_if_it_stood_there():
    rule = {"location": "$.data", "action": "decode", "encodings": ["json"]}
    found = left({"data": '{"a":[1,2]}'}, {"data": '{"a":[1,3]}'}, rule)
    assert found == ["value $.data.a[*]"]
