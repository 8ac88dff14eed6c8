"""Targets that are held back are waited for, where there is time."""

import asyncio

from shadow.model import Failure, FailureKind, Replies, Reply, Request, Response
from shadow.replay.patient import Patient

REQUEST = Request(method="GET", target="/", headers=())
ANSWER = Response(status=200, headers=(), body=b"", seconds=0.0)


def not_asked(why: str) -> Failure:
    return Failure(kind=FailureKind.NOT_ASKED, detail=why, seconds=0.0)


class Asking:
    """Gives these replies of the candidate, one after the other."""

    def __init__(self, *said: Reply, primary: Reply | None = None) -> None:
        self.left = list(said)
        self._primary = primary

    async def ask(self, request: Request, exchange_id: str, /) -> Replies:
        return Replies(candidate=self.left.pop(0), secondary=None, primary=self._primary)

    async def ask_all(self, request: Request, exchange_id: str, /) -> Replies:
        return await self.ask(request, exchange_id)

    async def aclose(self) -> None:
        self.left.clear()


class _Counting(Asking):
    """A primary that is held back, and how many exchanges are asked at once."""

    def __init__(self) -> None:
        self.primary: Reply = not_asked("breaker open")
        self.most_at_once = self._at_once = 0

    async def ask_all(self, request: Request, exchange_id: str, /) -> Replies:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0.01)
        self._at_once -= 1
        return Replies(candidate=ANSWER, secondary=None, primary=self.primary)


async def test_a_candidate_that_is_held_back_is_asked_when_it_may_be() -> None:
    whys = ("rate reached", "breaker open", "backing off")
    asking = Asking(*map(not_asked, whys), ANSWER, ANSWER)
    assert (await Patient(asking).ask(REQUEST, "1")).candidate == ANSWER
    assert asking.left == [ANSWER]


async def test_a_request_that_can_never_be_sent_is_not_waited_for() -> None:
    never = not_asked("request with a head that servers may read otherwise")
    assert (await Patient(Asking(never)).ask_all(REQUEST, "1")).candidate == never


async def test_while_the_primary_is_away_exchanges_are_asked_one_by_one() -> None:
    asking = _Counting()
    waiting = Patient(asking, primary_pause_seconds=0.01)
    await waiting.ask_all(REQUEST, "1")
    await asyncio.gather(*(waiting.ask_all(REQUEST, "1") for _ in range(5)))
    assert asking.most_at_once == 1
    asking.primary = ANSWER
    await waiting.ask_all(REQUEST, "1")
    await asyncio.gather(*(waiting.ask_all(REQUEST, "1") for _ in range(5)))
    assert asking.most_at_once == 5


async def test_nothing_is_sent_twice() -> None:
    for kind in set(FailureKind) - {FailureKind.NOT_ASKED}:
        failed = Failure(kind=kind, detail="rate reached", seconds=0.0)
        assert (await Patient(Asking(failed)).ask(REQUEST, "1")).candidate == failed
    held_back = not_asked("rate reached")
    replies = await Patient(Asking(held_back, primary=ANSWER)).ask_all(REQUEST, "1")
    assert replies.candidate == held_back
