"""Causes in reports: what is said, and that no text from traffic is more than text."""

import json
from dataclasses import replace

import pytest

from shadow.model import (
    Accounting,
    Cause,
    Decision,
    DifferenceKind,
    Endpoint,
    Example,
    NoiseSource,
    Renaming,
    Request,
    Response,
    SharedTrait,
    Signature,
    Trait,
    Verdict,
)
from shadow.report.causes import MAX_LISTED, causes_as_json, causes_as_markdown
from shadow.report.markdown_room import ROOMS
from shadow.report.text import verdict_as_text
from tests.unit.report.test_markdown import HOSTILE, structure

QUOTES = Endpoint(method="GET", template="/quotes/{id}")
SHARED = SharedTrait(
    trait=Trait("query:currency", "USD"),
    absent=False,
    requests=43,
    share=1.0,
    rest_share=0.09,
    lift=1 / 0.09,
    p_value=1e-12,
)


def cause(text: str = "$.total", *, target: str = "/quotes/7?currency=USD") -> Cause:
    return Cause(
        signatures=(
            Signature(
                endpoint=Endpoint(method=QUOTES.method, template=text),
                location=text,
                kind=DifferenceKind.VALUE,
            ),
        ),
        requests=43,
        compared=500,
        shared=(replace(SHARED, trait=Trait(f"query:{text}", text)),),
        example=Example(
            exchange_id="x1",
            captured_at=0.0,
            request=Request(
                method="GET",
                target=target,
                headers=((b"x-a", text[:1_000].encode("utf-8", "replace")),),
            ),
            primary=Response(status=200, headers=(), body=b"", seconds=0.0),
            candidate=Response(status=200, headers=(), body=b"", seconds=0.0),
            differences=(),
        ),
        renaming=Renaming(primary=text, candidate=text, pairs=2, places=5),
    )


def verdict(*causes: Cause) -> Verdict:
    return Verdict(
        release="2.4.0",
        decision=Decision.FAIL,
        decided_at=0.0,
        reasons=("because",),
        findings=(),
        noise=(),
        excused=(),
        endpoints=(),
        accounting=Accounting(captured=0, outcomes={}),
        noise_from=NoiseSource.SECONDARY,
        causes=causes,
    )


def test_a_cause_is_a_line_of_the_gate() -> None:
    plain = replace(cause(), shared=(SHARED,))
    line = verdict_as_text(verdict(plain)).splitlines()[2]
    assert line == (
        "  cause: GET $.total: `$.total` (value) differs in 43 of 500 answers; "
        "all 43 have `query:currency=USD`, against 9 % of the rest (lift 11)."
    )


def test_the_gate_shows_the_first_causes_and_counts_the_others() -> None:
    lines = verdict_as_text(verdict(*[cause()] * 7)).splitlines()
    assert sum("cause: " in line for line in lines) == 5
    assert "  and 2 more causes; the JSON report has all" in lines


def test_causes_that_no_report_lists_are_not_said_to_be_there() -> None:
    many = [cause()] * (MAX_LISTED + 1)
    text = verdict_as_text(verdict(*many))
    assert "  and 996 more causes; the JSON report has the first 1,000\n" in text
    assert causes_as_markdown(many).endswith("And 981 more; the JSON report has the first 1,000.")
    assert len(causes_as_json(many)) == MAX_LISTED


def test_a_cause_has_its_request_in_a_block() -> None:
    shown = causes_as_markdown((cause(),))
    assert "## What the differences share" in shown
    assert (
        "```text\ncurl -sS --globoff --path-as-is -X GET "
        "\"$CANDIDATE\"'/quotes/7?currency=USD' -H 'x-a: $.total'\n```"
    ) in shown
    assert (
        "One renaming, in 5 places of the example: `$.total` became `$.total`, and 1 more" in shown
    )


def test_a_request_that_is_too_long_is_said_to_be() -> None:
    shown = causes_as_markdown((cause(target="/" + "a" * 9_000),))
    assert "too long for a line" in shown
    assert "curl" not in shown


def test_causes_above_the_limit_are_counted() -> None:
    shown = causes_as_markdown([cause()] * (ROOMS[0].causes + 3))
    assert shown.endswith("And 3 more; the JSON report has all.")


def test_no_causes_are_no_section() -> None:
    assert causes_as_markdown(()) == ""


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:30])
def test_no_value_changes_the_structure_of_the_section(text: str) -> None:
    assert structure(causes_as_markdown((cause(text),))) == structure(
        causes_as_markdown((cause("benign"),))
    )


def test_machines_get_places_traits_and_the_line() -> None:
    (read,) = json.loads(json.dumps(causes_as_json((cause(),)), allow_nan=False))
    assert read["endpoint"] == "GET $.total"
    assert read["places"] == [{"location": "$.total", "kind": "value"}]
    assert (read["requests"], read["compared"]) == (43, 500)
    assert read["shared"][0] == {
        "trait": "query:$.total=$.total",
        "absent": False,
        "requests": 43,
        "share": 1.0,
        "rest_share": 0.09,
        "lift": 1 / 0.09,
        "p_value": 1e-12,
    }
    assert read["renaming"] == {
        "primary": "$.total",
        "candidate": "$.total",
        "pairs": 2,
        "places": 5,
    }
    assert read["example"]["curl"].startswith("curl -sS")


def test_a_cause_without_example_is_said_all_the_same() -> None:
    bare = replace(cause(), example=None, renaming=None, shared=())
    (read,) = causes_as_json((bare,))
    assert isinstance(read, dict)
    assert (read["example"], read["renaming"], read["shared"]) == (None, None, [])
    assert "curl" not in causes_as_markdown((bare,))
