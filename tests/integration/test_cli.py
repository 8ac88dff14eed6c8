"""The command line as a newcomer meets it: help, typos, and every mistake said at once."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shadow import __version__
from shadow.cli import main
from tests.support.processes import free_port, shadow, target

COMMANDS = ("proxy", "worker", "addon", "gate", "report", "releases", "check", "demo")
USAGE, COULD_NOT_RUN = 2, 4
TARGETS = ("--primary", "http://127.0.0.1:1", "--candidate", "http://127.0.0.1:2")
PASSWORD = "hunter2-of-the-store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str


type Ask = Callable[..., Said]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Run a command in this process, in an empty folder, and tell what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for variable in [name for name in os.environ if name.startswith("SHADOW_")]:
        monkeypatch.delenv(variable)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["shadow", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        said = capfd.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code=ended.value.code, out=said.out, err=said.err)

    return run


def test_without_a_command_there_is_help(ask: Ask) -> None:
    said = ask()
    assert said.code == USAGE
    assert all(command in said.out + said.err for command in COMMANDS)


@pytest.mark.parametrize("columns", [80, 120])
def test_help_names_each_command_and_fits_the_terminal(
    columns: int, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = ask("--help")
    assert said.code == 0
    assert all(command in said.out for command in COMMANDS)
    assert "role" not in said.out
    assert max(map(len, said.out.splitlines())) <= columns


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_commands_help_says_what_it_does_in_whole_words(
    command: str, columns: int, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = ask(command, "-h")
    assert said.code == 0
    assert f"shadow {command}" in said.out
    assert "…" not in said.out.replace("postgresql://…", "")
    assert max(map(len, said.out.splitlines())) <= columns


def test_gates_help_lists_the_exit_codes(ask: Ask) -> None:
    said = " ".join(ask("gate", "--help").out.split())
    assert "0 PASS, 1 FAIL, 3 INCONCLUSIVE, 2 usage or configuration, 4 could not run" in said


@pytest.mark.parametrize("how", ["--version", "version"])
def test_the_version_can_be_asked_for(how: str, ask: Ask) -> None:
    assert ask(how) == Said(code=0, out=f"shadow {__version__}\n", err="")


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("gaet",), "Did you mean 'gate'?"),
        (("gate", "--relase", "1"), "--release"),
        (("gate", "--format", "xml"), "'text', 'json'"),
        (("gate", "--release"), "--release"),
        (("releases", "all"), "unexpected extra argument"),
    ],
)
def test_a_typo_is_a_usage_error_that_names_what_was_meant(
    arguments: tuple[str, ...], nearest: str, ask: Ask
) -> None:
    said = ask(*arguments)
    assert said.code == USAGE
    assert nearest in " ".join(said.err.split())


@pytest.mark.parametrize("command", ["gate", "report"])
def test_a_missing_release_is_a_usage_error_that_says_how_to_give_it(
    command: str, ask: Ask
) -> None:
    said = ask(command)
    assert said.code == USAGE
    assert "give --release, or SHADOW_RELEASE, or release in shadow.yaml" in said.err


@pytest.mark.parametrize("command", ["proxy", "check"])
def test_all_that_is_missing_is_said_at_once(command: str, ask: Ask) -> None:
    said = ask(command)
    assert said.code == USAGE
    assert [line.split(":")[0].strip() for line in said.err.splitlines()] == [
        "shadow",
        "release",
        "primary",
        "candidate",
    ]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--engine", "sink"), "--engine mitmproxy, --engine tee"),
        (("--engine", "nginx"), "--engine mitmproxy, --engine tee"),
        (("--processes", "2"), "give --engine tee too"),
    ],
)
def test_users_come_in_by_an_engine_of_users(flags: tuple[str, str], said: str, ask: Ask) -> None:
    done = ask("proxy", "--release", "1", *TARGETS, *flags)
    assert done.code == USAGE
    assert said in done.err


def test_all_bad_values_of_flags_are_said_at_once(ask: Ask) -> None:
    flags = ("--release", "a b", "--primary", "nope", "--candidate", "ftp://x", "--listen", "8000")
    said = ask("proxy", *flags, "--store", "mysql://me@db/shadow")
    assert said.code == USAGE
    assert said.err.startswith("shadow: 5 settings are wrong or missing:\n")
    for flag in ("--release", "--primary", "--candidate", "--listen", "--store"):
        assert f"\n  {flag}: " in said.err


def test_each_mistake_of_a_file_is_said_with_its_line(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("relase: 1\nprimary: nope\ncapture:\n  sampel: 1\n  sample: 2\nworkers: many\n")
    said = ask("proxy", "--config", "bad.yaml")
    assert said.code == USAGE
    places = ("1 relase", "2 primary", "4 capture.sampel", "5 capture.sample", "6 workers")
    assert all(f"\n  bad.yaml:{place}: " in said.err for place in places)
    assert "did you mean release?" in said.err


@pytest.mark.parametrize(
    ("config", "problem"),
    [("none.yaml", "No such file"), (".", "directory"), ("broken.yaml", "broken.yaml:1")],
)
def test_a_file_that_is_none_is_a_usage_error(
    config: str, problem: str, ask: Ask, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("listen: [")
    said = ask("proxy", "--config", config)
    assert said.code == USAGE
    assert problem in said.err


def test_unknown_variables_are_usage_errors(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOW_RELAESE", "1")
    monkeypatch.setenv("SHADOW_WROKERS", "1")
    said = ask("releases")
    assert said.code == USAGE
    assert "SHADOW_RELAESE: no such setting (did you mean SHADOW_RELEASE?)" in said.err
    assert "SHADOW_WROKERS: no such setting (did you mean SHADOW_WORKERS?)" in said.err


@pytest.mark.parametrize("wait", ["soon", "-5", "nan", "inf", "8d", "1h30m", ""])
def test_a_wait_that_is_no_time_is_a_usage_error(wait: str, ask: Ask) -> None:
    said = ask("gate", "--release", "1", "--wait", wait)
    assert said.code == USAGE
    assert "write a time such as 90s, 10m or 1h" in said.err


def test_a_store_in_a_folder_that_is_not_there_is_a_usage_error(ask: Ask) -> None:
    said = ask("gate", "--release", "1", "--store", "sqlite:///none/shadow.db")
    assert said.code == USAGE
    assert "mkdir -p none" in said.err


@pytest.mark.parametrize("command", ["gate", "report", "proxy"])
def test_a_database_that_cannot_be_reached_is_no_usage_error_and_its_password_is_not_said(
    command: str, ask: Ask
) -> None:
    url = f"postgresql://me:{PASSWORD}@127.0.0.1:1/shadow"
    targets = (*TARGETS, "--listen", "127.0.0.1:0") if command == "proxy" else ()
    said = ask(command, "--release", "1", "--store", url, *targets)
    assert said.code == COULD_NOT_RUN
    assert "check that it runs and that its URL is right" in said.err
    assert PASSWORD not in said.out + said.err


@pytest.mark.parametrize("command", ["gate", "report"])
def test_a_store_that_is_not_there_is_not_made(command: str, ask: Ask, tmp_path: Path) -> None:
    said = ask(command, "--release", "1")
    assert said.code == COULD_NOT_RUN
    assert "there is no store at" in said.err
    assert list(tmp_path.iterdir()) == []


def test_an_address_in_use_is_said_without_starting_anything(ask: Ask, tmp_path: Path) -> None:
    with target() as taken:
        address = taken.removeprefix("http://")
        said = ask("proxy", "--release", "1", *TARGETS, "--listen", address)
    assert said.code == COULD_NOT_RUN
    assert said.err == (
        f"shadow: cannot listen on {address}: Address already in use; "
        "free the address, or give another --listen\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_check_finds_all_that_is_wrong_and_says_what_to_do(ask: Ask) -> None:
    store = f"postgresql://me:{PASSWORD}@127.0.0.1:1/shadow"
    with target() as taken:
        listen = ("--listen", taken.removeprefix("http://"))
        said = ask("check", "--release", "1", *TARGETS, *listen, "--store", store)
    assert said.code == COULD_NOT_RUN
    assert len(re.findall(r"│ no │", said.out)) == 4
    assert "is it started" in said.out
    assert "Address already in use" in said.out
    assert PASSWORD not in said.out + said.err


def test_check_is_content_when_all_is_there_and_leaves_no_release_behind(ask: Ask) -> None:
    with target() as primary, target() as candidate, target() as secondary:
        urls = ("--primary", primary, "--candidate", candidate, "--secondary", secondary)
        said = ask("check", "--release", "1", *urls, "--listen", f"127.0.0.1:{free_port()}")
    assert said.code == 0, said.out
    assert len(re.findall(r"│ ok │", said.out)) == 5
    assert "\x1b" not in said.out
    asked = shadow("gate", "--release", "1", cwd=Path.cwd())
    assert asked.returncode == USAGE
    assert "there is no release '1' in the store, nor any other" in asked.stderr


def test_addon_prints_a_path_and_nothing_else(ask: Ask) -> None:
    said = ask("addon")
    assert Path(said.out.removesuffix("\n")).is_file()
    assert said.err == ""
