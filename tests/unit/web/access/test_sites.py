"""Which hosts are this machine alone."""

import pytest

from shadow.web.access.sites import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "no-such-host.invalid"])
def test_all_else_is_not(host: str) -> None:
    assert not is_loopback(host)
