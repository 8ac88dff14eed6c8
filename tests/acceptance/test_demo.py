"""`shadow demo` is the promise of the README's first screen; here it is kept."""

from pathlib import Path

import pytest

from shadow.demo.planted import PLANTED, PLANTED_WITHOUT_SECONDARY
from tests.support.processes import shadow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    # Three rounds, on a machine that may have other things to do.
    done = shadow("demo", "--reports", str(folder), patience=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_users_got_productions_answers_byte_for_byte_in_all_rounds(said: str) -> None:
    assert said.count("5,000 of 5,000") == 3


def test_the_planted_regressions_are_found_and_nothing_else(said: str) -> None:
    found = [line for line in said.splitlines() if "✓ found:" in line]
    assert len(PLANTED) == 8
    assert len(found) == len(PLANTED) + len(PLANTED_WITHOUT_SECONDARY)
    assert said.count("0 others found") == 3


def test_what_the_hit_users_share_is_told(said: str) -> None:
    assert said.count("✓ told:") == 2


def test_the_release_without_them_passes(said: str) -> None:
    assert "release 2.4.1: PASS" in said


def test_the_reports_are_where_it_says(said: str, folder: Path) -> None:
    assert str(folder / "2.4.0.html") in said
    for form in ("html", "json", "md"):
        report = (folder / f"2.4.0.{form}").read_text()
        assert all(planted.signature.location in report for planted in PLANTED), form
