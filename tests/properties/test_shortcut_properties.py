"""What is found of two documents by their texts is what the walk of both documents finds."""

import json
from copy import deepcopy
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.diff.fields import compare_fields
from shadow.diff.limits import Findings, Limits
from shadow.diff.parse import parse_json
from shadow.diff.rules.book import Rule, RuleBook
from shadow.diff.rules.rule import AsSet, CaseInsensitive, Ignore, Unordered
from shadow.diff.shared import compare_shared
from shadow.diff.tree import compare_json
from shadow.model import DifferenceKind, Endpoint
from tests.support.effort import examples

SCALARS = (
    *(0, 1, -1, 1.0, 0.5, 1e300, 2**53 + 1, 2**64, True, False, None),
    *("", "a", "é", "価", "\n", "\\", '"', '"at":1', '},{"id":', '"],"total":0', "[{", ":"),
    *("2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z", "N/A", "x" * 30),
)
NAMES = ("id", "at", "price", "name", "true", "a b", "é", "null")
SPELLINGS = (
    (b'"at":', b'"\\u0061t":'),
    (b":1,", b":1.0,"),
    (b":1,", b":10e-1,"),
    (b"{", b'{"at":1,'),
)


type Values = list[object]
"""Scalars of one pair of documents: few, so that some pairs have none that are odd."""


def record(number: int, names: list[str], values: Values, draw: Random) -> dict[str, object]:
    made: dict[str, object] = {name: draw.choice(values) for name in names}
    if draw.random() < 0.8 and "id" in made:
        made["id"] = number
    made["pad"] = "p" * draw.choice([80, 80, 90])
    if draw.random() < 0.02:
        made["inner"] = [{"id": draw.randrange(3), "at": draw.choice(values)} for _ in range(2)]
    return made


def document(values: Values, draw: Random) -> object:
    names = draw.sample(NAMES, draw.randint(1, 4))
    records = [record(at, names, values, draw) for at in range(draw.randint(30, 40))]
    around = {"at": draw.choice(values), "first": draw.choice([[], [{"id": 0}]]), "total": 1}
    forms = (
        records,
        {"items": records, "total": len(records)},
        {**around, "data": {"items": records, "at": draw.choice(values)}},
        {"items": records, **around},
    )
    return draw.choice(forms)


def lists(value: object) -> list[list[object]]:
    if isinstance(value, list):
        return [value]
    return (
        [found for inner in value.values() for found in lists(inner)]
        if isinstance(value, dict)
        else []
    )


def edit(value: object, values: Values, draw: Random) -> None:
    records = max(lists(value), key=len)
    match draw.randrange(8):
        case 0 if isinstance(value, dict):
            value[draw.choice(["at", "total", "new"])] = draw.choice(values)
        case 1:
            records.insert(
                draw.randrange(len(records)), draw.choice([{"id": 99}, {}, 1, records[0]])
            )
        case 2:
            records.pop(draw.randrange(len(records)))
        case 3:
            draw.shuffle(records)
        case 4:
            for one in records:
                if isinstance(one, dict) and "at" in one:
                    one["at"] = draw.choice(values)
        case _:
            one = draw.choice(records)
            if isinstance(one, dict) and one:
                one[draw.choice(list(one))] = draw.choice(values)


def text(value: object, draw: Random) -> bytes:
    separators = draw.choice([(",", ":"), (",", ":"), (",", ":"), (", ", ": ")])
    written = json.dumps(value, separators=separators, ensure_ascii=draw.random() < 0.3).encode()
    for _ in range(draw.choice([0, 0, 0, 1])):
        here, there = draw.choice(SPELLINGS)
        pieces = written.split(here)
        at = draw.randrange(len(pieces))
        written = here.join(pieces[:at]) + there + here.join(pieces[at:]) if at else written
    return written


def pair(draw: Random) -> tuple[bytes, bytes]:
    values = draw.sample(SCALARS, draw.choice([2, 3, 6]))
    primary = document(values, draw)
    candidate = deepcopy(primary)
    for _ in range(draw.choice([0, 1, 1, 1, 2, 3])):
        edit(candidate, values, draw)
    return text(primary, Random(draw.random())), text(candidate, Random(draw.random()))


def found(findings: Findings) -> list[str]:
    """What was found, but for an order that means nothing: two spellings have two places."""
    told = [
        difference
        for difference in findings.differences()
        if difference.kind is not DifferenceKind.ORDER or difference.excused_by is None
    ]
    return sorted(map(repr, told))


@settings(max_examples=examples(300), deadline=None)
@given(st.randoms(use_true_random=True))
def test_fields_that_differ_are_found_as_by_the_walk(draw):
    primary, candidate = pair(draw)
    findings, walked = Findings(Limits()), Findings(Limits())
    if compare_fields(primary, candidate, findings):
        compare_json(parse_json(primary), parse_json(candidate), walked)
        assert found(findings) == found(walked)
    else:
        assert not len(findings)


RULES = (
    Rule(name="unordered", location="$..items", action=Unordered(), reason="no order"),
    Rule(name="root", location="$", action=Unordered(), reason="no order"),
    Rule(name="key", location="$.items", action=Unordered(key=("at",)), reason="no order"),
    Rule(name="set", location="$.items", action=AsSet(), reason="no order"),
    Rule(name="at", location="$..at", action=Ignore(), reason="moves"),
    Rule(name="id", location="$..id", action=Ignore(), reason="moves"),
    Rule(name="case", location="$..name", action=CaseInsensitive(), reason="no case"),
    Rule(name="inner", location="$..inner", action=Unordered(), reason="no order"),
)


@settings(max_examples=examples(300), deadline=None)
@given(st.randoms(use_true_random=True))
def test_what_two_lists_do_not_share_is_found_as_by_the_walk(draw):
    primary, candidate = pair(draw)
    book = RuleBook.of(draw.sample(RULES, draw.choice([0, 0, 1, 2])), date(2026, 1, 1))
    rules = book.at(Endpoint(method="GET", template="/items"))
    findings, walked = Findings(Limits(), rules), Findings(Limits(), rules)
    if compare_shared(primary, candidate, findings, rules and rules.root):
        compare_json(parse_json(primary), parse_json(candidate), walked, rules and rules.root)
        assert found(findings) == found(walked)
    else:
        assert not len(findings)
