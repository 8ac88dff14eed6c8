"""A real `shadow web` over a store with a release of each decision, and a token that reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.store.builders import difference
from tests.integration.web.conftest import ENOUGH, count
from tests.support.gates import web_process
from tests.support.processes import shadow

RELEASES = {"PASS": "3.0.0", "FAIL": "3.1.0", "INCONCLUSIVE": "3.2.0"}
UNKNOWN = "3.9.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Where the verdicts are: over HTTP with the token, and in the store."""

    url: str
    token: str
    store: str


def filled(folder: Path) -> str:
    """A store with all of `RELEASES`."""
    store = f"sqlite:///{folder / 'shadow.db'}"
    count(store, ENOUGH, "one", release=RELEASES["PASS"])
    count(store, ENOUGH, "one", (difference(),), release=RELEASES["FAIL"])
    count(store, 3, "one", release=RELEASES["INCONCLUSIVE"])
    return store


def token_of(store: str) -> str:
    made = shadow("token", "create", "--name", "gate", "--scope", "read", "--store", store)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    store = filled(tmp_path_factory.mktemp("gate"))
    token = token_of(store)
    with web_process(store) as url:
        yield Gate(url=url, token=token, store=store)
