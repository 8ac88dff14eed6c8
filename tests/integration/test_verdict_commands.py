"""`gate`, `report` and `releases` on what a real `shadow proxy` has stored."""

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import (
    ROOT,
    Shadow,
    clean_environment,
    process,
    proxy,
    shadow,
    target,
)
from tests.support.user import same_answers

PASS, FAIL, USAGE, INCONCLUSIVE, COULD_NOT_RUN = range(5)
QUICK = "policy: {min_exchanges: 20, max_excess_rate: 0.2}"
ENOUGH = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """A good release that runs, and in the same store a bad one that is done."""

    good: Shadow
    bad: Shadow
    primary: str


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    folder = tmp_path_factory.mktemp("verdicts")
    store = f"sqlite:///{folder / 'shadow.db'}"
    with (
        target() as primary,
        target() as secondary,
        target() as candidate,
        target(mark="pre-release") as worse,
    ):
        (folder / "bad").mkdir()
        with proxy(
            folder / "bad",
            primary=primary,
            candidate=worse,
            secondary=secondary,
            release="bad",
            store=store,
            settings=QUICK,
        ) as bad:
            same_answers(primary, bad.url, ENOUGH)
            assert bad.stop() == 0
        with proxy(
            folder,
            primary=primary,
            candidate=candidate,
            secondary=secondary,
            release="good",
            store=store,
            settings=QUICK,
        ) as good:
            yield Releases(good=good, bad=bad, primary=primary)


def test_gate_waits_while_there_is_no_verdict_and_ends_when_there_is_one(
    releases: Releases,
) -> None:
    command = (sys.executable, "-m", "shadow", "gate", *releases.good.asked(), "--wait", "1h")
    environment = clean_environment()
    with process(*command, "--format", "json", stderr=subprocess.PIPE, env=environment) as gate:
        assert gate.stderr is not None
        assert gate.stderr.readline().startswith("INCONCLUSIVE, waiting up to 3600 s")
        same_answers(releases.primary, releases.good.url, ENOUGH)
        out, err = gate.communicate(timeout=60)
    assert gate.returncode == PASS
    assert json.loads(out)["decision"] == "PASS"
    assert err == ""


def test_fail_is_exit_code_1_and_says_why(releases: Releases) -> None:
    done = shadow("gate", *releases.bad.asked())
    assert done.returncode == FAIL
    assert done.stdout.startswith("FAIL release bad\n")
    assert "$.mark" in done.stdout
    assert done.stderr == ""


def test_a_conclusive_verdict_is_not_waited_for(releases: Releases) -> None:
    done = shadow("gate", *releases.bad.asked(), "--wait", "1h")
    assert (done.returncode, done.stderr) == (FAIL, "")


def test_a_wait_without_a_verdict_ends_inconclusive(releases: Releases) -> None:
    strict = {"SHADOW_POLICY__MIN_EXCHANGES": "1000000"}
    asked = (*releases.good.asked(), "--wait", "1s", "--format", "json")
    done = shadow("gate", *asked, environment=strict)
    assert done.returncode == INCONCLUSIVE
    assert json.loads(done.stdout)["decision"] == "INCONCLUSIVE"


def test_a_release_that_nobody_knows_is_a_usage_error_that_names_the_nearest(
    releases: Releases,
) -> None:
    store = ("--store", releases.good.store)
    done = shadow("gate", "--release", "god", *store)
    assert done.returncode == USAGE
    assert done.stdout == ""
    assert done.stderr == "shadow: there is no release 'god' in the store; it has good, bad\n"


@pytest.mark.parametrize(("comes_back", "code"), [(True, INCONCLUSIVE), (False, COULD_NOT_RUN)])
def test_a_store_that_goes_away_while_waiting_may_come_back(
    releases: Releases, comes_back: bool, code: int, tmp_path: Path
) -> None:
    here, away = tmp_path / "shadow.db", tmp_path / "away.db"
    copied = releases.good.store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(copied)) as source, closing(sqlite3.connect(here)) as copy:
        source.backup(copy)
    strict = {**clean_environment(), "SHADOW_POLICY__MIN_EXCHANGES": "1000000"}
    command = ("gate", "--release", "good", "--store", f"sqlite:///{here}", "--wait", "6s")
    with process(
        sys.executable, "-m", "shadow", *command, stderr=subprocess.PIPE, env=strict
    ) as gate:
        assert gate.stderr is not None
        gate.stderr.readline()
        here.rename(away)
        assert gate.stderr.readline().endswith("; trying again\n")
        if comes_back:
            away.rename(here)
        _, err = gate.communicate(timeout=60)
    assert gate.returncode == code
    assert err == "" if comes_back else err.startswith("shadow: there is no store at ")


def test_ctrl_c_while_waiting_says_neither_pass_nor_fail(releases: Releases) -> None:
    strict = {**clean_environment(), "SHADOW_POLICY__MIN_EXCHANGES": "1000000"}
    command = (sys.executable, "-m", "shadow", "gate", *releases.good.asked(), "--wait", "1h")
    with process(*command, stderr=subprocess.PIPE, env=strict) as gate:
        assert gate.stderr is not None
        gate.stderr.readline()
        gate.send_signal(signal.SIGINT)
        out, err = gate.communicate(timeout=60)
    assert gate.returncode == 128 + signal.SIGINT
    assert out + err == ""


