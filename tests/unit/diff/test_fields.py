"""Documents that differ in the values of a few names only."""

import json

import pytest

from shadow.diff.fields import compare_fields
from shadow.diff.limits import Findings, Limits
from tests.unit.diff.pairs import compare_json, where

RECORDS = [
    {"id": at, "at": f"2026-01-{at + 1:02}", "price": 1.5, "pad": "p" * 80} for at in range(28)
]
LATER = [record | {"at": "2026-03-01"} for record in RECORDS]


def found(primary: object, candidate: object) -> list[tuple[str, str]] | None:
    """Where two documents differ by their texts; None where that does not tell."""
    findings = Findings(Limits())
    here, there = (
        json.dumps(side, separators=(",", ":")).encode() for side in (primary, candidate)
    )
    return where(findings.differences()) if compare_fields(here, there, findings) else None


def test_a_field_of_each_object_of_a_list():
    assert found({"items": RECORDS}, {"items": LATER}) == [("$.items[*].at", "value")] * 28


def test_a_field_of_an_object():
    pages = {"text": "p" * 3_000, "meta": {"seen": 1}}
    assert found(pages, pages | {"meta": {"seen": 2}}) == [("$.meta.seen", "value")]
    assert found(pages | {"at": 1}, pages | {"at": None}) == [("$.at", "null")]


def test_a_name_that_has_values_elsewhere_too_is_left_to_the_walk():
    assert found({"at": 1, "items": RECORDS}, {"at": 2, "items": RECORDS}) is None


def test_two_fields_at_once():
    other = [record | {"price": "high"} for record in LATER]
    assert set(found(RECORDS, other)) == {("$[*].at", "value"), ("$[*].price", "type")}


def test_one_is_not_true():
    booleans = [record | {"price": True} for record in RECORDS]
    ones = [record | {"price": 1} for record in RECORDS]
    assert found(booleans, ones) in (None, [("$[*].price", "type")] * 28)


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        pytest.param(RECORDS, [*RECORDS, RECORDS[0]], id="another length"),
        pytest.param(RECORDS, list(reversed(RECORDS)), id="another order"),
        pytest.param(RECORDS, [r | {"id": r["id"] + 1} for r in RECORDS], id="other identities"),
        pytest.param(RECORDS, [r | {"at": "a\\b"} for r in RECORDS], id="escapes"),
        pytest.param(RECORDS, [r | {"at": [1]} for r in RECORDS], id="no scalar"),
        pytest.param(
            [{"at": r["at"], "pad": r["pad"]} for r in RECORDS],
            [{"at": r["at"], "pad": r["pad"]} for r in reversed(RECORDS)],
            id="nothing identifies",
        ),
    ],
)
def test_what_the_texts_do_not_tell_is_left_to_the_walk(primary, candidate):
    assert found(primary, candidate) is None


PAD = b'"pad":"' + b"p" * 3_000 + b'"}'


@pytest.mark.parametrize(
    ("primary", "candidate", "location"),
    [
        (b'{"a" :2,"x":{"a":1},', b'{"a" :2,"x":{"a":2},', "$.x.a"),
        (b'{"a" :1,"x":{"a":1},', b'{"a" :1,"x":{"a":2},', "$.x.a"),
        (b'{"a" :2,"b\\"a":1,', b'{"a" :2,"b\\"a":2,', "$['b\"a']"),
        (b'{"\\u0061":2,"x":{"a":1},', b'{"\\u0061":2,"x":{"a":2},', "$.x.a"),
        (b'{"a":[1],"x":{"a":1},', b'{"a":[1],"x":{"a":2},', "$.x.a"),
    ],
)
def test_a_name_that_is_spelt_in_another_way_too_is_no_other_one(primary, candidate, location):
    found_at = [d.location for d in compare_json(primary + PAD, candidate + PAD)]
    assert found_at == [location]
