"""When the database cannot serve: a clear error, nothing counted by halves, and on it goes."""

import contextlib
import os
import resource
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text

from shadow.errors import UnavailableError, UsageError
from shadow.model import DeliveryId
from shadow.store.engine import migrate, open_store
from shadow.store.reader import StoreReader
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import ITEMS, RELEASE, batch, compared, difference, live


def _compared(engine):
    return StoreReader(engine).counts(RELEASE).endpoints[ITEMS].compared


def _execute(engine, *statements):
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def open_engines():
    """Opens stores; the fixture ends them after the rights are given back."""
    with contextlib.ExitStack() as stack:

        def opened(url):
            engine = open_store(url)
            stack.callback(engine.dispose)
            return engine

        yield opened


@pytest.fixture
def postgres_engine(postgres_url, open_engines):
    engine = open_engines(postgres_url)
    migrate(engine)
    return engine


@pytest.fixture
def sqlite_engine(sqlite_url, open_engines):
    engine = open_engines(sqlite_url)
    migrate(engine)
    return engine


def test_a_batch_that_fails_in_the_middle_leaves_nothing_and_counts_once_later(engine):
    writer = StoreWriter(engine, RELEASE, "one")
    writer.commit(batch(compared()))
    later = batch(compared(differences=(difference(),)), first=2, live=(live(captured=5),))
    _execute(engine, "ALTER TABLE lines RENAME TO hidden")
    for _ in range(2):
        with pytest.raises(UnavailableError, match="cannot be used"):
            writer.commit(later)
    with pytest.raises(UnavailableError, match="cannot be used"):
        writer.was_counted(DeliveryId(line="other", number=1))
    _execute(engine, "ALTER TABLE hidden RENAME TO lines")
    counts = StoreReader(engine).counts(RELEASE)
    assert (counts.endpoints[ITEMS].compared, counts.accounting.captured) == (1, 0)
    assert not writer.was_counted(DeliveryId(line="one", number=2))
    writer.commit(later)
    writer.commit(later)
    assert _compared(engine) == 2


def test_new_endpoints_and_signatures_of_a_failed_batch_are_not_taken_for_there(engine):
    writer = StoreWriter(engine, RELEASE, "one")
    _execute(engine, "ALTER TABLE outcomes RENAME TO hidden")
    sent = batch(compared(differences=(difference(),)))
    with pytest.raises(UnavailableError):
        writer.commit(sent)
    _execute(engine, "ALTER TABLE hidden RENAME TO outcomes")
    writer.commit(sent)
    assert _compared(engine) == 1


def test_a_commit_whose_answer_got_lost_counts_once(engine):
    writer, sent = StoreWriter(engine, RELEASE, "one"), batch(compared())

    def commit_and_fail(connection):
        connection.connection.dbapi_connection.commit()
        connection.execute(text("SELECT * FROM the_answer_that_got_lost"))

    event.listen(engine, "commit", commit_and_fail)
    with pytest.raises(UnavailableError):
        writer.commit(sent)
    event.remove(engine, "commit", commit_and_fail)
    writer.commit(sent)
    assert _compared(engine) == 1