def test_a_terminal_shows_what_is_waited_for(releases: Releases) -> None:
    strict = {**clean_environment(), "SHADOW_POLICY__MIN_EXCHANGES": "1000000", "TERM": "xterm"}
    said = _on_a_terminal(
        ("gate", *releases.good.asked(), "--wait", "1s", "--format", "json"), strict, "stderr"
    )
    assert "INCONCLUSIVE, waiting up to" in said


def test_no_color_takes_the_colour_and_a_dumb_terminal_all_escapes(releases: Releases) -> None:
    colours = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    ask = ("gate", "--release", "none", "--store", releases.good.store)
    environment = {k: v for k, v in clean_environment().items() if k != "NO_COLOR"}
    terminal = {**environment, "TERM": "xterm"}
    assert colours.search(_on_a_terminal(ask, terminal, "stderr"))
    assert not colours.search(_on_a_terminal(ask, {**terminal, "NO_COLOR": "1"}, "stderr"))
    assert "\x1b" not in _on_a_terminal(ask, {**terminal, "TERM": "dumb"}, "stderr")


@pytest.mark.parametrize(
    "ask",
    [
        "gate --format json",
        "report --output -",
        "releases",
    ],
)
def test_a_reader_that_has_gone_is_no_error(ask: str, releases: Releases) -> None:
    command, *more = ask.split()
    about = releases.bad.asked() if command != "releases" else ("--store", releases.bad.store)
    reading, writing = os.pipe()
    os.close(reading)
    done = _run((command, *about, *more), writing)
    os.close(writing)
    assert done.returncode == (FAIL if command == "gate" else PASS)
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["gate", "releases"])
def test_an_output_that_cannot_be_written_is_never_a_verdict(
    command: str, releases: Releases
) -> None:
    about = releases.good.asked() if command != "releases" else ("--store", releases.good.store)
    with Path("/dev/full").open("w") as full:
        done = _run((command, *about), full.fileno())
    assert done.returncode == COULD_NOT_RUN
    assert done.stderr.startswith("shadow: ")
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback_of_what_nobody_expected(releases: Releases) -> None:
    with Path("/dev/full").open("w") as full:
        done = _run(("--debug", "releases", "--store", releases.good.store), full.fileno())
    assert done.returncode == COULD_NOT_RUN
    assert "Traceback" in done.stderr


def test_report_writes_a_file_and_tells_which(releases: Releases, tmp_path: Path) -> None:
    done = shadow("report", *releases.bad.asked(), "--output", str(tmp_path / "new" / "folder"))
    file = tmp_path / "new" / "folder" / "bad.md"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"FAIL: {file}\n", "")
    assert "$.mark" in file.read_text()


def test_report_to_standard_output_is_one_document_and_no_file(
    releases: Releases, tmp_path: Path
) -> None:
    done = shadow(
        "report", *releases.bad.asked(), "--format", "json", "--output", "-", cwd=tmp_path
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["decision"] == "FAIL"
    assert list(tmp_path.iterdir()) == []


def test_report_writes_as_many_formats_as_are_asked_for(releases: Releases, tmp_path: Path) -> None:
    forms = ("html", "markdown", "junit", "json", "sarif")
    asked = [word for form in (*forms, "html") for word in ("--format", form)]
    done = shadow("report", *releases.bad.asked(), *asked, "--output", str(tmp_path))
    names = ("bad.html", "bad.md", "bad.junit.xml", "bad.json", "bad.sarif")
    assert done.stdout == "".join(f"FAIL: {tmp_path / name}\n" for name in names)
    assert {file.name for file in tmp_path.iterdir()} == set(names)
    assert all("$.mark" in file.read_text() for file in tmp_path.iterdir())
    page = (tmp_path / "bad.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<mark>&#34;pre-release&#34;</mark>" in page


def test_several_formats_do_not_go_to_standard_output(releases: Releases) -> None:
    asked = ("--format", "html", "--format", "junit", "--output", "-")
    done = shadow("report", *releases.bad.asked(), *asked)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr == ("shadow: --output - takes one --format; name a folder for several\n")


def test_a_format_that_there_is_not_is_a_usage_error_that_names_them(releases: Releases) -> None:
    done = shadow("report", *releases.bad.asked(), "--format", "pdf")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert all(form in done.stderr for form in ("html", "markdown", "junit", "json", "sarif"))


def test_report_to_what_is_no_folder_says_so(releases: Releases, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = shadow("report", *releases.bad.asked(), "--output", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (COULD_NOT_RUN, "")
    assert done.stderr.startswith(f"shadow: cannot write {tmp_path}/file/bad.md: ")
    assert "see --output" in done.stderr


def test_releases_are_listed_with_the_last_one_first(releases: Releases) -> None:
    done = shadow("releases", "--store", releases.good.store)
    assert done.returncode == 0
    assert done.stdout.index("good") < done.stdout.index("bad")


def _run(arguments: tuple[str, ...], out: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "shadow", *arguments),
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
        env=clean_environment(),
    )


def _on_a_terminal(arguments: tuple[str, ...], environment: dict[str, str], stream: str) -> str:
    """What a command writes to a stream that is a terminal."""
    ours, theirs = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    command = (sys.executable, "-m", "shadow", *arguments)
    with subprocess.Popen(command, cwd=ROOT, env=environment, **streams) as running:
        os.close(theirs)
        said = b""
        while chunk := _more(ours):
            said += chunk
        running.wait()
    os.close(ours)
    return said.decode()


def _more(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # a terminal's end, on Linux
        return b""
