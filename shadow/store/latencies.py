"""Sketches of latency as rows: one counter for each bucket of each series of an endpoint."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields

from sqlalchemy import Connection, select

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
    found: defaultdict[tuple[str, str], defaultdict[str, dict[int, int]]]
    found = defaultdict(lambda: defaultdict(dict))
    endpoints, latencies = tables.endpoints.c, tables.latencies.c
    query = (
        select(
            endpoints.method, endpoints.template, latencies.series, latencies.bucket, latencies.n
        )
        .select_from(tables.latencies)
        .join(tables.endpoints)
        .where(endpoints.release == release)
    )
    for method, template, series, bucket, n in connection.execute(query):
        found[method, template][series][bucket] = n
    return {
        Endpoint(method=method, template=template): LatencyCounts(
            **{series: own[series] for series in _SERIES}
        )
        for (method, template), own in found.items()
    }
