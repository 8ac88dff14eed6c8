"""One live process for all tests of a file; each test puts its own primary behind it."""

from collections.abc import Iterator

import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import Live, live_process
from tests.integration.capture.servers import SERVERS


@pytest.fixture(scope="module")
def engine() -> Iterator[Live]:
    with live_process() as running:
        yield running


@pytest.fixture
def live(engine: Live) -> Live:
    engine.anew()
    return engine


@pytest.fixture(scope="module", params=SERVERS)
def in_use(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """A live process before a server that is in use."""
    folder = tmp_path_factory.mktemp(request.param)
    with SERVERS[request.param](folder) as port, live_process(primary_port=port) as running:
        yield running


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
