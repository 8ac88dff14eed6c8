"""A store with a release whose price differs in every answer, on SQLite or PostgreSQL."""

from pathlib import Path

import pytest

from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch, compared, difference, live
from tests.integration.store.conftest import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]

RELEASE = "2.4.0"
ENOUGH = 400


def count(
    url: str, many: int, line: str, differences=(), release: str = RELEASE, **fields: object
) -> None:
    """Add so many comparisons to a release."""
    engine = open_store(url)
    migrate(engine)
    seen = (compared(f"{line}-{i}", differences=differences, **fields) for i in range(many))
    reported = live(source=line, captured=many)
    StoreWriter(engine, release, line).commit(batch(*seen, line=line, live=(reported,)))
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A release that fails."""
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    count(url, ENOUGH, "one", (difference(),))
    return url


@pytest.fixture
def little(tmp_path: Path) -> str:
    """A release of which too little is known."""
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    count(url, 3, "one")
    return url
