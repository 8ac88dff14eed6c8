"""What trials add up to: how often each method was right, with an interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.noise import disturbances, regressions
from benchmarks.noise.methods import METHODS, Judgement, Place
from benchmarks.noise.places import touches
from benchmarks.noise.trial import Trial
from shadow.model import Decision

ENOUGH = 20
"""So often must a regression have occurred for a method to be held to it."""

SLOW = "slow"

_Z = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The rate is in here with 95 % confidence, by Wilson's score interval (1927)."""
        if not self.of:
            return 0.0, 1.0
        rate, spread = self.count / self.of, _Z * _Z / self.of
        middle = rate + spread / 2
        half = math.sqrt(spread * (rate * (1 - rate) + spread / 4))
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))

    def __str__(self) -> str:
        if not self.of:
            return "none"
        return f"{self.count} of {self.of}"


def in_full(share: Share) -> str:
    """A share in percent, with its interval."""
    if not share.of:
        return "none"
    low, high = (100 * bound for bound in share.interval)
    return f"{100 * share.count / share.of:.1f} ({low:.1f} to {high:.1f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One table: a row has its name and a cell for each method."""

    title: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def all_figures(trials: Sequence[Trial]) -> tuple[Figures, ...]:
    """All tables of the benchmark."""
    return (summary(trials), found_by_sort(trials), alarms_by_noise(trials))


def summary(trials: Sequence[Trial]) -> Figures:
    """What counts most, each with an interval."""
    clean = [trial for trial in trials if trial.planted is None]
    uncached = [trial for trial in clean if not _has("caches", trial)]
    told = [each for each in regressed(trials) if each.sort != SLOW]
    return Figures(
        title="In short",
        rows=(
            _row("regressions found, slow apart", told, is_found),
            _row("… in %, 95 % sure", told, is_found, in_full),
            _row("… FAIL, at a wrong place only", told, _is_misplaced),
            _row("… INCONCLUSIVE", told, _is(Decision.INCONCLUSIVE)),
            _row("… PASS", told, _is(Decision.PASS)),
            _row("clean services: FAIL", clean, _is(Decision.FAIL)),
            _row("… in %, 95 % sure", clean, _is(Decision.FAIL), in_full),
            _row("… INCONCLUSIVE", clean, _is(Decision.INCONCLUSIVE)),
            _row("… PASS", clean, _is(Decision.PASS)),
            _row("clean, without caches: FAIL", uncached, _is(Decision.FAIL)),
            _row("a wrong place beside the planted one", told, _has_wrong_place),
        ),
    )


def found_by_sort(trials: Sequence[Trial]) -> Figures:
    """Recall, for each sort of regression."""
    enough = regressed(trials)
    rare = [each for each in regressed(trials, is_enough=False) if each.sort != SLOW]
    rows = [
        _row(sort, [trial for trial in enough if trial.sort == sort], is_found)
        for sort in regressions.SORTS
    ]
    return Figures(
        title=f"Regressions found, of those that occurred {ENOUGH} times and more",
        rows=(*rows, _row(f"(any, fewer than {ENOUGH} times)", rare, is_found)),
    )


def alarms_by_noise(trials: Sequence[Trial]) -> Figures:
    """False alarms of clean services, for each sort of noise that they have."""
    rows = []
    for sort in disturbances.SORTS:
        having = [trial for trial in trials if trial.planted is None and _has(sort, trial)]
        rows.append(_row(sort, having, _cries_at(sort)))
    return Figures(title="Clean services held against their noise", rows=tuple(rows))


def regressed(trials: Sequence[Trial], *, is_enough: bool = True) -> list[Trial]:
    """The trials with a regression that occurred often enough, or not."""
    planted = [trial for trial in trials if trial.planted is not None]
    return [trial for trial in planted if (trial.occurred >= ENOUGH) is is_enough]


def is_found(trial: Trial, judged: Judgement) -> bool:
    """Whether the release fails by what was planted, or something above or below it."""
    return judged.decision is Decision.FAIL and any(_is_planted(trial, p) for p in judged.flagged)


def _has(sort: str, trial: Trial) -> bool:
    return any(own == sort for _, own in trial.noise)


def _is_planted(trial: Trial, place: Place) -> bool:
    endpoint, location = place
    return (
        trial.planted is not None
        and endpoint == trial.planted[0]
        and touches(location, trial.planted[1])
    )


def _is_misplaced(trial: Trial, judged: Judgement) -> bool:
    return judged.decision is Decision.FAIL and not is_found(trial, judged)


def _has_wrong_place(trial: Trial, judged: Judgement) -> bool:
    return not all(_is_planted(trial, place) for place in judged.flagged)


def _is(decision: Decision) -> Callable[[Trial, Judgement], bool]:
    return lambda _, judged: judged.decision is decision


def _cries_at(sort: str) -> Callable[[Trial, Judgement], bool]:
    def cries(trial: Trial, judged: Judgement) -> bool:
        return any(
            endpoint == flagged_endpoint and touches(location, flagged)
            for (endpoint, location), own in trial.noise
            if own == sort
            for flagged_endpoint, flagged in judged.flagged
        )

    return cries


def _row(
    name: str,
    trials: Sequence[Trial],
    holds: Callable[[Trial, Judgement], bool],
    told: Callable[[Share], str] = str,
) -> tuple[str, tuple[str, ...]]:
    counts = (sum(holds(t, t.judgements[method]) for t in trials) for method in METHODS)
    return name, tuple(told(Share(count=count, of=len(trials))) for count in counts)
