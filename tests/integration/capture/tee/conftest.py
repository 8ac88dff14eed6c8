"""Live processes of all tests below run the tee."""

from collections.abc import Iterator

import pytest

from tests.integration.capture.live import by


@pytest.fixture(scope="module", autouse=True)
def tee() -> Iterator[None]:
    with by("tee"):
        yield
