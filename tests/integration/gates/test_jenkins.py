"""examples/gates/jenkins: each `sh` is run for real, and the build's result is ours.

Its rules: `sh` with returnStatus gives the exit code, without it a code other than 0 fails; the
junit step fails without a file, and marks a build unstable unless it is told not to; later stages
are skipped after an unstable one where the option says so.
"""

import re
from pathlib import Path

import pytest

from tests.integration.gates.conftest import RELEASES, UNKNOWN, Gate
from tests.integration.gates.runner import AWAY, Runner
from tests.support.gates import GATES

FILE = (GATES / "jenkins" / "Jenkinsfile").read_text()
SUCCESS, UNSTABLE, FAILURE = "SUCCESS", "UNSTABLE", "FAILURE"


def found(pattern: str) -> str:
    """What the one place of the file says that looks so."""
    (text,) = re.findall(pattern, FILE)
    assert isinstance(text, str)
    return text


def build(runner: Runner, release: str) -> str:
    """The result of the first stage."""
    shell = "sh -xe"
    code = runner.run(
        found(r"int code = sh\(returnStatus: true, script: '([^']+)'\)"), shell, RELEASE=release
    )
    if code in [int(each) for each in found(r"if \(code in \[([\d, ]+)\]\)").split(",")]:
        if runner.run(found(r" sh '([^']+)'\n"), shell, RELEASE=release):
            return FAILURE
        if not [*runner.folder.glob(found(r"junit testResults: '([^']+)', skipMarking"))]:
            return FAILURE
    named = found(r"Map results = \[([^\]]+)\]")
    results = {int(c): r for c, r in re.findall(r"(\d+): '(\w+)'", named)}
    return results.get(code, found(r"getOrDefault\(code, '(\w+)'\)"))


@pytest.mark.parametrize(
    ("decision", "wanted"), [("PASS", SUCCESS), ("FAIL", FAILURE), ("INCONCLUSIVE", UNSTABLE)]
)
def test_pass_is_success_and_inconclusive_is_unstable(
    gate: Gate, tmp_path: Path, decision: str, wanted: str
) -> None:
    assert build(Runner(tmp_path, gate.store), RELEASES[decision]) == wanted
    assert sorted(file.suffix for file in tmp_path.glob("reports/*")) == [".html", ".xml"]


@pytest.mark.parametrize(("store", "release"), [("", UNKNOWN), (AWAY, RELEASES["PASS"])])
def test_what_cannot_be_asked_fails(gate: Gate, tmp_path: Path, store: str, release: str) -> None:
    assert build(Runner(tmp_path, store or gate.store), release) == FAILURE


def test_each_result_but_success_ends_the_build_before_the_next_stage() -> None:
    assert "skipStagesAfterUnstable()" in FILE
    assert re.search(r"if \(result == 'UNSTABLE'\) \{\s+unstable\(", FILE)
    assert re.search(r"if \(result == 'FAILURE'\) \{\s+error\(", FILE)
    assert FILE.index("stage('Shadow')") < FILE.index("stage('Release')")
    assert FILE.count("{") == FILE.count("}")
