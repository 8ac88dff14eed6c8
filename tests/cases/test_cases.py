"""Every case in the folders beside this file, here and through the real command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shadow.comparing.pair import PairComparer
from shadow.comparing.pool import ComparePairs
from shadow.deadline import Deadline
from shadow.diff.compare import Comparer
from shadow.settings.rule_files import rules_from

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))
OURS = {"why", "verdict", "differences"}
GIVEN = {"content_type", "headers", "status", "method", "rules"}
SIDES = ("primary", "candidate", "secondary")
BODIES = {f"{side}{form}" for side in SIDES for form in ("", "_base64", "_made")}
PATIENCE_SECONDS = 30.0
"""Far beyond what any of them takes: a busy machine must not decide a case."""


def case(file: Path) -> dict[str, object]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def line(file: Path) -> bytes:
    """A case as a line of pairs."""
    told = case(file)
    pair = {name: value for name, value in told.items() if name in GIVEN | BODIES}
    for side in SIDES:
        if (made := pair.pop(f"{side}_made", None)) is not None:
            pair[side] = "".join(map(repeated, made))
    return json.dumps({"id": str(file.relative_to(HERE)), **pair}).encode()


def repeated(part: dict[str, object]) -> str:
    """A text so many times over, each time with the next number in the place of `{n}`."""
    text, times = str(part["text"]), int(str(part["times"]))
    if "{n}" not in text:
        return text * times
    return "".join(text.replace("{n}", str(n)) for n in range(times))


def said(outcome: dict[str, object], wanted: list[str]) -> list[str]:
    """The differences of an outcome, in as many words as each that is wanted has."""
    with_pointer = any(" /" in text for text in wanted)
    lines = []
    for difference in outcome["differences"]:
        words = [difference["kind"], difference["location"]]
        words += [difference["pointer"]] if with_pointer else []
        rule = difference["excused_by"]
        lines.append(" ".join(words) + (f" excused by {rule}" if rule else ""))
    return sorted(lines)


def check(file: Path, outcome: dict[str, object]) -> None:
    wanted = case(file)
    assert "error" not in outcome, outcome["error"]
    assert outcome["verdict"] == wanted["verdict"], outcome
    if "differences" in wanted:
        assert said(outcome, wanted["differences"]) == sorted(wanted["differences"])


@pytest.mark.parametrize("file", CASES, ids=lambda file: str(file.relative_to(HERE)))
def test_case(file: Path) -> None:
    compare = ComparePairs(comparer=PairComparer(comparer=Comparer(), read_rules=_rules))
    deadline = Deadline(PATIENCE_SECONDS)
    with deadline():
        outcome = compare("case", line(file))
    check(file, outcome)


def test_all_cases_through_the_command(tmp_path: Path) -> None:
    pairs, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    pairs.write_bytes(b"".join(line(file) + b"\n" for file in CASES))
    shadow = str(Path(sys.executable).parent / "shadow")
    options = ("--pairs", pairs, "--output", output, "--jobs", "2", "--deadline", "30")
    done = subprocess.run([shadow, "diff", *options], capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    outcomes = [json.loads(text) for text in output.read_text().splitlines()]
    assert [outcome["id"] for outcome in outcomes] == [str(f.relative_to(HERE)) for f in CASES]
    for file, outcome in zip(CASES, outcomes, strict=True):
        check(file, outcome)


@pytest.mark.parametrize("file", CASES, ids=lambda file: str(file.relative_to(HERE)))
def test_a_case_is_well_formed(file: Path) -> None:
    told = case(file)
    assert set(told) <= OURS | GIVEN | BODIES
    assert {"why", "verdict"} <= set(told)
    assert told["verdict"] in {"same", "different", "undecided"}


def _rules(objects: list[object]):
    return rules_from(objects, "rules")