def test_a_sqlite_store_recovers_from_a_full_disk(sqlite_engine):
    writer = StoreWriter(sqlite_engine, RELEASE, "one")
    writer.commit(batch(compared()))
    second = batch(compared(differences=(difference(),)), first=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(UnavailableError, match="tried again"):
            writer.commit(second)
        assert _compared(sqlite_engine) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.commit(second)
    assert _compared(sqlite_engine) == 2


@pytest.fixture
def folder_of_another_user():
    """A folder that every user can enter, while this process is one who may not write there."""
    with tempfile.TemporaryDirectory(prefix="shadow-store-") as name:
        folder = Path(name)
        yield folder
        os.seteuid(os.getuid())
        folder.chmod(0o755)


def _forbid_writing(folder):
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.getuid() == 0:
        os.seteuid(65534)


def _allow_writing(folder):
    os.seteuid(os.getuid())
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_a_read_only_sqlite_store_can_be_read_and_recovers(folder_of_another_user, open_engines):
    url = f"sqlite:///{folder_of_another_user / 'shadow.db'}"
    owners = open_engines(url)
    migrate(owners)
    StoreWriter(owners, RELEASE, "one").commit(batch(compared()))
    _forbid_writing(folder_of_another_user)
    guests = open_engines(url)
    migrate(guests)
    assert _compared(guests) == 1
    writer = StoreWriter(guests, RELEASE, "two")
    with pytest.raises(UnavailableError, match="make the file and its folder writable"):
        writer.commit(batch(compared(), line="two"))
    _allow_writing(folder_of_another_user)
    writer.commit(batch(compared(), line="two"))
    assert _compared(owners) == 2


def test_a_sqlite_store_whose_log_cannot_be_made_says_so(folder_of_another_user, open_engines):
    url = f"sqlite:///{folder_of_another_user / 'shadow.db'}"
    owners = open_engines(url)
    migrate(owners)
    owners.dispose()
    _forbid_writing(folder_of_another_user)
    with pytest.raises(UnavailableError, match="make the file and its folder writable"):
        open_engines(url)


def test_a_sqlite_store_in_a_folder_without_rights_says_so(folder_of_another_user):
    engine = open_store(f"sqlite:///{folder_of_another_user / 'shadow.db'}")
    _forbid_writing(folder_of_another_user)
    with pytest.raises(UnavailableError, match="make the file and its folder writable"):
        migrate(engine)
    engine.dispose()


@pytest.fixture
def admin(postgres, open_engines):
    return open_engines(postgres.format(database="postgres"))


def test_a_postgresql_store_outlives_its_connections(postgres_engine, admin):
    writer = StoreWriter(postgres_engine, RELEASE, "one")
    writer.commit(batch(compared()))
    _terminate_all(postgres_engine, admin)
    writer.commit(batch(compared(), first=2))
    assert _compared(postgres_engine) == 2


def _terminate_all(engine, admin):
    kill = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    with admin.connect() as connection:
        connection.execute(kill, {"name": engine.url.database})


def test_a_connection_lost_in_a_transaction_counts_nothing_by_halves(postgres_engine, admin):
    writer = StoreWriter(postgres_engine, RELEASE, "one")
    writer.commit(batch(compared()))

    def cut(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO outcomes"):
            _terminate_all(postgres_engine, admin)

    event.listen(postgres_engine, "before_cursor_execute", cut)
    with pytest.raises(UnavailableError, match="check that it runs"):
        writer.commit(batch(compared(), first=2))
    event.remove(postgres_engine, "before_cursor_execute", cut)
    assert _compared(postgres_engine) == 1
    writer.commit(batch(compared(), first=2))
    assert _compared(postgres_engine) == 2


def test_a_postgresql_store_made_read_only_can_be_read_and_recovers(postgres_engine, admin):
    writer = StoreWriter(postgres_engine, RELEASE, "one")
    writer.commit(batch(compared()))
    name = postgres_engine.url.database
    _execute(postgres_engine, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres_engine.dispose()
    assert _compared(postgres_engine) == 1
    with pytest.raises(UnavailableError, match="connect to the server that takes writes"):
        writer.commit(batch(compared(), first=2))
    _execute(admin, f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    writer.commit(batch(compared(), first=2))
    assert _compared(postgres_engine) == 2


def test_a_store_without_tables_says_what_to_start(url):
    engine = open_store(url)
    with pytest.raises(UnavailableError, match="start `shadow proxy`"):
        StoreReader(engine).releases()
    engine.dispose()


def test_reading_an_absent_sqlite_store_does_not_make_it(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(UnavailableError, match=r"no store at .*absent\.db; check its URL"):
        StoreReader(engine).releases()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnavailableError, match="nowhere does not exist; create it"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'shadow.db'}")


def test_a_file_that_is_not_a_store_is_left_alone(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear operator, " * 100)
    with pytest.raises(UnavailableError, match="name another file"):
        open_store(f"sqlite:///{letter}")
    assert letter.read_text() == "Dear operator, " * 100


@pytest.mark.parametrize(
    "url",
    ["shadow.db", "", "mysql://u:hunter2@h/db", "sqlite://", "sqlite:///:memory:", "postgresql:"],
)
def test_a_url_that_names_no_store_says_how_to_write_one(url):
    with pytest.raises(UsageError, match=r"sqlite:///shadow\.db") as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_without_its_password():
    with pytest.raises(
        UnavailableError, match=r"127\.0\.0\.1:1/shop.*check that it runs"
    ) as caught:
        open_store("postgresql://shop:hunter2@127.0.0.1:1/shop")
    assert "hunter2" not in str(caught.value)


def test_a_database_without_tables_is_said_to_hold_no_store(url):
    engine = open_store(url)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database).touch()
    with pytest.raises(UnavailableError, match="does not exist there, as there is no") as caught:
        StoreReader(engine).releases()
    assert "start `shadow proxy` or `shadow worker` with it first" in str(caught.value)
    assert "FROM" not in str(caught.value)
    engine.dispose()


def test_a_server_on_a_socket_is_named_by_its_folder(postgres_url):
    folder = make_url(postgres_url).query["host"]
    absent = make_url(postgres_url).set(database="nope").render_as_string(hide_password=False)
    with pytest.raises(UnavailableError, match=f"store nope of PostgreSQL at {folder} cannot"):
        open_store(absent)


def test_a_wrong_password_is_not_shown(postgres_url):
    wrong = make_url(postgres_url).set(password="hunter2")
    with pytest.raises(UnavailableError, match="check user and password") as caught:
        open_store(wrong.render_as_string(hide_password=False))
    assert "hunter2" not in str(caught.value)


def test_what_was_being_written_is_not_in_the_error(engine):
    writer = StoreWriter(engine, RELEASE, "one")
    _execute(engine, "ALTER TABLE examples RENAME TO hidden")
    with pytest.raises(UnavailableError) as caught:
        writer.commit(batch(compared("id-to-hide", differences=(difference(),))))
    chain = f"{caught.value} {caught.value.__cause__}"
    assert "id-to-hide" not in chain
    assert RELEASE not in chain
