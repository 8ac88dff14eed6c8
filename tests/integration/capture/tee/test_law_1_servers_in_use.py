"""Law 1, as of mitmproxy, and strictly: not a byte of what servers in use say is changed."""

import pytest

from tests.integration.capture.asked_of_servers import BROKEN_OFF, INVALID, VALID
from tests.integration.capture.live import Live
from tests.integration.capture.servers import heard

ANSWERED = {
    **{f"valid: {name}": raw for name, raw in VALID.items()},
    **{f"invalid: {name}": raw for name, raw in INVALID.items()},
}


@pytest.mark.parametrize("raw", ANSWERED.values(), ids=ANSWERED)
async def test_request_is_answered_as_directly(in_use: Live, raw: bytes) -> None:
    said, end = await heard(in_use.primary_port, raw)
    assert said
    assert await heard(in_use.port, raw) == (said, end)


@pytest.mark.parametrize("raw", BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_request_that_breaks_off_ends_as_directly(in_use: Live, raw: bytes) -> None:
    through = await heard(in_use.port, raw, ends=True)
    assert through == await heard(in_use.primary_port, raw, ends=True)
