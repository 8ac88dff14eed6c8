"""The tables come from migrations, however many processes ask for them at once."""

import multiprocessing
import os

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from shadow.errors import UnavailableError
from shadow.store.engine import migrate, open_store
from shadow.store.reader import StoreReader
from shadow.store.tables import metadata
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import RELEASE, batch, compared


def _open_and_migrate(url):
    engine = open_store(url)
    migrate(engine)
    engine.dispose()


def test_migrated_tables_are_those_of_the_metadata(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(engine):
    StoreWriter(engine, RELEASE, "one").commit(batch(compared()))
    migrate(engine)
    assert [row.compared for row in StoreReader(engine).releases()] == [1]


def test_processes_may_migrate_at_once(url):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open_and_migrate, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    engine = open_store(url)
    assert StoreReader(engine).releases() == ()
    engine.dispose()


def test_a_store_of_a_newer_shadow_is_left_alone(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError, match="use the newer Shadow"):
        migrate(engine)


def test_only_its_own_user_can_read_a_sqlite_store(sqlite_url, tmp_path):
    before = os.umask(0)
    try:
        engine = open_store(sqlite_url)
        migrate(engine)
        StoreWriter(engine, RELEASE, "one").commit(batch(compared()))
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    engine.dispose()
    assert modes == dict.fromkeys(("shadow.db", "shadow.db-shm", "shadow.db-wal"), 0o600)


def test_a_sqlite_file_that_was_made_for_a_group_stays_so(sqlite_url, tmp_path):
    file = tmp_path / "shadow.db"
    file.touch()
    file.chmod(0o660)
    _open_and_migrate(sqlite_url)
    assert file.stat().st_mode & 0o777 == 0o660


def test_a_sqlite_store_has_a_write_ahead_log(sqlite_url):
    _open_and_migrate(sqlite_url)
    engine = open_store(sqlite_url)
    with engine.connect() as connection:
        settings = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        ]
    engine.dispose()
    assert settings == ["wal", 30_000, 1, 1]
