"""`shadow rules keep`, `withdraw` and `export`, and what the gate says then, on a real store."""

import json
from pathlib import Path

import pytest

from shadow.settings.rule_files import load_rules
from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch, compared, difference, live
from tests.support.processes import shadow

PASS, FAIL, USAGE = range(3)
RELEASE, LATER = "2.4.0", "2.5.0"
WHY = ("--by", "Ann", "--reason", "prices are in cents")


def count(url: str, release: str, many: int = 400) -> None:
    engine = open_store(url)
    migrate(engine)
    seen = (compared(f"{release}-{i}", differences=(difference(),)) for i in range(many))
    reported = live(source=release, captured=many)
    StoreWriter(engine, release, release).commit(batch(*seen, line=release, live=(reported,)))
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    count(url, RELEASE)
    return url


def gate(store: str, release: str = RELEASE):
    done = shadow("gate", "--release", release, "--store", store, "--format", "json")
    return done.returncode, json.loads(done.stdout)


def rules(store: str, *words: str):
    return shadow("rules", *words, "--store", store)


def test_a_kept_rule_changes_this_and_later_verdicts_until_it_is_withdrawn(store: str) -> None:
    code, verdict = gate(store)
    bare, key = verdict["policy_hash"], verdict["findings"][0]["id"]
    assert code == FAIL
    done = rules(store, "keep", "--release", RELEASE, "--finding", key, *WHY)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"rule from-{key} (same_shape at GET /items/{{id}} $.price) kept by Ann" in done.stdout
    code, verdict = gate(store)
    assert (code, verdict["findings"], verdict["totals"]["excused"]) == (PASS, [], 1)
    (excused,) = verdict["excused"]
    assert (excused["id"], excused["excused_by"]) == (key, f"from-{key}")
    assert excused["rule"] == verdict["kept_rules"][0]
    assert verdict["kept_rules"][0]["reason"] == "prices are in cents"
    assert verdict["policy_hash"] != bare
    count(store, LATER)
    assert gate(store, LATER)[0] == PASS
    done = rules(store, "withdraw", f"from-{key}", "--by", "Ben", "--reason", "billing reads it")
    assert done.returncode == 0
    assert [gate(store, release)[0] for release in (RELEASE, LATER)] == [FAIL, FAIL]
    assert gate(store)[1]["policy_hash"] == bare
    said = shadow("audit", "--release", RELEASE, "--store", store).stdout
    assert "withdrawn by Ben: billing reads it" in said
    assert "the log is as it was written" in said


def test_a_rule_for_one_release_holds_in_no_later_one(store: str) -> None:
    key = gate(store)[1]["findings"][0]["id"]
    done = rules(store, "keep", "--release", RELEASE, "--finding", key, *WHY, "--only-here")
    assert done.returncode == 0
    count(store, LATER)
    assert (gate(store)[0], gate(store, LATER)[0]) == (PASS, FAIL)


def test_what_is_kept_is_exported_as_a_file_of_rules(store: str, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text("- {name: cents, location: $.price, action: ignore, reason: in cents}\n")
    done = rules(store, "keep", str(file), "--release", RELEASE, "--by", "Ann")
    assert done.returncode == 0
    file.write_text(rules(store, "export").stdout)
    (rule,) = load_rules(file)
    assert (rule.name, rule.owner, rule.reason) == ("cents", "Ann", "in cents")
    assert "cents" in shadow("report", "--release", RELEASE, "--store", store, "-o", "-").stdout


@pytest.mark.parametrize(
    ("rule", "words", "said"),
    [
        ("location: $.price, action: tolerance, absolute: 1", WHY, "tolerance looks at values"),
        ("location: '$.items[0]', action: ignore", WHY, "write [*]"),
        ("location: $.price, action: ignore", ("--reason", "r"), "say who decides"),
        ("location: $.price, action: ignore", (*WHY, "--expires", "2020-01-31"), "over already"),
        ("location: $.other, action: ignore", (*WHY, "--finding", "KEY"), "does not cover"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_and_nothing_is_written(
    store: str, tmp_path: Path, rule: str, words: tuple[str, ...], said: str
) -> None:
    key = gate(store)[1]["findings"][0]["id"]
    file = tmp_path / "rule.yaml"
    file.write_text(f"- {{name: r, reason: r, {rule}}}\n")
    given = [key if word == "KEY" else word for word in words]
    done = rules(store, "keep", str(file), "--release", RELEASE, *given)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert said in done.stderr.replace("\n", " ")
    assert gate(store)[0] == FAIL


def test_a_name_is_taken_until_the_rule_is_withdrawn(store: str, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text("- {name: cents, location: $.price, action: ignore, reason: in cents}\n")
    keep = ("keep", str(file), "--release", RELEASE, "--by", "Ann")
    assert rules(store, *keep).returncode == 0
    assert "is kept already" in rules(store, *keep).stderr
    assert rules(store, "withdraw", "cents", *WHY).returncode == 0
    assert rules(store, "withdraw", "cents", *WHY).returncode == USAGE
    assert rules(store, *keep).returncode == 0
