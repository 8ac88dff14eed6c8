"""The door to a database: SQLite in a file, or PostgreSQL, by URL.

Messages name a store without its user's password.
"""

import contextlib
import os
import sqlite3
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from shadow.errors import UnavailableError, UsageError
from shadow.store.sqlite_url import sqlite_file_of
from shadow.store.transactions import (
    ONLY_READ,
    is_writing,
    reading,
    require_writable,
    sqlite_file,
    translated,
    writing,
)

type Store = Engine
"""An open store, as those name it who hand it on."""

WAIT_SECONDS = 30
"""How long a writer waits for another one's transaction."""

CONNECT_SECONDS = 10

_SCRIPTS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x5AD0
"""An arbitrary number that only migrations of Shadow lock."""

_EXAMPLES = "sqlite:///shadow.db or postgresql://user:password@host:5432/database"
_SQLITE = "sqlite"
_POSTGRESQL = "postgresql+psycopg"
_DRIVERS = {
    "sqlite": _SQLITE,
    "sqlite+pysqlite": _SQLITE,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "postgresql+psycopg": _POSTGRESQL,
}


def open_store(url: str) -> Engine:
    """Open the store at `url`; a SQLite file that is not there yet is made by `migrate`.

    Raises `UsageError` for a URL that names no store, `UnavailableError` when it can't be reached.
    """
    parsed = _parsed(url)
    engine = _sqlite(url) if parsed.drivername == _SQLITE else _postgresql(parsed)
    _try_out(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables; a store that is up to date is only read.

    Raises `UnavailableError` when it can't be, or when a newer Shadow has written it.
    """
    require_writable(engine)
    if _is_current(engine):
        return
    if sqlite_file(engine) is not None:
        _use_write_ahead_log(engine)
    with writing(engine) as connection:
        _wait_for_others(connection)
        _upgrade(connection)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"the store's URL cannot be read; write it like {_EXAMPLES}") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        problem = f"a store cannot be of type {parsed.drivername!r}"
        raise UsageError(f"{problem}; write its URL like {_EXAMPLES}")
    return parsed.set(drivername=driver)


def _sqlite(url: str) -> Engine:
    try:
        file = sqlite_file_of(url)
    except ValueError as error:
        raise UsageError(f"the store's URL {error}; write it like {_EXAMPLES}") from None

    def connect() -> SQLiteConnection:
        if not file.only_read:
            _make_for_own_user(file.path)
        return sqlite3.connect(
            f"{file.path.absolute().as_uri()}?mode={'ro' if file.only_read else 'rwc'}",
            uri=True,
            timeout=WAIT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    engine = create_engine(
        URL.create(_SQLITE, database=str(file.path)),
        creator=connect,
        hide_parameters=True,
        execution_options={ONLY_READ: file.only_read},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_for_own_user(file: Path) -> None:
    """Make a file that is not there yet; SQLite gives its mode to those that it keeps beside it.

    It holds what users sent and servers answered: whoever else is to read it has to be let in.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # What is wrong with the place is for SQLite to say.
    with contextlib.suppress(OSError):
        os.close(os.open(file, flags, 0o600))


def _prepare_sqlite(connection: SQLiteConnection, _record: object) -> None:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its turn before it reads: SQLite refuses to turn an old snapshot into a write.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing(connection) else "BEGIN")


def _postgresql(url: URL) -> Engine:
    arguments = {"connect_timeout": CONNECT_SECONDS, "application_name": "shadow"}
    try:
        engine = create_engine(
            url, connect_args=arguments, hide_parameters=True, pool_pre_ping=True
        )
    except ModuleNotFoundError:
        problem = "PostgreSQL needs the psycopg package"
        raise UsageError(f"{problem}: pip install 'shadow-verify[postgres]'") from None
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    if is_writing(connection):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")


def _try_out(engine: Engine) -> None:
    file = sqlite_file(engine)
    if file is None or file.exists():
        with reading(engine) as connection:
            connection.exec_driver_sql(
                "SELECT 1" if file is None else "SELECT count(*) FROM sqlite_master"
            )
    elif not file.parent.is_dir():
        problem = f"the store's folder {file.parent} does not exist"
        raise UnavailableError(f"{problem}; create it, or name another file")


def _is_current(engine: Engine) -> bool:
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        return False
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _use_write_ahead_log(engine: Engine) -> None:
    """Let readers and a writer work at the same time; the file remembers it."""
    with translated(engine), contextlib.closing(engine.raw_connection()) as connection:
        mode = connection.cursor().execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != ("wal",):
        problem = f"the store {sqlite_file(engine)} cannot have a write-ahead log"
        raise UnavailableError(f"{problem}; put it on a local disk, or use PostgreSQL")


def _wait_for_others(connection: Connection) -> None:
    """On SQLite the transaction itself is the lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        problem = f"the store cannot be migrated: {error}"
        raise UnavailableError(f"{problem}; use the newer Shadow that wrote it") from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
