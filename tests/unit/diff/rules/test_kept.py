"""Rules on what was counted cover a place and a kind whole, or not at all."""

import pytest

from shadow.diff.rules.kept import covered_by, why_not_kept
from shadow.model import OTHER, DifferenceKind, Endpoint, KeptRule, Signature
from shadow.settings.rule_files import rules_from

ITEMS = Endpoint(method="GET", template="/items/{id}")
VALUE, EXTRA, ORDER = DifferenceKind.VALUE, DifferenceKind.EXTRA, DifferenceKind.ORDER


def kept(location: str, action: str = "ignore", endpoint: str = "*") -> KeptRule:
    return KeptRule(
        release="2.4.0",
        name="kept",
        endpoint=endpoint,
        location=location,
        action=action,
        by="Ann",
        reason="meant",
        at=0.0,
        since=0.0,
        verdict_id="v",
    )


def covers(rule: KeptRule, location: str, kind: DifferenceKind = VALUE, **more: str) -> bool:
    return bool(
        covered_by([rule], [Signature(endpoint=ITEMS, location=location, kind=kind, **more)])
    )


@pytest.mark.parametrize(
    ("location", "action", "place", "kind", "is_covered"),
    [
        ("$.price", "ignore", "$.price", VALUE, True),
        ("$.price", "ignore", "$.price.net", VALUE, True),
        ("$.price", "ignore", "$", VALUE, False),
        ("$.price", "same_shape", "$.price", VALUE, True),
        ("$.price", "same_shape", "$.price.net", VALUE, False),
        ("$.price", "same_shape", "$.price", DifferenceKind.SHAPE, False),
        ("$.price", "same_shape", "$.price", DifferenceKind.OUTSIDE, True),
        ("$.price", "added_ok", "$.price.gross", EXTRA, True),
        ("$.price", "added_ok", "$.price.gross", VALUE, False),
        ("$.tags", "unordered", "$.tags", ORDER, True),
        ("$.tags", "unordered", "$.tags[*]", VALUE, False),
        ("$.items[*].price", "ignore", "$.items[*].price", VALUE, True),
        ("$.items[0:].price", "ignore", "$.items[*].price", VALUE, True),
        ("$.items[0].price", "ignore", "$.items[*].price", VALUE, False),
        ("$.items[1:].price", "ignore", "$.items[*].price", VALUE, False),
        ("$..price", "ignore", "$.items[*].price", VALUE, True),
        ("$.by.ann", "ignore", "$.by.{key}", VALUE, False),
        ("$.by.*", "ignore", "$.by.{key}", VALUE, True),
        ("$.by.{key}", "ignore", "$.by.{key}", VALUE, True),
        ("status", "ignore", "status", DifferenceKind.STATUS_5XX, True),
        ("reply", "ignore", "reply", DifferenceKind.FAILURE, True),
        ("header:x-*", "ignore", "header:x-request-id", DifferenceKind.HEADER, True),
        ("header:x-*", "ignore", "header:etag", DifferenceKind.HEADER, False),
        ("body", "ignore", "$.price", VALUE, True),
        ("$.price", "ignore", "$.price", DifferenceKind.UNDECIDED, True),
        ("$.price", "same_shape", "$.price", DifferenceKind.UNDECIDED, False),
    ],
)
def test_a_rule_covers_what_a_worker_with_it_would_excuse_whatever_the_values(
    location: str, action: str, place: str, kind: DifferenceKind, is_covered: bool
) -> None:
    assert covers(kept(location, action), place, kind) is is_covered


def test_a_rule_is_for_the_endpoints_that_its_glob_matches() -> None:
    assert covers(kept("$.price", endpoint="GET /items/*"), "$.price")
    assert not covers(kept("$.price", endpoint="GET /orders/*"), "$.price")


def test_what_stands_for_many_and_what_is_excused_already_is_not_covered() -> None:
    assert not covers(kept("$"), "$.price", excused_by="another")
    others = Signature(endpoint=Endpoint(method="*", template=OTHER), location="$.a", kind=VALUE)
    assert not covered_by([kept("$")], [others])
    assert not covers(kept("$"), OTHER)
    assert not covers(kept("*"), "latency", DifferenceKind.SLOW)


def test_the_first_rule_that_covers_a_place_gives_it_its_name() -> None:
    place = Signature(endpoint=ITEMS, location="$.price", kind=VALUE)
    narrow, wide = kept("$.price"), kept("$")
    assert covered_by([narrow, wide], [place])[place] is narrow


@pytest.mark.parametrize(("location", "action"), [("$.price", "of the future"), ("$[", "ignore")])
def test_a_rule_that_cannot_be_read_covers_nothing(location: str, action: str) -> None:
    assert not covers(kept(location, action), "$.price")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            {"location": "$.price", "action": "tolerance", "absolute": 1},
            "tolerance looks at values",
        ),
        ({"location": "$.price", "action": "pattern", "pattern": "a"}, "pattern looks at values"),
        ({"location": "$.tags", "action": "set"}, "set looks at values"),
        ({"location": "$.tags", "action": "unordered", "key": ["id"]}, "a key is needed"),
        ({"location": "$.items[0].price", "action": "ignore"}, "write [*]"),
        ({"location": "status", "action": "same_shape"}, "it can never match"),
    ],
)
def test_what_counts_cannot_decide_is_said(rule: dict[str, object], why: str) -> None:
    (read,) = rules_from([{"name": "r", "reason": "r", **rule}], "here")
    assert why in (why_not_kept(read) or "")


def test_the_actions_that_need_no_values_can_be_kept() -> None:
    actions = ("ignore", "same_shape", "added_ok", "unordered")
    given = [{"name": a, "reason": "r", "location": "$.*[*]", "action": a} for a in actions]
    assert [why_not_kept(rule) for rule in rules_from(given, "here")] == [None] * len(actions)
