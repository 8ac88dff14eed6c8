"""`shadow web` as the process it is."""

import signal
import sys
from pathlib import Path

import httpx

from shadow.store.engine import migrate, open_store
from shadow.store.writer import StoreWriter
from tests.integration.store.builders import batch
from tests.support.processes import PATIENCE_SECONDS, clean_environment, process, shadow

COULD_NOT_RUN = 4


def store_in(folder: Path) -> str:
    url = f"sqlite:///{folder / 'shadow.db'}"
    engine = open_store(url)
    migrate(engine)
    StoreWriter(engine, "2.4.0", "one").commit(batch())
    engine.dispose()
    return url


def test_it_serves_a_store_until_it_is_told_to_stop(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    words = ("-m", "shadow", "web", "--store", store, "--listen", "127.0.0.1:0")
    with process(sys.executable, *words, env=clean_environment()) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        url = said.split()[-1]
        page = httpx.get(url, trust_env=False)
        assert page.status_code == 200
        assert "2.4.0" in page.text
        taken = shadow("web", "--store", store, "--listen", url.removeprefix("http://"))
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE_SECONDS) == 0
    assert taken.returncode == COULD_NOT_RUN
    assert "web.listen" in taken.stderr


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    said = shadow("web", "--store", f"sqlite:///{tmp_path / 'other.db'}", "--listen", "127.0.0.1:0")
    assert said.returncode == COULD_NOT_RUN
    assert "there is no store at" in said.stderr
    assert not (tmp_path / "other.db").exists()
