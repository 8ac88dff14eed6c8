"""The noise benchmark tells methods apart, and tells the same each time."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from benchmarks.noise.figures import Share, all_figures, is_found
from benchmarks.noise.methods import (
    ANY,
    DIFFY,
    METHODS,
    SHADOW,
    Remembering,
    Run,
    any_shows,
    diffy_shows,
    unless_noisy_shows,
)
from benchmarks.noise.places import touches
from benchmarks.noise.regressions import SORTS as ALL_SORTS
from benchmarks.noise.regressions import plant
from benchmarks.noise.services import Service, service
from benchmarks.noise.traffic import traffic
from benchmarks.noise.trial import Trial, trials
from shadow.model import Decision, Replies
from shadow.redact.redactor import Redactor
from shadow.store.engine import migrate, open_store

ROOT = Path(__file__).resolve().parents[2]
SORTS = ("value", "shape inside noise")
SEED = "tested/5"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_store(f"sqlite:///{tmp_path}/shadow.db")
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, ...]:
    return run(tmp_path_factory.mktemp("noise"))


def run(folder: Path) -> tuple[Trial, ...]:
    opened = open_store(f"sqlite:///{folder}/shadow.db")
    try:
        migrate(opened)
        return trials(opened, SEED, SORTS, 300)
    finally:
        opened.dispose()


def test_planted_regressions_are_found_where_they_were_planted(ran: tuple[Trial, ...]) -> None:
    planted = [trial for trial in ran if trial.planted is not None]

    assert [trial.sort for trial in planted] == [*SORTS]
    assert all(trial.occurred > 20 for trial in planted)
    assert all(is_found(trial, trial.judgements[SHADOW]) for trial in planted)


def test_nonsense_inside_noise_is_what_a_count_of_places_cannot_see(
    ran: tuple[Trial, ...],
) -> None:
    spoiled = ran[-1]

    assert not is_found(spoiled, spoiled.judgements[DIFFY])


def test_clean_release_fails_by_any_difference_but_not_by_shadow(ran: tuple[Trial, ...]) -> None:
    clean = ran[0]

    assert clean.planted is None
    assert clean.judgements[SHADOW].decision is not Decision.FAIL
    assert clean.judgements[ANY].decision is Decision.FAIL


def test_one_seed_gives_one_result(ran: tuple[Trial, ...], tmp_path: Path) -> None:
    assert run(tmp_path) == ran


def test_figures_have_a_cell_for_each_method(ran: tuple[Trial, ...]) -> None:
    for figures in all_figures(ran):
        assert figures.rows
        assert all(len(cells) == len(METHODS) for _, cells in figures.rows)


@pytest.mark.parametrize("sort", ALL_SORTS)
def test_each_sort_of_regression_shows_in_answers_of_some_service(sort: str) -> None:
    draws = (Random(f"{sort}/{number}") for number in range(20))
    planted = ((draw, made, plant(sort, made, draw)) for draw, made in map(_made, draws))
    draw, made, regression = next(each for each in planted if each[2] is not None)

    shown = [
        struck.response() != answered.candidate
        for answered in traffic(made, 500, draw)
        if (struck := regression.strike(answered, draw)) is not None
    ]

    assert shown
    assert all(shown)


def _made(draw: Random) -> tuple[Random, Service]:
    return draw, service(draw)


def test_redaction_would_change_no_count(engine: Engine) -> None:
    draw = Random("redacted")
    comparer = Remembering()
    plain = Run(engine, "plain", comparer)
    redacted = Run(engine, "redacted", comparer, Redactor(key=b"benchmark"))

    for answered in traffic(service(draw), 200, draw):
        replies = Replies(candidate=answered.candidate, secondary=answered.secondary)
        seen = (answered.exchange, answered.endpoint, replies)
        # Traits come from redaction; no method looks at them.
        assert replace(redacted.compare(*seen), traits=()) == plain.compare(*seen)
        comparer.forget()


def test_diffys_rule_has_its_two_fixed_cuts() -> None:
    assert not diffy_shows(raw=150, noise=100, total=5_000)
    assert diffy_shows(raw=151, noise=100, total=5_000)
    assert not diffy_shows(raw=1, noise=0, total=5_000)
    assert diffy_shows(raw=2, noise=0, total=5_000)


def test_rules_without_statistics() -> None:
    assert unless_noisy_shows(1, 0, 100)
    assert not unless_noisy_shows(100, 1, 100)
    assert any_shows(1, 100, 100)
    assert not any_shows(0, 100, 100)


@pytest.mark.parametrize(
    ("one", "other", "is_related"),
    [
        ("$.items[*].price", "$.items[*].price", True),
        ("$.items[*].price", "$.items", True),
        ("$.owner", "$.owner.city", True),
        ("$.price", "$.price_net", False),
        ("$.price", "$", False),
        ("header:x-cache", "header:x-cache-until", False),
    ],
)
def test_place_is_right_at_above_and_below_the_planted_one(
    one: str, other: str, is_related: bool
) -> None:
    assert touches(one, other) is is_related
    assert touches(other, one) is is_related


def test_shares_come_with_the_interval_of_wilson() -> None:
    assert Share(count=0, of=100).interval == pytest.approx((0.0, 0.0370), abs=1e-4)
    assert Share(count=95, of=100).interval == pytest.approx((0.8882, 0.9785), abs=1e-4)
    assert Share(count=0, of=0).interval == (0.0, 1.0)


def test_benchmark_prints_its_tables() -> None:
    command = (sys.executable, "-m", "benchmarks.noise", "--services", "2", "--exchanges", "60")
    options = ("--jobs", "1", "--markdown")
    ended = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert "| clean services: FAIL |" in ended.stdout
    assert "2 services" in ended.stdout
