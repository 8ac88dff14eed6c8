"""examples/gates/github-actions: each step is run as the runner runs it, and the job's end is ours.

Its rules: a step fails by its exit code; a step without `if` runs while none has failed;
`!cancelled()` runs all the same; a job succeeds when no step has failed; `uses` steps need the
files they name.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate
from tests.integration.gates.runner import AWAY, Runner
from tests.support.gates import GATES

WORKFLOW: dict[Any, Any] = yaml.safe_load((GATES / "github-actions" / "shadow.yml").read_text())
(JOB,) = WORKFLOW["jobs"].values()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended, and what is left of it."""

    succeeded: bool
    decision: str
    summary: str
    printed: str
    reports: tuple[str, ...]


class Job:
    """One run of the job's steps."""

    def __init__(self, folder: Path, store: str, release: str) -> None:
        self.runner = Runner(folder, store)
        self.release = release
        self.outputs: dict[str, str] = {}
        self.failed = False

    def run(self) -> Ended:
        for step in JOB["steps"]:
            if self.runs(step) and not self.does(step):
                self.failed = True
        folder = self.runner.folder
        summary = folder / "summary"
        return Ended(
            not self.failed,
            self.filled(JOB["outputs"]["decision"]),
            summary.read_text() if summary.exists() else "",
            self.runner.printed,
            tuple(sorted(file.name for file in folder.glob("reports/*"))),
        )

    def runs(self, step: dict[str, Any]) -> bool:
        condition = step.get("if")
        if condition is None:
            return not self.failed
        found = re.fullmatch(
            r"\$\{\{ !cancelled\(\) && steps\.gate\.outputs\.decision != '(\w+)' \}\}", condition
        )
        assert found, f"teach the test more of GitHub's language: {condition}"
        return self.outputs.get("decision", "") != found[1]

    def does(self, step: dict[str, Any]) -> bool:
        if "uses" in step:
            named = {**step.get("with", {})}
            paths = [self.filled(named[key]) for key in ("path", "sarif_file") if key in named]
            return all((self.runner.folder / path).exists() for path in paths)
        if "pip install" in step["run"]:
            return True
        files = {name: self.runner.folder / name for name in ("output", "summary")}
        variables = {"RELEASE": self.filled(JOB["env"]["RELEASE"])}
        variables |= {name: self.filled(value) for name, value in step.get("env", {}).items()}
        code = self.runner.run(
            step["run"],
            GITHUB_OUTPUT=str(files["output"]),
            GITHUB_STEP_SUMMARY=str(files["summary"]),
            **variables,
        )
        if files["output"].exists():
            lines = files["output"].read_text().splitlines()
            self.outputs |= dict(line.split("=", 1) for line in lines)
        return code == 0

    def filled(self, text: str) -> str:
        text = text.replace("${{ inputs.release }}", self.release)
        text = re.sub(
            r"\$\{\{ steps\.gate\.outputs\.(\w+) \}\}",
            lambda found: self.outputs.get(found[1], ""),
            text,
        )
        assert "${{" not in text, text
        return text


@pytest.mark.parametrize("decision", RELEASES)
def test_the_job_succeeds_for_pass_alone_and_shows_the_verdict(
    gate: Gate, tmp_path: Path, decision: str
) -> None:
    release = RELEASES[decision]
    ended = Job(tmp_path, gate.store, release).run()
    assert ended.succeeded is (decision == "PASS")
    assert ended.decision == decision
    assert decision in ended.summary
    kinds = ("html", "junit.xml", "md", "sarif")
    assert ended.reports == tuple(f"{release}.{kind}" for kind in kinds)
    level = {"PASS": "notice", "FAIL": "error", "INCONCLUSIVE": "warning"}[decision]
    assert f"\n::{level} title=Shadow: {decision}::" in ended.printed


@pytest.mark.parametrize(("store", "release"), [("", UNKNOWN), (AWAY, RELEASES["PASS"])])
def test_what_cannot_be_asked_fails_the_job(
    gate: Gate, tmp_path: Path, store: str, release: str
) -> None:
    ended = Job(tmp_path, store or gate.store, release).run()
    assert not ended.succeeded
    assert ended.decision == "NONE"
    assert "::error title=Shadow could not be asked::" in ended.printed


def test_what_a_verdict_says_is_no_command_to_the_runner(gate: Gate, tmp_path: Path) -> None:
    printed = Job(tmp_path, gate.store, RELEASES["FAIL"]).run().printed
    begin, rest = printed.split("::stop-commands::")[1].split("\n", 1)
    assert len(begin) == 32
    quiet, loud = rest.split(f"\n::{begin}::\n")
    assert "/items/{id}" in quiet
    assert "/items/{id}" not in loud


def test_it_can_be_called_and_its_caller_learns_the_decision() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads `on` so
    assert set(triggers) == {"workflow_dispatch", "workflow_call"}
    (job,) = WORKFLOW["jobs"]
    wanted = f"${{{{ jobs.{job}.outputs.decision }}}}"
    assert triggers["workflow_call"]["outputs"]["decision"]["value"] == wanted
