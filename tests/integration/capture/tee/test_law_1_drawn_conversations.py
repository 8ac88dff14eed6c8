"""Law 1: whatever users and primaries say and however the network cuts it, both hear just that."""

import asyncio
import random
import re
from itertools import pairwise

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

from tests.integration.capture.live import Live
from tests.integration.capture.odd import ODD_ANSWERS, ODD_REQUESTS
from tests.integration.capture.peers import get, user
from tests.integration.capture.tee.both_ends import BothEnds, Peer, meeting
from tests.support.drawn_conversations import damaged, heard
from tests.support.effort import examples

type Pieces = list[tuple[bool, bytes]]

_SHOWN = 200
"""So much of what is odd: there are some that go on as they began."""
_ODD = [raw[:_SHOWN] for raw in (*ODD_REQUESTS.values(), *ODD_ANSWERS.values(), get())]
_BYTES = (
    st.sampled_from(_ODD)
    | st.binary(min_size=1, max_size=40)
    | st.from_regex(re.compile(rb"[GHT/1.0 :\r\n]+"))
)
_MUCH = st.lists(st.integers(1, 200_000), min_size=1, max_size=5)

# What is lost is waited for: making such a conversation smaller would take minutes.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

ENDINGS = ("user ends", "primary ends", "user breaks", "primary breaks")
endings = st.sampled_from(ENDINGS)


@st.composite
def anything(draw: st.DrawFn) -> Pieces:
    """What is odd or no HTTP, said by either, in pieces."""
    pieces: Pieces = []
    for by_user in (True, *draw(st.lists(st.booleans(), max_size=4))):
        said = draw(_BYTES)
        cuts = draw(st.lists(st.integers(0, len(said)), max_size=6))
        edges = sorted({0, len(said), *cuts})
        pieces += [(by_user, said[a:b]) for a, b in pairwise(edges)]
    return pieces


@settings(max_examples=examples(150), phases=_PHASES)
@given(heard(), endings)
async def test_both_hear_what_is_said_in_a_conversation(
    engine: Live, told: tuple[list[tuple[bytes, bytes]], Pieces, bool], ending: str
) -> None:
    await both_hear(engine, told[1], ending)


@settings(max_examples=examples(150), phases=_PHASES)
@given(damaged(), endings)
async def test_both_hear_what_is_said_in_a_damaged_conversation(
    engine: Live, pieces: Pieces, ending: str
) -> None:
    await both_hear(engine, pieces, ending)


@settings(max_examples=examples(300), phases=_PHASES)
@given(anything(), endings)
async def test_both_hear_what_is_odd_or_no_http(engine: Live, pieces: Pieces, ending: str) -> None:
    await both_hear(engine, pieces, ending)


@settings(max_examples=examples(60), phases=_PHASES)
@given(_MUCH, _MUCH, st.integers(0, 2**32))
@example([1_000_000], [1_000_000], 0)
async def test_both_hear_all_when_both_speak_at_once(
    engine: Live, by_user: list[int], by_primary: list[int], seed: int
) -> None:
    chance = random.Random(seed)
    asks, answers = ([chance.randbytes(n) for n in sizes] for sizes in (by_user, by_primary))
    async with meeting(engine) as meet, meet(get()) as ends:
        *_, at_the_user, at_the_primary = await asyncio.gather(
            speaks(ends.user, asks),
            speaks(ends.primary, answers),
            ends.user.reader.read(),
            ends.primary.reader.read(),
        )
    # Compared first: nobody would want to see where megabytes differ.
    same = at_the_user == b"".join(answers), at_the_primary == b"".join(asks)
    assert same == (True, True)


@pytest.mark.parametrize("end", [asyncio.StreamWriter.write_eof, asyncio.StreamWriter.close])
async def test_user_who_ends_without_a_word_costs_the_primary_no_connection(
    engine: Live, end
) -> None:
    """The next to arrive is another user."""
    async with meeting(engine) as meet:
        async with user(engine.port) as (reader, writer):
            end(writer)
            assert await reader.read() == b""
        async with meet(get()) as ends:
            await ends.ends(by_user=True)


async def both_hear(live: Live, pieces: Pieces, ending: str) -> None:
    """Say it piece by piece and have it end: half by half, or all at once."""
    said = [(by_user, piece) for by_user, piece in pieces if piece]
    assume(said and said[0][0])
    async with meeting(live) as meet, meet(said[0][1]) as ends:
        for by_user, piece in said[1:]:
            await ends.says(piece, by_user=by_user)
        await end(ends, ending)


async def end(ends: BothEnds, ending: str) -> None:
    """Have it end; where one says no more, the other may go on."""
    by_user = ending.startswith("user")
    if ending.endswith("breaks"):
        await ends.breaks(by_user=by_user)
        return
    await ends.ends(by_user=by_user)
    await ends.says(b"\r\nand more", by_user=not by_user)
    await ends.ends(by_user=not by_user)


async def speaks(peer: Peer, said: list[bytes]) -> None:
    for piece in said:
        peer.writer.write(piece)
        await peer.writer.drain()
    peer.writer.write_eof()
