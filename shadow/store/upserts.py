"""Rows written whether or not they are there, the same on SQLite and PostgreSQL.

Rows go in the order of their keys, so that two transactions never wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter

from sqlalchemy import BigInteger, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

type Row = Mapping[str, object]
type Insert = sqlite.Insert | postgresql.Insert


def add(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Add each row's counters to those of the row that is there."""
    if ordered := _ordered(table, rows):
        connection.execute(_adding(connection.dialect.name, table), ordered)


def add_returning(
    connection: Connection, table: Table, rows: Iterable[Row], key: str, counter: str
) -> Mapping[str, int]:
    """Do the same as `add`; return what `counter` has become, by `key`."""
    ordered = _ordered(table, rows)
    if not ordered:
        return {}
    adding = _adding(connection.dialect.name, table).returning(table.c[key], table.c[counter])
    return {row[0]: row[1] for row in connection.execute(adding, ordered)}


def replace(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Put each row in the place of the one that is there."""
    if ordered := _ordered(table, rows):
        connection.execute(_replacing(connection.dialect.name, table), ordered)


def raise_to(connection: Connection, table: Table, rows: Iterable[Row], counter: str) -> None:
    """Put each row in the place of the one that is there, where its counter is higher."""
    if ordered := _ordered(table, rows):
        connection.execute(_raising(connection.dialect.name, table, counter), ordered)


def ensure(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert the rows that are not there and leave the others as they are."""
    if ordered := _ordered(table, rows):
        insert = _insert(connection.dialect.name, table)
        connection.execute(insert.on_conflict_do_nothing(), ordered)


def _ordered(table: Table, rows: Iterable[Row]) -> Sequence[Row]:
    return sorted(rows, key=itemgetter(*(column.name for column in table.primary_key)))


@cache
def _adding(dialect: str, table: Table) -> Insert:
    insert = _insert(dialect, table)
    counters = [column for column in table.columns if isinstance(column.type, BigInteger)]
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: column + insert.excluded[column.name] for column in counters},
    )


@cache
def _replacing(dialect: str, table: Table) -> Insert:
    insert = _insert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=_excluded(insert, table)
    )


@cache
def _raising(dialect: str, table: Table, counter: str) -> Insert:
    insert = _insert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_=_excluded(insert, table),
        where=insert.excluded[counter] > table.c[counter],
    )


def _excluded(insert: Insert, table: Table) -> Mapping[str, object]:
    names = [column.name for column in table.columns if not column.primary_key]
    return {name: insert.excluded[name] for name in names}


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
