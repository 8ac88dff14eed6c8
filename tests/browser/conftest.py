"""One browser for each file of tests, and `shadow web` as the process that it is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.processes import clean_environment, process
from tests.support.reviewed import a_regression


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop of its own as long: none of other tests may find it.
    with chromium() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'shadow.db'}"
    a_regression(url)
    return url


@contextmanager
def web(store: str, settings: Path | None = None) -> Iterator[str]:
    """Serve a store and give the address."""
    words = ("-m", "shadow", "web", "--store", store, "--listen", "127.0.0.1:0")
    more = ("--config", str(settings)) if settings else ()
    with process(sys.executable, *words, *more, env=clean_environment()) as running:
        assert running.stdout is not None
        yield running.stdout.readline().split()[-1]


@pytest.fixture
def url(store: str) -> Iterator[str]:
    with web(store) as address:
        yield address
