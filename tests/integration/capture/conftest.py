"""One live process for all tests of a file; each test puts its own primary behind it."""

from collections.abc import Iterator

import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process


@pytest.fixture(scope="module")
def engine() -> Iterator[Live]:
    with live_process() as running:
        yield running


@pytest.fixture
def live(engine: Live) -> Live:
    engine.anew()
    return engine


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
