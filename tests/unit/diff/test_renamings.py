"""Which places of one exchange changed in one way."""

import json
from datetime import date

import pytest

from shadow.diff.compare import Comparer
from shadow.diff.limits import Limits
from shadow.diff.renamings import MOST_PLACES, MOST_VALUES, renamings, with_renamings
from shadow.diff.rules.book import RuleBook
from shadow.diff.rules.rule import Ignore, Rule
from shadow.model import DifferenceKind, Endpoint
from tests.unit.diff.pairs import response

ANN, BEN = "usr_1a2b3c4d", "usr_9z8y7x6w"


def found(primary, candidate, limits=None, rules=None):
    comparer = Comparer(limits=limits or Limits())
    return comparer.compare("GET", response(primary), response(candidate), rules)


def renamed(primary, candidate):
    """The places of each renaming."""
    numbers = renamings(found(primary, candidate))
    return sorted(
        sorted(place for place, own in numbers.items() if own == number)
        for number in set(numbers.values())
    )


def test_one_id_that_is_another_wherever_it_stands_is_one_renaming():
    order = {"user": {"id": ANN}, "lines": [{"by": ANN}, {"by": ANN}], "owner": ANN, "n": 1}
    other = json.loads(json.dumps({**order, "n": 2}).replace(ANN, BEN))
    assert renamed(order, other) == [["$.lines[*].by", "$.owner", "$.user.id"]]


def test_many_ids_are_one_renaming_where_each_has_one_partner():
    before = {"users": [{"id": 1000 + n} for n in range(50)], "by": [1001, 1003, 1003]}
    after = {"users": [{"id": 5000 + n} for n in range(50)], "by": [5001, 5003, 5003]}
    assert renamed(before, after) == [["$.by[*]", "$.users[*].id"]]


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        pytest.param((ANN, ANN), (BEN, "usr_00000000"), id="A to B here and A to C there"),
        pytest.param((ANN, BEN), ("usr_00000000",) * 2, id="two become one"),
        pytest.param((ANN, BEN), (BEN, ANN), id="each at one place only"),
        pytest.param((ANN, ANN, ANN), (BEN, BEN, "usr_00000000"), id="A to C at a third"),
        pytest.param((ANN, ANN, "usr_00000000"), (BEN,) * 3, id="C to B at a third"),
    ],
)
def test_values_with_two_partners_are_no_renaming(primary, candidate):
    names = "abc"
    assert (
        renamed(dict(zip(names, primary, strict=False)), dict(zip(names, candidate, strict=False)))
        == []
    )


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (1, 2),
        (999, 998),
        (12.5, 1000.5),
        ("open", "shipped"),
        ("USD", "EUR"),
        ("19.99", "20.99"),
        ("2026-01-31", "2026-02-01"),
        ("p-7", "p-8"),
        (True, False),
        ({"a": 1}, {"b": 2}),
    ],
)
def test_values_that_are_equal_by_chance_make_no_renaming(primary, candidate):
    both = ({"a": primary, "b": primary}, {"a": candidate, "b": candidate})
    assert renamed(*both) == []


def test_a_renaming_stands_among_other_changes_and_beside_another_renaming():
    before = {"a": ANN, "b": ANN, "c": 70001, "d": 70001, "at": "09:00:01", "n": 1, "m": 1}
    after = {"a": BEN, "b": BEN, "c": 80009, "d": 80009, "at": "09:00:02", "n": 2, "m": 2}
    assert renamed(before, after) == [["$.a", "$.b"], ["$.c", "$.d"]]


def test_a_place_that_also_changed_in_its_own_way_is_in_no_renaming():
    before = {"a": [ANN, "usr_00000000"], "b": [ANN, "usr_11111111"]}
    after = {"a": [BEN, "usr_22222222"], "b": [BEN, "usr_33333333"]}
    assert renamed(before, after) == []


def test_differences_are_numbered_and_others_stay_as_they_are():
    before, after = {"a": ANN, "b": ANN, "n": 1}, {"a": BEN, "b": BEN, "n": 2}
    seen = found(before, after)
    for differences in (seen.outline(), seen.differences()):
        numbers = {each.location: each.renaming for each in with_renamings(differences, seen)}
        assert numbers == {"$.a": 1, "$.b": 1, "$.n": None}


def test_what_a_rule_excuses_is_not_looked_at():
    rule = Rule(name="b", action=Ignore(), location="$.b", reason="differs")
    rules = RuleBook.of([rule], date(2026, 1, 1)).at(Endpoint(method="GET", template="/"))
    seen = found({"a": ANN, "b": ANN}, {"a": BEN, "b": BEN}, rules=rules)
    assert renamings(seen) == {}
    assert with_renamings(seen.differences(), seen) == seen.differences()


def test_where_there_is_too_much_to_look_at_less_is_told():
    many = range(MOST_VALUES)
    before = {"a": ANN, "b": ANN, "many": [10_000 + n for n in many]}
    after = {"a": BEN, "b": BEN, "many": [20_000 + n for n in many]}
    assert renamed(before, after) == [["$.a", "$.b"]]
    names = [f"k{n:03}" for n in range(2 * MOST_PLACES)]
    (places,) = renamed(dict.fromkeys(names, ANN), dict.fromkeys(names, BEN))
    assert places == [f"$.{name}" for name in names[:MOST_PLACES]]


def test_values_that_were_cut_to_texts_are_not_taken_for_equal():
    seen = found("one text " * 100, "another text " * 100)
    assert [each.kind for each in seen.outline()] == [DifferenceKind.VALUE]
    assert renamings(seen) == {}
