"""Law 1, as of mitmproxy, and strictly: not a byte of what the primary says is changed."""

import pytest

from tests.integration.capture.live import Live
from tests.integration.capture.odd import ODD_ANSWERS
from tests.integration.capture.peers import chunked, get
from tests.integration.capture.test_law_1_answers import *  # noqa: F403
from tests.integration.capture.test_law_1_answers import BODIES, same_as_direct


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_content_of_chunks_reaches_the_user_unchanged(live: Live, body: bytes) -> None:
    sizes = range(0, len(body), 70_001)
    await same_as_direct(live, get(), chunked(*(body[at : at + 70_001] for at in sizes)))


@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
async def test_odd_answer_reaches_the_user_unchanged_and_is_not_taken(
    live: Live, answer: bytes
) -> None:
    await same_as_direct(live, get(), answer)
    assert (await live.settled(captured=1)).ended == {"skipped:unparsed": 1}


async def test_extensions_of_chunks_are_lost_but_no_content(live: Live) -> None:
    """They are not lost here."""
    await same_as_direct(live, get(), ODD_ANSWERS["extensions of chunks"])
