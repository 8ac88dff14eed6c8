"""`approve` and `audit`, and what `gate`, `report` and `releases` say of it, on a real store."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch, compared, difference, live
from tests.integration.store.conftest import postgres, postgres_url
from tests.support.processes import shadow

__all__ = ["postgres", "postgres_url"]

PASS, FAIL, USAGE, INCONCLUSIVE, COULD_NOT_RUN = range(5)
RELEASE = "2.4.0"
ENOUGH = 400
PRICE = difference()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store with a release whose price differs in every answer."""

    url: str

    def run(self, command, *more):
        return shadow(command, "--release", RELEASE, "--store", self.url, *more)

    def gate(self):
        done = self.run("gate", "--format", "json")
        return done.returncode, json.loads(done.stdout)

    def count(self, many, line, differences=()):
        engine = open_store(self.url)
        migrate(engine)
        seen = (compared(f"{line}-{i}", differences=differences) for i in range(many))
        reported = live(source=line, captured=many)
        StoreWriter(engine, RELEASE, line).commit(batch(*seen, line=line, live=(reported,)))
        engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(url=f"sqlite:///{tmp_path / 'shadow.db'}")
    store.count(ENOUGH, "one", (PRICE,))
    return store


def finding(store: Store) -> str:
    return store.gate()[1]["findings"][0]["id"]


def test_an_accepted_finding_passes_until_it_is_withdrawn(store: Store) -> None:
    code, verdict = store.gate()
    assert (code, len(verdict["findings"])) == (FAIL, 1)
    key = verdict["findings"][0]["id"]
    about = ("--finding", key, "--by", "Ann")
    done = store.run("approve", *about, "--reason", "in cents", "--expires", "2999-01-31")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"accepted {key}" in done.stdout
    code, verdict = store.gate()
    assert (code, verdict["findings"]) == (PASS, [])
    assert verdict["accepted"][0]["id"] == key
    assert verdict["accepted"][0]["approval"]["by"] == "Ann"
    done = store.run("approve", *about, "--withdraw", "--reason", "billing reads it")
    assert done.returncode == 0
    assert store.gate()[0] == FAIL


def test_text_and_markdown_show_the_id_that_approve_takes(store: Store) -> None:
    key = finding(store)
    assert f"finding {key}: GET /items/{{id}} `$.price` value" in store.run("gate").stdout
    assert f"Id `{key}`." in store.run("report", "--output", "-").stdout


def test_a_release_is_signed_off_on_pass_only_and_the_refusal_says_why(store: Store) -> None:
    done = store.run("approve", "--by", "Ann")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "release 2.4.0 is FAIL, and only PASS is signed off" in done.stderr
    assert "`$.price` changed in 400 of 400 answers" in done.stderr
    assert "). Accept what is intended with --finding ID" in done.stderr
    assert store.gate()[1]["sign_off"] is None
    store.run("approve", "--finding", finding(store), "--by", "Ann", "--reason", "meant")
    done = store.run("approve", "--by", "Ann")
    assert (done.returncode, done.stderr) == (0, "")
    signed = store.gate()[1]["sign_off"]
    assert (signed["by"], signed["override"], signed["changes"]) == ("Ann", False, [])


def test_an_override_is_recorded_as_such_and_changes_no_exit_code(store: Store) -> None:
    assert store.run("approve", "--by", "Ben", "--override").returncode == USAGE
    done = store.run("approve", "--by", "Ben", "--override", "--reason", "must go out")
    assert done.returncode == 0
    code, verdict = store.gate()
    assert code == FAIL
    assert verdict["sign_off"]["override"] is True
    assert "against the verdict FAIL: must go out" in store.run("gate").stdout
    assert "against the verdict FAIL" in store.run("audit").stdout
    listed = shadow("releases", "--store", store.url).stdout
    assert "Ben" in listed
    assert "against FAIL" in " ".join(listed.split())


def test_counts_that_go_on_after_a_sign_off_are_shown(store: Store) -> None:
    store.run("approve", "--by", "Ben", "--override", "--reason", "must go out")
    store.count(7, "two")
    assert store.gate()[1]["sign_off"]["changes"] == ["7 more exchanges captured"]
    assert "since then: 7 more exchanges captured" in store.run("gate").stdout
    assert "7 more captured since" in " ".join(
        shadow("releases", "--store", store.url).stdout.split()
    )


def test_a_list_of_releases_shows_that_a_sign_off_covers_less_than_it_did(store: Store) -> None:
    key = finding(store)
    decided = ("--by", "Ann", "--reason", "meant")
    store.run("approve", "--finding", key, *decided)
    store.run("approve", *decided)

    def listed() -> str:
        return " ".join(shadow("releases", "--store", store.url).stdout.replace("│", "").split())

    assert "ended" not in listed()
    assert store.run("approve", "--finding", key, "--withdraw", *decided).returncode == 0
    assert store.gate()[0] == FAIL
    # A narrow table puts its other columns between the words of a cell.
    for word in ("1 approval", "ended", "since:", "counts", "again"):
        assert word in listed()
    store.run("approve", *decided, "--override")
    assert "ended" not in listed()


def test_what_cannot_be_decided_is_a_usage_error_that_says_why(store: Store) -> None:
    signed = ("--by", "A", "--reason", "r")
    for options, said in (
        ((), "say who decides: --by NAME"),
        ((*signed, "--expires", "2999-01-01"), "go with --finding"),
        ((*signed, "--finding", "1"), "there is no finding '1'; there are "),
        ((*signed, "--finding", "1", "--expires", "2020-01-01"), "is over already"),
        ((*signed, "--finding", "1", "--withdraw"), "there is no approval '1'; there is none"),
    ):
        done = store.run("approve", *options)
        assert (done.returncode, done.stdout) == (USAGE, ""), options
        assert said in done.stderr
    assert "entries about 2.4.0: 0" in store.run("audit").stdout


