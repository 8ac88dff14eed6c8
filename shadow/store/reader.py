"""What the store knows, for verdicts, reports and pages; never makes a writer wait."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import Connection, Engine, func, select

from shadow.errors import NotFoundError, UnavailableError
from shadow.model import (
    Accounting,
    Approval,
    DifferenceKind,
    Endpoint,
    EndpointCounts,
    EndpointTraits,
    Example,
    KeptRule,
    Outcome,
    OutcomeKey,
    ReleaseCounts,
    Signature,
    SignatureCounts,
    SignOff,
)
from shadow.store import audit, causes, latencies, renamings, tables
from shadow.store.keys import signature_id
from shadow.store.packing import unpack
from shadow.store.transactions import reading

_MOST_NAMED = 10

_KINDS = {kind.value: kind for kind in DifferenceKind}

type _ByStatus = defaultdict[str, dict[str, int]]
"""Counts by endpoint and status class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """A release in a list; times in epoch seconds, `updated_at` is that of the last commit."""

    name: str
    created_at: float
    updated_at: float
    captured: int
    compared: int


class StoreReader:
    """Reads a store; every call sees one moment of it.

    All raise `UnavailableError` when the store can't be read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def releases(self) -> tuple[ReleaseRow, ...]:
        """Return all releases, the one that was changed last first."""
        with reading(self._engine) as connection:
            rows = tuple(_release_rows(connection))
        return tuple(sorted(rows, key=lambda row: (-row.updated_at, row.name)))

    def require(self, release: str) -> None:
        """Raise `NotFoundError` when there is no such release; it names the nearest."""
        with reading(self._engine) as connection:
            _check_known(connection, release)

    def release(self, name: str) -> ReleaseRow:
        """Return one release as the list has it; raises `NotFoundError` when there is none."""
        with reading(self._engine) as connection:
            _check_known(connection, name)
            return next(iter(_release_rows(connection, name)))

    def counts(self, release: str) -> ReleaseCounts:
        """Return all that is counted of a release; raises `NotFoundError` when there is none."""
        with reading(self._engine) as connection:
            _check_known(connection, release)
            by_id, endpoints = _endpoints(connection, release)
            return ReleaseCounts(
                release=release,
                accounting=_accounting(connection, release),
                endpoints=endpoints,
                signatures=_signatures(connection, release, by_id),
                latency=latencies.read(connection, release),
                renamings=renamings.read(connection, release, by_id),
            )

    def accounting(self, release: str) -> Accounting:
        """Return where the exchanges of a release went; all zero where there is no release."""
        with reading(self._engine) as connection:
            return _accounting(connection, release)

    def approvals(self, release: str | None = None) -> tuple[Approval | SignOff, ...]:
        """Return what people decided about a release, or about all, in the order they did."""
        with reading(self._engine) as connection:
            acts = [entry.act for entry in audit.read(connection, release)]
        return tuple(act for act in acts if isinstance(act, Approval | SignOff))

    def kept_rules(self) -> tuple[KeptRule, ...]:
        """Return what people decided about rules that the store keeps, in the order they did."""
        with reading(self._engine) as connection:
            return tuple(audit.kept_rules(connection))

    def traits(
        self, release: str, endpoints: Iterable[Endpoint]
    ) -> Mapping[Endpoint, EndpointTraits]:
        """Return what is counted of traits, and of differences that come together."""
        with reading(self._engine) as connection:
            return causes.read(connection, release, endpoints)

    def examples(self, release: str, signature: Signature, most: int = 1) -> tuple[Example, ...]:
        """Return at most `most` examples of a signature, the first that came first."""
        links = tables.signature_examples.c
        query = (
            select(tables.examples.c.content)
            .join(tables.signature_examples)
            .where(links.signature_id == signature_id(release, signature))
            .order_by(links.slot)
            .limit(most)
        )
        with reading(self._engine) as connection:
            contents = tuple(connection.scalars(query))
        return tuple(_unpacked(content) for content in contents)


def _release_rows(connection: Connection, wanted: str | None = None) -> Iterable[ReleaseRow]:
    name = tables.releases.c.name
    lines, live, ended = tables.lines.c, tables.live_sources.c, tables.outcomes.c
    counted = select(func.max(lines.updated_at)).where(lines.release == name)
    reported = select(func.max(live.updated_at)).where(live.release == name)
    captured = select(func.sum(live.captured)).where(live.release == name)
    compared = select(func.sum(ended.n)).where(
        ended.release == name, ended.outcome == Outcome.COMPARED.value
    )
    query = select(
        tables.releases,
        counted.scalar_subquery().label("counted_at"),
        reported.scalar_subquery().label("reported_at"),
        captured.scalar_subquery().label("captured"),
        compared.scalar_subquery().label("compared"),
    )
    if wanted is not None:
        query = query.where(name == wanted)
    for row in connection.execute(query):
        yield ReleaseRow(
            name=row.name,
            created_at=row.created_at,
            updated_at=max(row.created_at, row.counted_at or 0, row.reported_at or 0),
            captured=int(row.captured or 0),
            compared=int(row.compared or 0),
        )


def _check_known(connection: Connection, release: str) -> None:
    names = tuple(connection.scalars(select(tables.releases.c.name)))
    if release in names:
        return
    if not names:
        hint = "start `shadow proxy` with it first"
        raise NotFoundError(f"there is no release {release!r} in the store, nor any other; {hint}")
    nearest = sorted(names, key=lambda name: (-_likeness(name, release), name))
    more = len(names) - _MOST_NAMED
    known = ", ".join(nearest[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    raise NotFoundError(f"there is no release {release!r} in the store; it has {known}")


def _likeness(name: str, wanted: str) -> float:
    return SequenceMatcher(None, name, wanted).ratio()


def _accounting(connection: Connection, release: str) -> Accounting:
    sources = tables.live_sources.c
    captured = select(func.sum(sources.captured)).where(sources.release == release)
    outcomes: Counter[OutcomeKey] = Counter()
    for table in (tables.outcomes, tables.live_outcomes):
        query = select(table.c.outcome, table.c.reason, table.c.n)
        for row in connection.execute(query.where(table.c.release == release)):
            outcomes[OutcomeKey(outcome=Outcome(row.outcome), reason=row.reason)] += row.n
    return Accounting(captured=int(connection.scalar(captured) or 0), outcomes=outcomes)


def _endpoints(
    connection: Connection, release: str
) -> tuple[dict[str, Endpoint], dict[Endpoint, EndpointCounts]]:
    """The endpoints of a release by their ids, and what is counted of each."""
    seen, compared = _statuses(connection, release)
    query = select(tables.endpoints).where(tables.endpoints.c.release == release)
    by_id: dict[str, Endpoint] = {}
    counts: dict[Endpoint, EndpointCounts] = {}
    for row in connection.execute(query):
        endpoint = by_id[row.id] = Endpoint(method=row.method, template=row.template)
        counts[endpoint] = EndpointCounts(
            compared=row.compared,
            paired=row.paired,
            self_sampled=row.self_sampled,
            uninformative=row.uninformative,
            dropped=row.dropped,
            statuses=seen[row.id],
            compared_statuses=compared[row.id],
        )
    return by_id, counts


def _statuses(connection: Connection, release: str) -> tuple[_ByStatus, _ByStatus]:
    """How many exchanges of each endpoint were seen with each status class, and compared."""
    seen: _ByStatus = defaultdict(dict)
    compared: _ByStatus = defaultdict(dict)
    query = select(tables.endpoint_statuses).join(tables.endpoints)
    for row in connection.execute(query.where(tables.endpoints.c.release == release)):
        seen[row.endpoint_id][row.status_class] = row.seen
        if row.compared:
            compared[row.endpoint_id][row.status_class] = row.compared
    return seen, compared


def _signatures(
    connection: Connection, release: str, endpoints: Mapping[str, Endpoint]
) -> dict[Signature, SignatureCounts]:
    """All signatures of a release; there may be many, so each row brings no more than is its own.

    `endpoints` are by their ids.
    """
    signature = tables.signatures.c
    query = select(
        *(signature.endpoint_id, signature.location, signature.kind, signature.excused_by),
        *(signature.only_candidate, signature.only_secondary, signature.both, signature.unpaired),
    ).join(tables.endpoints)
    rows = connection.execute(query.where(tables.endpoints.c.release == release))
    return {
        Signature(
            endpoint=endpoints[endpoint_id],
            location=location,
            kind=_KINDS[kind],
            excused_by=excused_by,
        ): SignatureCounts(only_candidate=b, only_secondary=c, both=both, unpaired=unpaired)
        for endpoint_id, location, kind, excused_by, b, c, both, unpaired in rows.all()
    }


def _unpacked(content: bytes) -> Example:
    try:
        return unpack(content)
    except ValueError as error:
        problem = f"an example in the store cannot be read ({error})"
        raise UnavailableError(f"{problem}; read it with the Shadow that wrote it") from error
