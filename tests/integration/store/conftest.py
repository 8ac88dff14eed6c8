"""Every test here runs on both databases; without PostgreSQL they fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shadow.store.engine import migrate, open_store
from tests.support.postgres import new_database, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server, with `{database}` where a database's name belongs."""
    with running_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """An empty database of its own."""
    return new_database(postgres)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'shadow.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty store, on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A migrated store."""
    engine = open_store(url)
    migrate(engine)
    yield engine
    engine.dispose()