def test_what_stands_for_many_places_is_not_accepted(store: Store) -> None:
    store.count(ENOUGH, "two", (difference("(other)"),))
    found = {each["location"]: each["id"] for each in store.gate()[1]["findings"]}
    done = store.run("approve", "--finding", found["(other)"], "--by", "A", "--reason", "r")
    assert done.returncode == USAGE
    assert "stands for all that the store had no room for" in done.stderr


def test_the_audit_shows_each_decision_and_the_verdict_it_was_given_on(store: Store) -> None:
    key = finding(store)
    store.run("approve", "--finding", key, "--by", "Ann", "--reason", "in cents")
    store.run("approve", "--by", "Ben")
    done = store.run("audit")
    first, second, last = done.stdout.splitlines()
    assert done.returncode == 0
    assert f"accepted {key} (GET /items/{{id}} $.price value) by Ann: in cents" in first
    assert "signed off by Ben" in second
    assert last == "entries about 2.4.0: 2; the log is as it was written"
    verdict = first.partition("[verdict ")[2].partition("]")[0]
    shown = store.run("audit", "--verdict", verdict)
    assert json.loads(shown.stdout)["decision"] == "FAIL"
    assert json.loads(shown.stdout)["id"] == verdict


def test_a_log_that_was_changed_is_exit_code_4(store: Store) -> None:
    for reason in ("one", "two"):
        store.run("approve", "--by", "Ben", "--override", "--reason", reason)
    engine = open_store(store.url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_log_update"))
        connection.execute(
            text("UPDATE audit_log SET entry = replace(entry, 'Ben', 'Eve') WHERE number = 2")
        )
    engine.dispose()
    done = store.run("audit")
    assert done.returncode == COULD_NOT_RUN
    assert "Eve" not in done.stdout
    assert "entry 2 was changed, added or removed" in done.stdout
    done = store.run("approve", "--by", "Ben", "--override", "--reason", "three")
    assert done.returncode == 0
    assert done.stdout.startswith("3  ")
    assert "WARNING: entry 2 of the audit log was changed, added or removed" in done.stderr
    assert store.run("audit").returncode == COULD_NOT_RUN


def test_an_unknown_release_has_no_log(store: Store) -> None:
    done = shadow("audit", "--release", "2.5.0", "--store", store.url)
    assert done.returncode == USAGE
    assert "there is no release '2.5.0'" in done.stderr


def test_the_gate_stores_the_verdict_that_it_prints(store: Store) -> None:
    printed = store.run("gate", "--format", "json").stdout
    verdict = json.loads(printed)["id"]
    assert json.loads(store.run("audit", "--verdict", verdict).stdout) == json.loads(printed)


def test_a_gate_answers_on_a_store_that_takes_no_writes(postgres_url: str) -> None:
    store = Store(url=postgres_url)
    store.count(ENOUGH, "one", (PRICE,))
    read_only = Store(url=f"{postgres_url}&options=-c%20default_transaction_read_only%3Don")
    done = read_only.run("gate", "--format", "json")
    assert done.returncode == FAIL
    assert json.loads(done.stdout)["id"] is None
    assert done.stderr.startswith("the verdict is not stored: ")
    done = read_only.run("approve", "--by", "Ben", "--override", "--reason", "r")
    assert (done.returncode, done.stdout) == (COULD_NOT_RUN, "")


@pytest.mark.parametrize("written", ["{file}?mode=ro", "file:{file}?mode=ro&uri=true"])
def test_a_store_that_is_only_read_is_judged_and_no_decision_goes_there(
    store: Store, written: str
) -> None:
    file = store.url.removeprefix("sqlite:///")
    only_read = Store(url=f"sqlite:///{written.format(file=file)}")
    done = only_read.run("gate", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["id"]) == (FAIL, None)
    assert " is only read, as its URL says mode=ro; name it without mode=ro" in done.stderr
    assert "`$.price`" in only_read.run("report", "--output", "-").stdout
    assert RELEASE in shadow("releases", "--store", only_read.url).stdout
    assert only_read.run("audit").returncode == 0
    done = only_read.run("approve", "--by", "Ben", "--override", "--reason", "r")
    assert (done.returncode, done.stdout) == (COULD_NOT_RUN, "")
    assert "name it without mode=ro where something is written" in done.stderr
    assert "entries about 2.4.0: 0" in store.run("audit").stdout


@pytest.mark.parametrize("written", ["{file}", "{file}?mode=ro", "file:{file}?mode=ro&uri=true"])
@pytest.mark.parametrize("command", ["gate", "report", "releases", "audit", "approve"])
def test_a_store_that_is_not_there_is_said_to_be_and_not_made(
    tmp_path: Path, command: str, written: str
) -> None:
    url = f"sqlite:///{written.format(file=tmp_path / 'missing.db')}"
    more = {"releases": (), "approve": ("--release", RELEASE, "--by", "Ann")}
    done = shadow(command, "--store", url, *more.get(command, ("--release", RELEASE)))
    assert (done.returncode, done.stdout) == (COULD_NOT_RUN, "")
    assert f"there is no store at {tmp_path / 'missing.db'}" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_approvals_are_the_same_on_postgresql(postgres_url: str) -> None:
    store = Store(url=postgres_url)
    store.count(ENOUGH, "one", (PRICE,))
    done = store.run("approve", "--finding", finding(store), "--by", "A", "--reason", "r")
    assert done.returncode == 0
    assert store.run("approve", "--by", "A").returncode == 0
    assert store.run("audit").stdout.endswith("the log is as it was written\n")
