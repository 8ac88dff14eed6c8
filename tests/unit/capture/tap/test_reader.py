import asyncio
import time

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.tap.reader import TapReader
from shadow.model import Drop, Exchange, LiveCounts, Outcome, OutcomeKey
from tests.support.traces import answered, asked, trace

FULL = OutcomeKey(outcome=Outcome.DROPPED, reason=Drop.QUEUE_FULL)


def intake(taken: list[Exchange]) -> Intake:
    def offer(exchange: Exchange) -> bool:
        taken.append(exchange)
        return True

    return Intake(IntakePolicy(max_body_bytes=1000), "test", offer)


async def test_what_comes_faster_than_it_is_read_is_let_go_and_counted() -> None:
    taken: list[Exchange] = []
    of = intake(taken)
    reader = TapReader(of)
    traces = trace(asked(), answered()) * 1000
    fed = 60 * 1000
    for _ in range(60):
        reader.feed(traces)
    assert taken == []
    reader.finish()
    counts: LiveCounts = of.counts()
    dropped = dict(counts.outcomes)[FULL]
    assert counts.captured == fed
    assert 0 < dropped < fed
    assert len(taken) == fed - dropped


async def test_reading_much_leaves_room_for_what_comes_meanwhile() -> None:
    taken: list[Exchange] = []
    reader = TapReader(intake(taken))
    reader.feed(trace(asked(), answered()) * 5000)
    turns = 0
    while len(taken) < 5000:
        turns += 1
        await asyncio.sleep(0)
    assert turns > 5


async def test_traces_that_come_ever_later_are_noticed() -> None:
    reader = TapReader(intake([]))
    for age in (0.0, 60.0):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
        reader.feed(trace(asked(), answered(at=at)) * 100)
        reader.finish()
    assert not reader.late.is_set()
    while not reader.late.is_set():
        await asyncio.sleep(0.05)
        reader.feed(trace(asked(), answered(at=at)) * 10)
        reader.finish()
