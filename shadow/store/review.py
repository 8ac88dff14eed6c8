"""What reviewers look up beside a verdict: a signature's counts, earlier verdicts, rules, acts."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from shadow.model import (
    BugLink,
    Endpoint,
    HealthSeries,
    LatencyCounts,
    Signature,
    SignatureCounts,
)
from shadow.store import audit, health, latencies, tables
from shadow.store.audit import AuditEntry
from shadow.store.keys import signature_id
from shadow.store.transactions import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """A stored verdict without its content; `decided_at` in epoch seconds."""

    id: str
    decided_at: float
    decision: str
    policy_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatches:
    """How many differences a rule excuses in the candidate's answers of one release."""

    release: str
    rule: str
    differences: int
    places: int


class ReviewReader:
    """Reads a store; every call sees one moment of it.

    All raise `UnavailableError` when the store can't be read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def signature_counts(self, release: str, signature: Signature) -> SignatureCounts:
        """Return what is counted of a signature; nothing where it was never seen."""
        counted = tables.signatures.c
        query = select(
            counted.only_candidate, counted.only_secondary, counted.both, counted.unpaired
        ).where(counted.id == signature_id(release, signature))
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return SignatureCounts(**row._mapping) if row else SignatureCounts()

    def bugs(self, release: str) -> Mapping[Signature, BugLink]:
        """Return the link of each signature that somebody called a bug."""
        with reading(self._engine) as connection:
            return audit.bugs(connection, release)

    def latency(self, release: str, endpoint: Endpoint) -> LatencyCounts | None:
        """Return the sketches of an endpoint's times; None where it was never timed."""
        with reading(self._engine) as connection:
            return latencies.read_one(connection, release, endpoint)

    def health(self, release: str) -> HealthSeries:
        """Return how the targets stood over time; nothing where there is no such release."""
        with reading(self._engine) as connection:
            return health.read(connection, release)

    def verdicts(
        self, release: str, most: int, before: float | None = None
    ) -> tuple[VerdictRow, ...]:
        """Return the stored verdicts of a release, the latest first, before a time if given."""
        shelf = tables.verdicts.c
        query = select(shelf.id, shelf.decided_at, shelf.decision, shelf.policy_hash)
        query = query.where(shelf.release == release)
        if before is not None:
            query = query.where(shelf.decided_at < before)
        ordered = query.order_by(shelf.decided_at.desc(), shelf.id).limit(most)
        with reading(self._engine) as connection:
            return tuple(
                VerdictRow(
                    id=row.id,
                    decided_at=row.decided_at,
                    decision=row.decision,
                    policy_hash=row.policy_hash,
                )
                for row in connection.execute(ordered)
            )

    def contents(self, verdict_ids: tuple[str, ...]) -> Mapping[str, bytes]:
        """Return what was kept of those of the verdicts that are there."""
        shelf = tables.verdicts.c
        query = select(shelf.id, shelf.content).where(shelf.id.in_(verdict_ids))
        with reading(self._engine) as connection:
            return {row.id: row.content for row in connection.execute(query)}

    def rule_matches(self, releases: tuple[str, ...]) -> tuple[RuleMatches, ...]:
        """Return how often each rule excused a difference in each of these releases."""
        counted, endpoints = tables.signatures.c, tables.endpoints.c
        differences = counted.only_candidate + counted.both + counted.unpaired
        query = (
            select(
                endpoints.release,
                counted.excused_by,
                func.sum(differences).label("differences"),
                func.count().label("places"),
            )
            .select_from(tables.signatures.join(tables.endpoints))
            .where(endpoints.release.in_(releases), counted.excused_by != "")
            .group_by(endpoints.release, counted.excused_by)
        )
        with reading(self._engine) as connection:
            return tuple(
                RuleMatches(
                    release=row.release,
                    rule=row.excused_by,
                    differences=int(row.differences),
                    places=int(row.places),
                )
                for row in connection.execute(query)
            )

    def acts(
        self, most: int, before: int | None = None, release: str | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the latest entries of the audit log, the last first, before number `before`."""
        with reading(self._engine) as connection:
            return tuple(audit.latest(connection, most, before, release))

    def acts_in_all(self, release: str | None = None) -> int:
        """Return how many entries the audit log has, about one release if it is given."""
        with reading(self._engine) as connection:
            return _acts(connection, release)


def _acts(connection: Connection, release: str | None) -> int:
    query = select(func.count()).select_from(tables.audit_log)
    if release is not None:
        query = query.where(tables.audit_log.c.release == release)
    return int(connection.scalar(query) or 0)
