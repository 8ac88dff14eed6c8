"""What has changed in a store, for whoever asks every second: a few sums, whatever its size."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, select

from shadow.store import tables
from shadow.store.transactions import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How much is written of a release. Equal marks are equal counts and decisions.

    Counts only grow, and whatever a batch changes, it adds outcomes in the same transaction.
    `last_entry` is that of the whole audit log, which seldom grows.
    """

    created_at: float
    settled: int
    captured: int
    ended_live: int
    last_entry: int


class Changes:
    """Looks at a store; raises `UnavailableError` when it can't be read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def marks(self, releases: Collection[str]) -> Mapping[str, Mark]:
        """Return the mark of each of these releases that is there."""
        names = tuple(releases)
        rows = select(tables.releases).where(tables.releases.c.name.in_(names))
        last_entry = select(func.max(tables.audit_log.c.number))
        with reading(self._engine) as connection:
            settled = _sums(connection, tables.outcomes, "n", names)
            captured = _sums(connection, tables.live_sources, "captured", names)
            ended_live = _sums(connection, tables.live_outcomes, "n", names)
            last = int(connection.scalar(last_entry) or 0)
            return {
                row.name: Mark(
                    created_at=row.created_at,
                    settled=settled.get(row.name, 0),
                    captured=captured.get(row.name, 0),
                    ended_live=ended_live.get(row.name, 0),
                    last_entry=last,
                )
                for row in connection.execute(rows)
            }


def _sums(
    connection: Connection, table: Table, counter: str, releases: tuple[str, ...]
) -> Mapping[str, int]:
    of = table.c.release
    query = select(of, func.sum(table.c[counter])).where(of.in_(releases)).group_by(of)
    return {row[0]: int(row[1]) for row in connection.execute(query)}
