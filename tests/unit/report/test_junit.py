"""JUnit XML, as CI systems read it."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from shadow.model import Decision, DifferenceKind, Endpoint, Verdict
from shadow.report.junit import MAX_CASES, verdict_as_junit
from shadow.verdict.policy import Policy
from tests.support.ci_formats import junit_problems
from tests.support.hostile import HOSTILE, hostile_release
from tests.support.releases import HEALTH, ORDERS, judged, pairs, release, seen, signature

USERS = Endpoint(method="GET", template="/users/{id}")


def cases(verdict: Verdict, tmp_path: Path) -> dict[tuple[str, str], TestCase]:
    file = tmp_path / "report.xml"
    file.write_text(verdict_as_junit(verdict, {}), encoding="utf-8")
    read = JUnitXml.fromfile(str(file))
    return {(case.classname, case.name): case for suite in read for case in suite}


def outcome(case: TestCase) -> type | None:
    return type(case.result[0]) if case.result else None


def test_each_endpoint_is_a_test_case_and_so_is_the_verdict(tmp_path: Path) -> None:
    counts = release(
        {ORDERS: pairs(1_000), USERS: pairs(20), HEALTH: pairs(1_000)},
        {signature(kind=DifferenceKind.MISSING): seen(only_candidate=300)},
    )
    verdict = judged(counts, Policy(ignore_endpoints=("GET /internal/*",)))
    read = cases(verdict, tmp_path)
    assert {name: outcome(case) for (_, name), case in read.items()} == {
        "verdict": Failure,
        "GET /orders/{id}": Failure,
        "GET /users/{id}": Error,
        "GET /internal/stats": Skipped,
    }
    assert {group for group, _ in read} == {"shadow.release", "shadow.endpoints"}
    failed = read["shadow.endpoints", "GET /orders/{id}"].result[0]
    assert failed.message == "has 1 finding"
    assert "$.total (missing): was missing in 300 of 1,000 answers" in failed.text


def test_a_release_that_passes_has_no_failures(tmp_path: Path) -> None:
    read = cases(judged(release({ORDERS: pairs(5_000)})), tmp_path)
    assert [outcome(case) for case in read.values()] == [None, None]


def test_a_release_without_a_verdict_is_an_error_and_no_pass(tmp_path: Path) -> None:
    read = cases(judged(release({})), tmp_path)
    assert outcome(read["shadow.release", "verdict"]) is Error


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_every_text_can_be_read_again(text: str) -> None:
    verdict, examples = hostile_release(text)
    root = ElementTree.fromstring(verdict_as_junit(verdict, examples))
    assert junit_problems(root) == []
    assert [element.tag for element in root.iter("testcase")] == ["testcase"] * 2
    assert JUnitXml.fromstring(verdict_as_junit(verdict, examples)) is not None


def test_names_that_become_the_same_when_cut_stay_apart() -> None:
    verdict, _ = hostile_release("x")
    summaries = tuple(
        replace(verdict.endpoints[0], endpoint=Endpoint(method="GET", template="x" * 600 + each))
        for each in "ab"
    )
    root = ElementTree.fromstring(verdict_as_junit(replace(verdict, endpoints=summaries), {}))
    assert junit_problems(root) == []


def test_endpoints_above_the_limit_are_told_and_those_that_fail_come_first() -> None:
    verdict, _ = hostile_release("x")
    passed = tuple(
        replace(
            verdict.endpoints[0],
            endpoint=Endpoint(method="GET", template=f"/{number}"),
            decision=Decision.PASS,
        )
        for number in range(MAX_CASES)
    )
    shown = verdict_as_junit(replace(verdict, endpoints=(*passed, *verdict.endpoints)), {})
    root = ElementTree.fromstring(shown)
    assert junit_problems(root) == []
    assert len(list(root.iter("testcase"))) == MAX_CASES + 1
    assert len(list(root.iter("failure"))) == 2
    assert "And 1 more endpoints; the JSON report has all." in shown


def test_times_are_the_medians_of_the_candidates_answers() -> None:
    root = ElementTree.fromstring(verdict_as_junit(*hostile_release("x")))
    assert [case.get("time") for case in root.iter("testcase")] == ["0.000", "0.020"]
    assert root.find("testsuite").get("time") == "0.020"
