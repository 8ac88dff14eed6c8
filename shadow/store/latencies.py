"""Sketches of latency as rows: one counter for each bucket of each series of an endpoint."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields

from sqlalchemy import Connection, String, cast, func, select

from shadow.model import Buckets, Endpoint, LatencyCounts
from shadow.store import tables
from shadow.store.keys import endpoint_id
from shadow.store.upserts import Row

_SERIES = tuple(field.name for field in fields(LatencyCounts))


def rows(release: str, latency: Mapping[Endpoint, LatencyCounts]) -> Iterable[Row]:
    """Return the rows that add these counts to a release's."""
    for endpoint, counts in latency.items():
        key = endpoint_id(release, endpoint)
        for series in _SERIES:
            buckets: Buckets = getattr(counts, series)
            for bucket, n in buckets.items():
                yield {"endpoint_id": key, "series": series, "bucket": bucket, "n": n}


def read(connection: Connection, release: str) -> Mapping[Endpoint, LatencyCounts]:
    """Return the sketches of a release; endpoints whose answers were never timed have none."""
    endpoints, latencies = tables.endpoints.c, tables.latencies.c
    named = select(endpoints.id, endpoints.method, endpoints.template)
    ids = select(endpoints.id).where(endpoints.release == release)
    # One text a sketch, in the order of the key: the rows one by one would take several times as
    # long as all the rest that a verdict reads.
    bucket = cast(latencies.bucket, String).concat(":").concat(cast(latencies.n, String))
    texts = (
        select(latencies.endpoint_id, latencies.series, func.aggregate_strings(bucket, ","))
        .where(latencies.endpoint_id.in_(ids))
        .group_by(latencies.endpoint_id, latencies.series)
    )
    found: defaultdict[str, dict[str, Buckets]] = defaultdict(dict)
    for key, series, text in connection.execute(texts):
        found[key][series] = _parsed(text)
    return {
        Endpoint(method=row.method, template=row.template): LatencyCounts(
            **{series: found[row.id].get(series, {}) for series in _SERIES}
        )
        for row in connection.execute(named.where(endpoints.release == release))
        if row.id in found
    }


def read_one(connection: Connection, release: str, endpoint: Endpoint) -> LatencyCounts | None:
    """Return the sketches of one endpoint, None where its answers were never timed."""
    latencies = tables.latencies.c
    query = select(latencies.series, latencies.bucket, latencies.n)
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in connection.execute(
        query.where(latencies.endpoint_id == endpoint_id(release, endpoint))
    ):
        found[row.series][row.bucket] = row.n
    return LatencyCounts(**{name: found[name] for name in _SERIES}) if found else None


def _parsed(text: str) -> Buckets:
    pairs = (pair.partition(":") for pair in text.split(","))
    return {int(bucket): int(n) for bucket, _, n in pairs}
