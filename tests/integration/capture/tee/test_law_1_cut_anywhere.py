"""Law 1: wherever the network cuts a message in two, both hear the same and as much is taken."""

import pytest

from tests.integration.capture.live import Live, Told
from tests.integration.capture.odd import ODD_ANSWERS, ODD_REQUESTS
from tests.integration.capture.peers import chunked, get, post, whole
from tests.integration.capture.tee.both_ends import meeting
from tests.integration.capture.test_law_1_answers import BODILESS
from tests.integration.capture.test_law_1_failures import CUT

_MOST_CUTS = 200
"""Longer ones go on as they began."""

UPLOAD = "GET / HTTP/1.1\r\nHost: shop.example\r\n"
REQUESTS = {
    "no body": get("/a?b=%20", "X-A: 1", "x-a: "),
    "length": get("/", "Content-Length: 8") + b"\r\n\r\nbody",
    "chunks": chunked(b"one", b"\r\n0\r\n\r\n", trailers="X-Sum: 1\r\n", head=UPLOAD),
    "HTTP/1.0": b"GET /old HTTP/1.0\r\n\r\n",
}
BROKEN_OFF_REQUESTS = {
    "line": b"GET / HT",
    "head": get()[:-1],
    "body": post(b"12345")[:-2],
    "chunk": chunked(b"12345", head=UPLOAD).partition(b"45")[0],
}
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
ANSWERS = {
    "length": whole(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "X-A: 1", "X-a: \xff"),
    "chunks": chunked(b"one", b"\r\n0\r\n\r\n", trailers="X-Sum: 1\r\n"),
    "until the end": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nall of it",
    "interim": INTERIM + whole(b"final"),
    **{f"bodiless {k}": answer for k, (method, answer) in BODILESS.items() if method == "GET"},
}
BROKEN_OFF_ANSWERS = {
    **{k: answer for k, answer in CUT.items() if answer},
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "chunk": chunked(b"12345").partition(b"45")[0],
}


def cuts(raw: bytes) -> range:
    return range(1, min(len(raw), _MOST_CUTS))


@pytest.mark.parametrize("raw", REQUESTS.values(), ids=REQUESTS)
async def test_request_is_the_same_and_taken_wherever_it_is_cut(live: Live, raw: bytes) -> None:
    told = await told_of_requests(live, raw)
    assert len(told.taken) == len(cuts(raw))
    assert len({(t["target"], t["request_body"], t["body"]) for t in told.taken}) == 1


@pytest.mark.parametrize("raw", ODD_REQUESTS.values(), ids=ODD_REQUESTS)
async def test_odd_request_is_the_same_wherever_it_is_cut(live: Live, raw: bytes) -> None:
    told = await told_of_requests(live, raw)
    is_taken = raw == ODD_REQUESTS["empty lines first"]
    assert len(told.taken) == len(cuts(raw)) * is_taken
    assert told.captured == len(cuts(raw))


@pytest.mark.parametrize("raw", BROKEN_OFF_REQUESTS.values(), ids=BROKEN_OFF_REQUESTS)
async def test_request_that_breaks_off_is_the_same_wherever_it_is_cut(
    live: Live, raw: bytes
) -> None:
    async with meeting(live) as meet:
        for at in cuts(raw):
            async with meet(raw[:at]) as ends:
                await ends.says(raw[at:], by_user=True)
                await ends.ends(by_user=True)
                await ends.ends(by_user=False)
    assert (await live.quiet()).taken == []


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_answer_is_the_same_and_taken_wherever_it_is_cut(live: Live, answer: bytes) -> None:
    told = await told_of_answers(live, answer)
    assert len(told.taken) == len(cuts(answer))
    assert len({(t["status"], str(t["headers"]), t["body"]) for t in told.taken}) == 1


@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
async def test_odd_answer_is_the_same_and_not_taken_wherever_it_is_cut(
    live: Live, answer: bytes
) -> None:
    told = await told_of_answers(live, answer)
    assert told.ended == {"skipped:unparsed": len(cuts(answer))}


@pytest.mark.parametrize("answer", BROKEN_OFF_ANSWERS.values(), ids=BROKEN_OFF_ANSWERS)
async def test_answer_that_breaks_off_is_the_same_wherever_it_is_cut(
    live: Live, answer: bytes
) -> None:
    told = await told_of_answers(live, answer)
    assert told.taken == []
    assert told.captured == len(cuts(answer))


async def told_of_requests(live: Live, raw: bytes) -> Told:
    """Send it in two, cut at each byte in turn; the primary answers and ends."""
    async with meeting(live) as meet:
        for at in cuts(raw):
            async with meet(raw[:at]) as ends:
                await ends.says(raw[at:], by_user=True)
                await ends.says(whole(b"whatever"), by_user=False)
                await ends.ends(by_user=False)
                await ends.ends(by_user=True)
    return await live.settled(captured=len(cuts(raw)))


async def told_of_answers(live: Live, answer: bytes) -> Told:
    """Have the primary answer in two, cut at each byte in turn, and end."""
    async with meeting(live) as meet:
        for at in cuts(answer):
            async with meet(get()) as ends:
                await ends.says(answer[:at], by_user=False)
                await ends.says(answer[at:], by_user=False)
                await ends.ends(by_user=False)
                await ends.ends(by_user=True)
    return await live.settled(captured=len(cuts(answer)))
