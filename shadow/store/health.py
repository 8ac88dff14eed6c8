"""Health over time as rows: what a batch adds to the periods of a release, and how they are read.

A row is a counter like all others and is added to in the same transaction, so an exchange is
counted here whenever it is counted there, and no more often.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, String, cast, func, select

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
class Added:
    """What a batch adds: counters by minute, series and name, and by minute, series and bucket."""

    counts: Counter[tuple[int, str, str]]
    times: Counter[tuple[int, str, int]]


def counted(observations: Iterable[Observation], since: float) -> Added:
    """Count observations in the periods of a release that is there `since`."""
    placed = tuple(_placed(observations, since))
    return Added(
        counts=Counter(
            name for minute, each, asked in placed for name in _names(minute, each, asked)
        ),
        times=Counter(bucket for minute, each, _ in placed for bucket in _buckets(minute, each)),
    )


def _placed(
    observations: Iterable[Observation], since: float
) -> Iterator[tuple[int, Observation, Asked]]:
    """Yield what the candidate was to be asked, with the minute at which its period begins."""
    # Those of a batch are of the same minute or two.
    begins: dict[int, int] = {}
    for observation in observations:
        if (asked := observation.asked) is not None:
            minute = int(asked.at // _MINUTE)
            if minute not in begins:
                begins[minute] = period_of(asked.at, since) // _MINUTE
            yield begins[minute], observation, asked


def _names(minute: int, observation: Observation, asked: Asked) -> Iterator[tuple[int, str, str]]:
    yield minute, _CANDIDATE, asked.candidate
    if asked.secondary is not None:
        yield minute, _SECONDARY, asked.secondary
    if observation.outcome is Outcome.COMPARED:
        yield minute, _EXCHANGES, _COMPARED
        if differs_alone(observation):
            yield minute, _EXCHANGES, _DIFFERING


def _buckets(minute: int, observation: Observation) -> Iterator[tuple[int, str, int]]:
    timing = observation.timing
    if timing is None or observation.outcome is not Outcome.COMPARED:
        return
    if timing.candidate is not None:
        yield minute, _CANDIDATE, HEALTH_SECONDS.bucket(timing.candidate)
    if timing.secondary is not None:
        yield minute, _SECONDARY, HEALTH_SECONDS.bucket(timing.secondary)


def add(connection: Connection, release: str, added: Added) -> None:
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
    first = last - (PERIODS + 1) * (seconds // _MINUTE)
    found: defaultdict[int, _Period] = defaultdict(_Period)
    for minute, series, names in _rows(connection, release, health.c.name, first):
        counts = found[minute * _MINUTE // seconds * seconds].counts[series]
        for name, n in names:
            counts[name] += n
    for minute, series, buckets in _rows(connection, release, health_latencies.c.bucket, first):
        times = found[minute * _MINUTE // seconds * seconds].times[series]
        for bucket, n in buckets:
            times[int(bucket)] += n
    return HealthSeries(
        seconds=seconds, periods={start: found[start].read() for start in sorted(found)}
    )


@dataclass(frozen=True, slots=True)
class _Period:
    """The rows of one period, by series."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    times: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def read(self) -> HealthCounts:
        exchanges = self.counts[_EXCHANGES]
        return HealthCounts(
            compared=exchanges[_COMPARED],
            differing=exchanges[_DIFFERING],
            candidate={Health(name): n for name, n in self.counts[_CANDIDATE].items()},
            secondary={Health(name): n for name, n in self.counts[_SECONDARY].items()},
            candidate_seconds=self.times[_CANDIDATE],
            secondary_seconds=self.times[_SECONDARY],
        )


def _rows(
    connection: Connection, release: str, what: Column[str] | Column[int], after: int
) -> Iterator[tuple[int, str, list[tuple[str, int]]]]:
    """Yield minute, series, and how often each `what` was counted there, after a minute."""
    rows = what.table.c
    # One text for all of a series, in the order of the key, as in `shadow.store.latencies`.
    pair = cast(what, String).concat(":").concat(cast(rows.n, String))
    query = (
        select(rows.minute, rows.series, func.aggregate_strings(pair, ","))
        .where(rows.release == release, rows.minute > after)
        .group_by(rows.minute, rows.series)
    )
    for minute, series, text in connection.execute(query):
        pairs = (pair.partition(":") for pair in text.split(","))
        yield minute, series, [(name, int(n)) for name, _, n in pairs]
