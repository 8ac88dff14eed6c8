"""Transactions on a store, and what the operator is told when one fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError as SQLiteError

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shadow.errors import UnavailableError

ONLY_READ = "shadow_only_read"
"""The execution option of an engine whose store is only read."""

_WRITING = "shadow_writing"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one moment of the store and that no writer waits for.

    Raises `UnavailableError` when the store can't be read.
    """
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        raise UnavailableError(f"there is no store at {file}; {_START}")
    with translated(engine), engine.connect() as connection:
        # SQLite's transactions see one moment without being asked to.
        if file is None:
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose writes are kept together at the end, or not at all.

    Raises `UnavailableError` when the store can't take them now; they may be tried again.
    """
    require_writable(engine)
    with translated(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITING: True})
        with connection.begin():
            yield connection


def require_writable(engine: Engine) -> None:
    """Raise `UnavailableError` for a store whose URL says that it is only read."""
    if is_only_read(engine):
        problem = f"the store {_name(engine)} is only read, as its URL says mode=ro"
        raise UnavailableError(f"{problem}; name it without mode=ro where something is written")


def is_only_read(engine: Engine) -> bool:
    """Tell whether the store's URL says that it is only read."""
    return bool(engine.get_execution_options().get(ONLY_READ))


def is_writing(connection: Connection) -> bool:
    """Tell whether a transaction was begun by `writing`."""
    return _WRITING in connection.get_execution_options()


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file of a SQLite store, None for a server."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(engine.url.database or "").absolute()


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what a database raises when it can't serve into an `UnavailableError`."""
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except (DBAPIError, PoolTimeoutError, SQLiteError) as error:
        reason = _reason(engine, error)
        if any(sign in reason for sign in _STAYS_READ_ONLY):
            engine.dispose()
        problem = f"the store {_name(engine)} cannot be used: {reason}"
        raise UnavailableError(f"{problem}; {_advice(reason)}") from error


def _reason(engine: Engine, error: Exception) -> str:
    reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    if engine.url.password:
        reason = reason.replace(str(engine.url.password), "***")
    if (found := _NO_TABLE.search(reason)) is not None:
        return f"it does not exist there, as there is no table {found[1] or found[2]}"
    return " ".join(reason.split())


def _name(engine: Engine) -> str:
    url = engine.url
    if (file := sqlite_file(engine)) is not None:
        return str(file)
    database = url.database or url.username or ""
    if url.host is None and (host := url.query.get("host")):
        return f"{database} of PostgreSQL at {host if isinstance(host, str) else ', '.join(host)}"
    return f"postgresql://{url.host or 'localhost'}:{url.port or 5432}/{database}"


_NO_TABLE = re.compile(r'no such table: (\w+)|relation "(\w+)" does not exist')
"""The words of SQLite and PostgreSQL; the second quotes the statement as well."""


_STAYS_READ_ONLY = ("readonly", "read-only")
"""Signs of a connection that would refuse writes after its store takes them again."""

_START = "check its URL, or start `shadow proxy` or `shadow worker` with it first"
_WRITABLE = "make the file and its folder writable for this user (reading needs it too), or copy it"
_ADVICE = (
    ("readonly", _WRITABLE),
    ("read-only", "connect to the server that takes writes"),
    ("unable to open", _WRITABLE),
    ("not a database", "name another file; this one is not a store of Shadow"),
    ("malformed", "restore the file from a copy, or name a new one"),
    ("is full", "make room on its disk; what is not counted yet is tried again"),
    ("no space left", "make room on its disk; what is not counted yet is tried again"),
    ("i/o error", "look after its disk; what is not counted yet is tried again"),
    ("invalid connection option", "correct the parameters of its URL"),
    ("does not exist", _START),
    ("authentication", "check user and password in its URL"),
    ("locked", "see which process keeps it locked; what is not counted yet is tried again"),
    ("lock timeout", "see who keeps it locked; what is not counted yet is tried again"),
    ("permission denied", "give its user the right to create and write tables"),
)
_OTHERWISE = "check that it runs and that its URL is right"


def _advice(reason: str) -> str:
    """Return what to do about a database's own words."""
    words = reason.lower()
    return next((advice for sign, advice in _ADVICE if sign in words), _OTHERWISE)
