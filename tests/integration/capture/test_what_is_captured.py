"""What of the traffic is taken, what is left out and why, and that users notice neither."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.capture.live import Live, live_process
from tests.integration.capture.peers import answers, ask, get, post, primary, whole

POLICY = {
    "include": ["GET /shop/*", "* /orders*", "OPTIONS *"],
    "exclude": ["GET /shop/health*"],
    "unsafe": ["POST /orders"],
    "max_body_bytes": 1000,
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Live]:
    with live_process(policy=POLICY) as running:
        yield running


@contextmanager
def anew(**more: Any) -> Iterator[Live]:
    with live_process(**more) as running:
        yield running


async def outcome(live: Live, request: bytes, answer: bytes = whole(b"ok")) -> str:
    """Ask once, check what the user got, and say what became of the exchange."""
    async with primary(live.primary_port, answers(answer)):
        assert await ask(live.port, request) == answer
    told = await live.settled(captured=1)
    return next(iter(told.ended), "taken")


LEFT_OUT = {
    "included": (get("/shop/items/1?x=y"), "taken"),
    "not included": (get("/other"), "skipped:excluded"),
    "excluded": (get("/shop/healthz"), "skipped:excluded"),
    "unsafe": (post(b"{}", target="/shop/items"), "skipped:method"),
    "unsafe and opted in": (post(b"{}", target="/orders"), "taken"),
    "unsafe elsewhere": (post(b"{}", target="/orders/7"), "skipped:method"),
    "odd method": (get("/shop/1", method="get"), "skipped:method"),
    "our own": (get("/shop/1", "X-Shadow-Loop-Guard: 1"), "skipped:loop_guard"),
    "our own, empty": (get("/shop/1", "x-SHADOW-loop-guard: "), "skipped:loop_guard"),
    "asterisk": (get("*", method="OPTIONS"), "skipped:excluded"),
    "no UTF-8": (get("/shop/caf\xe9\xff"), "taken"),
    "large upload": (post(b"x" * 1001, target="/orders"), "skipped:request_too_large"),
    "largest upload": (post(b"x" * 1000, target="/orders"), "taken"),
}


@pytest.mark.parametrize(("request_", "expected"), LEFT_OUT.values(), ids=LEFT_OUT)
async def test_request_is_taken_or_left_out(live: Live, request_: bytes, expected: str) -> None:
    assert await outcome(live, request_) == expected


async def test_answer_longer_than_what_is_kept_is_relayed_whole(live: Live) -> None:
    answer = whole(b"x" * 1001)
    assert await outcome(live, get("/shop/1"), answer) == "skipped:response_too_large"


async def test_answer_as_long_as_what_is_kept_is_taken(live: Live) -> None:
    assert await outcome(live, get("/shop/1"), whole(b"x" * 1000)) == "taken"


async def test_event_stream_that_is_left_out_anyway_keeps_its_reason(live: Live) -> None:
    answer = whole(b"data: 1\n\n", "Content-Type: text/event-stream")
    assert await outcome(live, get("/other"), answer) == "skipped:excluded"


async def test_target_that_is_no_utf_8_is_taken_as_it_is(live: Live) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))):
        await ask(live.port, get("/shop/\xe9?\xff"))
    (taken,) = (await live.settled(captured=1)).taken
    assert taken["target"] == "/shop/\xe9?\xff"


async def test_validators_are_removed_from_the_copy_alone(live: Live) -> None:
    request = get("/shop/1", 'If-None-Match: "x"', "X-A: 1", "Range: bytes=0-1")
    async with primary(live.primary_port, answers(whole(b"ok"))) as asked:
        await ask(live.port, request)
    (taken,) = (await live.settled(captured=1)).taken
    assert asked.requests == [request]
    assert taken["request_headers"] == [
        ["Host", "shop.example"],
        ["X-A", "1"],
        ["Connection", "close"],
    ]


async def test_upload_is_taken_with_its_content(live: Live) -> None:
    async with primary(live.primary_port, answers(whole(b"ok"))):
        await ask(live.port, post(b"\x00\xffbody", target="/orders"))
    (taken,) = (await live.settled(captured=1)).taken
    assert taken["request_body"] == "\x00\xffbody"


async def test_full_queue_costs_the_exchange_and_not_the_user() -> None:
    with anew(offer="refuses") as live:
        assert await outcome(live, get()) == "dropped:queue_full"


async def test_broken_queue_costs_the_exchange_and_not_the_user() -> None:
    with anew(offer="breaks") as live:
        assert await outcome(live, get()) == "dropped:internal_error"


async def test_mistake_of_ours_costs_the_exchange_and_not_the_user() -> None:
    with anew(bug=True) as live:
        assert await outcome(live, get()) == "dropped:internal_error"


async def test_sample_of_nothing_takes_nothing() -> None:
    with anew(policy={"sample": 0.0}) as live:
        assert await outcome(live, get()) == "skipped:sampling"


async def test_two_processes_take_the_same_requests() -> None:
    policy = {"sample": 0.5, "sample_by": "header:x-user"}
    taken = []
    for _ in range(2):
        with anew(policy=policy) as live:
            async with primary(live.primary_port, answers(whole(b"ok"))):
                for user in range(40):
                    await ask(live.port, get(f"/{user}", f"X-User: {user}"))
            taken.append([t["target"] for t in (await live.settled(captured=40)).taken])
    assert taken[0] == taken[1]
    assert 0 < len(taken[0]) < 40
