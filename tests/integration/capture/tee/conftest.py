"""Live processes of all tests below run the tee."""

from collections.abc import Iterator

import pytest

from tests.integration.capture.certificates import Authority
from tests.integration.capture.live import by
from tests.integration.capture.peers import free_port
from tests.integration.capture.tee.agreeing import Speaks


@pytest.fixture(scope="module", autouse=True)
def tee() -> Iterator[None]:
    with by("tee"):
        yield


@pytest.fixture
def speaks(authority: Authority) -> Speaks:
    return Speaks(authority, free_port())
