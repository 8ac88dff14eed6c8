"""Elements of two lists side by side, as the differ compared them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.diff.compare import Comparer
from shadow.model import DifferenceKind, Example, Finding, Request
from shadow.report.view.answers import answer_rows
from shadow.report.view.marks import Known, Mark, marks_of
from shadow.report.view.rows import Row
from tests.support.releases import signature
from tests.unit.report.view.test_answers import differs, marked, response, rows


def compared(primary: object, candidate: object) -> list[Row]:
    """The rows of two answers that were really compared; what was seen is marked as noise."""
    here, there = response(primary), response(candidate)
    found = tuple(Comparer().compare("GET", here, there, None, "/").differences())
    example = Example(
        exchange_id="x",
        captured_at=0.0,
        request=Request(method="GET", target="/", headers=()),
        primary=here,
        candidate=there,
        differences=found,
    )
    finding = Finding(signature=signature(), compared=1, differing=1, noise=0, evidence=1.0)
    known = Known(marks={(each.location, each.kind): Mark.NOISE for each in found})
    return list(answer_rows(here, there, marks_of(example, finding, known)))


def item(number: int, price: int = 1) -> dict[str, object]:
    return {"id": number, "price": price}


def test_shuffled_elements_stand_beside_their_own() -> None:
    found = compared([item(1), item(2), item(3)], [item(3), item(1), item(2, price=9)])
    assert [each for each in marked(found) if "price" in each[0]] == [
        ('"price": 1', '"price": 9', Mark.NOISE)
    ]
    ids = [each for each in found if each.primary and '"id"' in each.primary.before]
    assert all(each.primary == each.candidate for each in ids)


def test_one_that_came_and_one_that_changed_are_told_apart_in_a_shuffled_list() -> None:
    found = compared(
        {"items": [item(1), item(2), item(3)]},
        {"items": [item(7), item(3, price=9), item(2), item(1)]},
    )
    assert [(one, other) for one, other, _ in marked(found)] == [
        ('"items": [', '"items": ['),
        (None, "{"),
        (None, '"id": 7'),
        (None, '"price": 1'),
        (None, "}"),
        ('"price": 1', '"price": 9'),
    ]


def test_elements_that_a_rule_compared_in_their_order_stand_in_it() -> None:
    found = rows(
        response(["u1", "u2"]),
        response(["u3", "u1"]),
        differs("$[*]", DifferenceKind.VALUE, "/0"),
        differs("$[*]", DifferenceKind.VALUE, "/1"),
    )
    assert [(one, other) for one, other, _ in marked(found)] == [
        ('"u1"', '"u3"'),
        ('"u2"', '"u1"'),
    ]


items = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 5), "price": st.integers(0, 2)},
        optional={"tags": st.lists(st.sampled_from("abc"), max_size=3)},
    ),
    max_size=5,
    unique_by=lambda each: each["id"],
)


@given(
    st.one_of(items, st.lists(st.integers(0, 4), max_size=6)).flatmap(
        lambda first: st.tuples(st.just(first), st.one_of(st.permutations(first), items))
    )
)
@settings(max_examples=100, deadline=None)
def test_nothing_differs_that_the_differ_did_not_see(lists: tuple[object, object]) -> None:
    assert Mark.UNCOUNTED not in {row.mark for row in compared(*lists)}


@pytest.mark.parametrize("number", ["1" * 5_000, "1e999", "-0.0", "1" * 41 + ".5"])
def test_no_number_is_too_much(number: str) -> None:
    body = f'[{number}, {{"id": 1}}, {{"id": 2}}]'.encode()
    other = b'[{"id": 2}, {"id": 1}, ' + number.encode() + b"]"
    assert len(rows(response(body), response(other))) > 0
