"""SARIF, as systems that show alerts read it."""

import json

import pytest

from shadow.model import DifferenceKind
from shadow.report.sarif import verdict_as_sarif
from shadow.verdict.identity import finding_id
from tests.support.ci_formats import sarif_problems
from tests.support.hostile import HOSTILE, hostile_release
from tests.support.releases import ORDERS, judged, pairs, release, seen, signature


def test_a_finding_is_a_result_with_its_place_its_kind_and_its_id() -> None:
    place = signature("$.stock.{key}.count", DifferenceKind.MISSING)
    verdict = judged(release({ORDERS: pairs(1_000)}, {place: seen(only_candidate=300)}))
    run = json.loads(verdict_as_sarif(verdict, {}))["runs"][0]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("missing", "error")
    assert result["fingerprints"] == {"shadowFinding/v1": finding_id(place)}
    assert result["message"]["text"].startswith(
        "GET /orders/{{id}}: $.stock.{{key}}.count was missing in 300 of 1,000 answers"
    )
    (location,) = result["locations"]
    assert location["logicalLocations"] == [
        {
            "name": "$.stock.{key}.count",
            "fullyQualifiedName": "GET /orders/{id} $.stock.{key}.count",
            "kind": "value",
        }
    ]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "shadow/GET/orders/%7Bid%7D"


def test_suspicions_are_warnings_and_what_is_accepted_is_suppressed() -> None:
    document = json.loads(verdict_as_sarif(*hostile_release("benign")))
    results = document["runs"][0]["results"]
    assert [result["level"] for result in results] == [*("error",) * 5, "warning", "note"]
    assert results[-1]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "accepted by benign until 2027-01-31: benign",
        }
    ]


def test_each_kind_of_difference_is_a_rule() -> None:
    run = json.loads(verdict_as_sarif(judged(release({})), {}))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [*DifferenceKind]
    assert run["results"] == []


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_no_text_is_more_than_text(text: str) -> None:
    shown = verdict_as_sarif(*hostile_release(text))
    assert shown.isascii()
    assert sarif_problems(json.loads(shown)) == []
