"""Health over time as rows: what a batch adds to the periods of a release, and how they are read.

A row is a counter like all others and is added to in the same transaction, so an exchange is
counted here whenever it is counted there, and no more often.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, Integer, func, literal_column, select

from shadow.health.periods import PERIODS, length_at, period_of
from shadow.latency.sketch import HEALTH_SECONDS
from shadow.model import Asked, Health, HealthCounts, HealthSeries, Observation, Outcome
from shadow.store import upserts
from shadow.store.tables import health, health_latencies, releases
from shadow.store.tally import differs_alone

_MINUTE = 60
_EXCHANGES, _CANDIDATE, _SECONDARY = "exchanges", "candidate", "secondary"
_COMPARED, _DIFFERING = "compared", "differing"


@dataclass(frozen=True, slots=True)
class _Added:
    """What a batch adds: counters by minute, series and name, and by minute, series and bucket."""

    counts: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    times: Counter[tuple[int, str, int]] = field(default_factory=Counter)


def counted(observations: Iterable[Observation], since: float) -> _Added:
    """Count observations in the periods of a release that is there `since`."""
    added = _Added()
    for observation in observations:
        if observation.asked is not None:
            _count(added, observation, observation.asked, since)
    return added


def _count(added: _Added, observation: Observation, asked: Asked, since: float) -> None:
    minute = period_of(asked.at, since) // _MINUTE
    added.counts[minute, _CANDIDATE, asked.candidate] += 1
    if asked.secondary is not None:
        added.counts[minute, _SECONDARY, asked.secondary] += 1
    if observation.outcome is not Outcome.COMPARED:
        return
    added.counts[minute, _EXCHANGES, _COMPARED] += 1
    if differs_alone(observation):
        added.counts[minute, _EXCHANGES, _DIFFERING] += 1
    if observation.timing is not None:
        for series, seconds in (
            (_CANDIDATE, observation.timing.candidate),
            (_SECONDARY, observation.timing.secondary),
        ):
            if seconds is not None:
                added.times[minute, series, HEALTH_SECONDS.bucket(seconds)] += 1


def add(connection: Connection, release: str, added: _Added) -> None:
    """Add counters to those of a release."""
    upserts.add(
        connection,
        health,
        (
            {"release": release, "minute": minute, "series": series, "name": str(name), "n": n}
            for (minute, series, name), n in added.counts.items()
        ),
    )
    upserts.add(
        connection,
        health_latencies,
        (
            {"release": release, "minute": minute, "series": series, "bucket": bucket, "n": n}
            for (minute, series, bucket), n in added.times.items()
        ),
    )


def read(connection: Connection, release: str) -> HealthSeries:
    """Return the health of a release in periods of the length that goes with its age.

    They are the last ones of it; there are earlier ones only of a release that runs for years.
    """
    created = select(releases.c.created_at).where(releases.c.name == release)
    latest = select(func.max(health.c.minute)).where(health.c.release == release)
    since, last = connection.scalar(created), connection.scalar(latest)
    if since is None or last is None:
        return HealthSeries(seconds=length_at(0))
    seconds = length_at(last * _MINUTE - since)
    found: defaultdict[int, _Period] = defaultdict(_Period)
    for start, series, name, n in _rows(connection, release, health.c.name, seconds, last):
        found[start].counts[series][name] = n
    for start, series, bucket, n in _rows(
        connection, release, health_latencies.c.bucket, seconds, last
    ):
        found[start].times[series][bucket] = n
    return HealthSeries(
        seconds=seconds,
        periods={start * _MINUTE: found[start].read() for start in sorted(found)},
    )


@dataclass(frozen=True, slots=True)
class _Period:
    """The rows of one period, by series."""

    counts: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    times: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def read(self) -> HealthCounts:
        exchanges = self.counts[_EXCHANGES]
        return HealthCounts(
            compared=exchanges.get(_COMPARED, 0),
            differing=exchanges.get(_DIFFERING, 0),
            candidate={Health(name): n for name, n in self.counts[_CANDIDATE].items()},
            secondary={Health(name): n for name, n in self.counts[_SECONDARY].items()},
            candidate_seconds=self.times[_CANDIDATE],
            secondary_seconds=self.times[_SECONDARY],
        )


def _rows[T](
    connection: Connection, release: str, what: Column[T], seconds: int, last: int
) -> Iterator[tuple[int, str, T, int]]:
    """Add up the rows of the last periods of a table: beginning, series, `what`, and how often."""
    rows = what.table.c
    # Not a parameter: what is selected and what it is grouped by must be the same text.
    length = literal_column(str(seconds // _MINUTE), Integer)
    start = rows.minute - rows.minute % length
    first = last - (PERIODS + 1) * (seconds // _MINUTE)
    query = (
        select(start, rows.series, what, func.sum(rows.n))
        .where(rows.release == release, rows.minute > first)
        .group_by(start, rows.series, what)
    )
    for begins, series, name, n in connection.execute(query):
        yield begins, series, name, int(n)
