"""examples/gates/gitlab-ci: each script is run for real, and the job's result is ours.

Its rules: a job has the exit code of the first command that fails; one of those that
`allow_failure` names is a warning; `after_script` runs whatever happened, and changes nothing;
`needs` takes success.
"""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate
from tests.integration.gates.runner import AWAY, Runner
from tests.support.gates import GATES

FILE: dict[str, Any] = yaml.safe_load((GATES / "gitlab-ci" / ".gitlab-ci.yml").read_text())
PASSED, WARNING, FAILED = "passed", "warning", "failed"


def job_of(name: str) -> dict[str, Any]:
    """A job with what it extends."""
    job = FILE[name]
    return {**FILE[job["extends"]], **job} if "extends" in job else job


def result(name: str, runner: Runner, release: str) -> str:
    job = job_of(name)
    codes = (runner.run(line, RELEASE=release) for line in job["script"])
    code = next((code for code in codes if code), 0)
    for line in job["after_script"]:
        runner.run(line, RELEASE=release)
    if code == 0:
        return PASSED
    return WARNING if code in job.get("allow_failure", {}).get("exit_codes", ()) else FAILED


@pytest.mark.parametrize(
    ("decision", "review", "gated"),
    [
        ("PASS", PASSED, PASSED),
        ("FAIL", FAILED, FAILED),
        ("INCONCLUSIVE", WARNING, FAILED),
    ],
)
def test_a_deployment_takes_pass_and_a_review_is_warned(
    gate: Gate, tmp_path: Path, decision: str, review: str, gated: str
) -> None:
    runner = Runner(tmp_path, gate.store)
    release = RELEASES[decision]
    assert result("shadow-review", runner, release) == review
    assert result("shadow-gate", runner, release) == gated
    (pattern,) = FILE[".shadow"]["artifacts"]["reports"].values()
    (report,) = tmp_path.glob(pattern)
    tests = ET.parse(report).getroot()
    bad = [*tests.iter("failure"), *tests.iter("error")]
    assert bool(bad) is (decision != "PASS")


@pytest.mark.parametrize("name", ["shadow-review", "shadow-gate"])
@pytest.mark.parametrize(("store", "release"), [("", UNKNOWN), (AWAY, RELEASES["PASS"])])
def test_what_cannot_be_asked_fails(
    gate: Gate, tmp_path: Path, name: str, store: str, release: str
) -> None:
    assert result(name, Runner(tmp_path, store or gate.store), release) == FAILED


def test_reports_are_kept_whatever_the_verdict_is() -> None:
    for name in ("shadow-review", "shadow-gate"):
        assert job_of(name)["artifacts"]["when"] == "always"


def test_nothing_is_deployed_where_a_warning_would_do() -> None:
    gated = job_of("shadow-gate")
    assert "allow_failure" not in gated
    assert FILE["deploy"]["needs"] == ["shadow-gate"]
    assert FILE["deploy"]["rules"] == gated["rules"]
    assert job_of("shadow-review")["rules"] != gated["rules"]
