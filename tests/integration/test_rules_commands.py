"""`shadow rules test` and `suggest`, on a real store."""

import subprocess
import sys
from pathlib import Path

import pytest

from shadow.model import DifferenceKind
from shadow.settings.rule_files import load_rules
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch, compared, difference, example

SHADOW = str(Path(sys.executable).parent / "shadow")


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    engine = open_store(url)
    migrate(engine)
    found = (difference("$.price"), difference("$.tags", DifferenceKind.ORDER))
    noise = (
        difference("$.tags", DifferenceKind.ORDER),
        difference("reply", DifferenceKind.FAILURE),
    )
    seen = [
        compared(
            f"x-{n}", differences=found, noise=noise, example=example(f"x-{n}", differences=found)
        )
        for n in range(3)
    ]
    StoreWriter(engine, "2.0", "one").commit(batch(*seen))
    engine.dispose()
    return url


def rules(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [SHADOW, "rules", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, text=True)


def test_rules_are_tried_on_what_is_stored(store: str, tmp_path: Path):
    file = tmp_path / "rules.yaml"
    file.write_text(
        "- {name: rounding, location: $.price, action: tolerance, absolute: 1, reason: r}\n"
        "- {name: other, location: $.other, action: ignore, reason: r}\n"
        "- {name: old, location: $.price, action: ignore, reason: r, expires: 2020-01-01}\n"
        "- {name: never, location: status, action: unordered, reason: r}\n"
    )
    done = rules("test", "--release", "2.0", "--store", store, file)
    assert done.returncode == 0
    said = {
        words[0]: words for line in done.stdout.splitlines() if (words := line.strip("│ ").split())
    }
    assert said["rounding"][2:6:2] == ["tolerance", "1"]
    assert "expired" in said["old"]
    assert "nothing" in said["never"]
    assert "left without an excuse" in done.stdout


def test_noise_is_turned_into_a_file_of_rules(store: str, tmp_path: Path):
    done = rules("suggest", "--release", "2.0", "--store", store)
    assert done.returncode == 0
    file = tmp_path / "suggested.yaml"
    file.write_text(done.stdout)
    (rule,) = load_rules(file)
    assert (rule.action_name, rule.location) == ("unordered", "$.tags")
    assert "# order: 3 of 3 in the secondary, 3 in the candidate" in done.stdout
    assert "# none for" in done.stdout
    assert rules("test", "--release", "2.0", "--store", store, file).returncode == 0


def test_all_mistakes_of_a_file_are_told_at_once(store: str, tmp_path: Path):
    file = tmp_path / "rules.yaml"
    file.write_text(
        "rules:\n"
        "- {name: a, location: $.a, action: ignore, reason: r, expires: 2020-13-01}\n"
        "- {name: a, location: '$.a[', action: tolerance, reason: r}\n"
        "- {name: c, location: $.a, action: tolerance, reason: r}\n"
        "- {name: d, location: $.a, action: pattren, reason: r}\n"
        "- {name: e, location: $.a, action: pattern, pattern: '(', reason: r}\n"
        "- {name: f, location: $.a, action: decode, encodings: [json, base64], reason: r}\n"
        "- {name: g, location: $.a, action: ignore}\n"
        "- {name: h, location: $.a, action: ignore, key: [x], reason: r}\n"
    )
    done = rules("test", "--release", "2.0", "--store", store, file)
    assert done.returncode == 2
    told = [line.split(": ")[0].strip() for line in done.stderr.splitlines()[1:]]
    places = ["2 rules[0].expires", "3 rules[1].location", "4 rules[2]", "5 rules[3].action"]
    places += ["6 rules[4].pattern", "7 rules[5]", "8 rules[6].reason", "9 rules[7]"]
    assert told == [f"{file}:{place}" for place in (*places, "3 rules[1]", "1 rules")]


@pytest.mark.parametrize("command", ["gate", "report"])
def test_rules_that_excuse_nothing_are_named(store: str, tmp_path: Path, command: str):
    config = tmp_path / "shadow.yaml"
    config.write_text(
        "rules:\n"
        "- {name: other, location: $.other, action: ignore, reason: r}\n"
        "- {name: old, location: $.price, action: ignore, reason: r, expires: 2020-01-01}\n"
        "- {name: never, location: status, action: unordered, reason: r}\n"
    )
    where = ("--config", config, "--release", "2.0", "--store", store)
    output = ("--output", "-") if command == "report" else ()
    done = subprocess.run(
        [SHADOW, command, *map(str, where), *output], capture_output=True, check=False, text=True
    )
    said = done.stdout.replace("`", "").replace("**", "")
    assert "old: expired on 2020-01-01" in said.replace("old expired", "old: expired")
    assert "has not matched in this release" in said
    assert "can never match" in said


@pytest.mark.parametrize(
    "arguments", [("test", "--release", "2.0", "none.yaml"), ("suggest",), ("suggest", "-r", "9")]
)
def test_mistakes_are_explained(store: str, arguments: tuple[str, ...]):
    done = rules(*arguments, "--store", store)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
