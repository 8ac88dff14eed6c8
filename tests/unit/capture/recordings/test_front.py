"""What of recordings is replayed, when, and how it is counted."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.recordings.files import recording_at
from shadow.capture.recordings.front import Choice, Progress, RecordingFront
from shadow.capture.recordings.pace import Pace
from shadow.capture.recordings.patience import PatientOffers
from shadow.model import Exchange
from tests.support.recordings import har, har_entry, log_line, written

SHOP = "https://shop.example.com"


class Queue:
    """A queue with room for so many, which workers empty when they are told to."""

    def __init__(self, room: int = 1000, most_bytes: int = 10**6) -> None:
        self.room = room
        self.most_bytes = most_bytes
        self.kept: list[int] = []
        self.taken: list[tuple[int, Exchange]] = []

    def offer(self, exchange: Exchange, number: int) -> bool:
        size = len(exchange.primary.body) if exchange.primary else 0
        if len(self.kept) >= self.room or size > self.most_bytes:
            return False
        self.kept.append(number)
        self.taken.append((number, exchange))
        return True

    def settle(self) -> None:
        self.kept.clear()


class Replay:
    """A front with all it needs, over some files."""

    def __init__(
        self,
        *files: Path,
        queue: Queue | None = None,
        counted: frozenset[int] = frozenset(),
        choice: Choice | None = None,
        policy: IntakePolicy | None = None,
    ) -> None:
        self.queue = queue or Queue()
        offers = PatientOffers(self.queue.offer, lambda: not self.queue.kept, counted.__contains__)
        self.intake = Intake(policy or IntakePolicy(), "source", offers.take)
        self.stop = asyncio.Event()
        self.told: list[Progress] = []
        self.front = RecordingFront(
            [recording_at(file) for file in files],
            choice or Choice(),
            Pace(None),
            self.intake,
            offers,
            lambda: len(self.queue.kept),
        )

    async def run(self) -> bool:
        return await self.front.run(self.stop, self.told.append)

    async def run_while(self, work: Callable[[], None]) -> bool:
        """Run, and do some work of workers again and again meanwhile."""
        running = asyncio.create_task(self.run())
        while not running.done():
            work()
            await asyncio.sleep(0.005)
        return running.result()

    def paths(self) -> list[str]:
        return [exchange.request.target for _, exchange in self.queue.taken]

    def outcomes(self) -> dict[str, int]:
        return {key.reason: many for key, many in self.intake.counts().outcomes}


def shop(folder: Path, *paths: str, name: str = "shop.har") -> Path:
    return written(folder, name, har([har_entry(SHOP + path) for path in paths]))


async def test_files_are_replayed_in_order_and_all_is_counted(tmp_path: Path) -> None:
    files = shop(tmp_path, "/a", "/b"), shop(tmp_path, "/c", name="other.har")
    replay = Replay(*files)
    assert await replay.run_while(replay.queue.settle)
    assert replay.paths() == ["/a", "/b", "/c"]
    assert [number for number, _ in replay.queue.taken] == [1, 2, 3]
    assert replay.intake.counts().captured == 3
    last = replay.told[-1]
    assert (last.entries, last.read_bytes, last.unsettled) == (3, last.total_bytes, 0)


async def test_without_room_it_waits_and_drops_nothing(tmp_path: Path) -> None:
    replay = Replay(shop(tmp_path, *(f"/{n}" for n in range(20))), queue=Queue(room=3))
    assert await replay.run_while(replay.queue.settle)
    assert len(replay.paths()) == 20
    assert replay.outcomes() == {}


async def test_what_never_finds_room_is_dropped_and_counted(tmp_path: Path) -> None:
    entries = [har_entry(SHOP, body="x" * 100), har_entry(SHOP + "/b")]
    file = written(tmp_path, "shop.har", har(entries))
    replay = Replay(file, queue=Queue(most_bytes=50))
    assert await replay.run_while(replay.queue.settle)
    assert replay.paths() == ["/b"]
    assert replay.outcomes() == {"queue_full": 1}


async def test_requests_to_other_hosts_are_left_out_unless_named(tmp_path: Path) -> None:
    entries = [har_entry(url) for url in (SHOP, "https://ads.example.net/", "https://a.shop.com/")]
    file = written(tmp_path, "shop.har", har(entries))
    first = Replay(file)
    await first.run_while(first.queue.settle)
    assert first.outcomes() == {"other_host": 2}
    named = Replay(file, choice=Choice(hosts=("*.SHOP.com",)))
    await named.run_while(named.queue.settle)
    hosts = [dict(exchange.request.headers)[b"host"] for _, exchange in named.queue.taken]
    assert hosts == [b"a.shop.com"]


async def test_what_cannot_be_written_as_a_request_is_left_out(tmp_path: Path) -> None:
    headers = (("X-A", "a\0b"),)
    entries = [har_entry(SHOP + "/a", request_headers=headers), har_entry(SHOP + "/b")]
    replay = Replay(written(tmp_path, "shop.har", har(entries)))
    await replay.run_while(replay.queue.settle)
    assert replay.paths() == ["/b"]
    assert replay.outcomes() == {"unreadable": 1}


async def test_filters_limits_and_methods_hold_as_for_live_traffic(tmp_path: Path) -> None:
    stream = (("Content-Type", "text/event-stream"),)
    entries = [
        har_entry(SHOP + "/a"),
        har_entry(SHOP + "/excluded"),
        har_entry(SHOP + "/b", method="DELETE"),
        har_entry(SHOP + "/opted-in", method="POST"),
        har_entry(SHOP + "/c", body="x" * 100),
        har_entry(SHOP + "/d", headers=stream),
        har_entry(SHOP + "/e", request_headers=(("X-Shadow-Loop-Guard", "1"),)),
    ]
    policy = IntakePolicy(exclude=("* /excluded",), unsafe=("POST /opted-in",), max_body_bytes=50)
    replay = Replay(written(tmp_path, "shop.har", har(entries)), policy=policy)
    await replay.run_while(replay.queue.settle)
    assert replay.paths() == ["/a", "/opted-in"]
    assert replay.outcomes() == {
        "excluded": 1,
        "loop_guard": 1,
        "method": 1,
        "response_too_large": 1,
        "stream": 1,
    }
    assert dict(replay.told[-1].skipped) == replay.outcomes()


async def test_what_was_counted_before_is_not_replayed_and_the_totals_are_the_same(
    tmp_path: Path,
) -> None:
    file = shop(tmp_path, "/a", "/b", "/c", "/d")
    whole, rest = Replay(file), Replay(file, counted=frozenset({1, 2, 4}))
    await whole.run_while(whole.queue.settle)
    await rest.run_while(rest.queue.settle)
    assert rest.paths() == ["/c"]
    assert rest.told[-1].before == 3
    assert rest.intake.counts() == whole.intake.counts()
    ids = dict(whole.queue.taken)[3].id
    assert rest.queue.taken[0][1].id == ids


async def test_stopped_it_hands_over_what_it_has_and_reads_no_more(tmp_path: Path) -> None:
    replay = Replay(shop(tmp_path, *(f"/{n}" for n in range(50))), queue=Queue(room=2))

    def work() -> None:
        if len(replay.queue.taken) >= 6:
            replay.stop.set()
        replay.queue.settle()

    assert not await replay.run_while(work)
    assert 6 <= len(replay.paths()) == replay.intake.counts().captured < 50


async def test_it_is_not_finished_before_workers_have_committed_all(tmp_path: Path) -> None:
    replay = Replay(shop(tmp_path, "/a"))
    running = asyncio.create_task(replay.run())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(running), 0.3)
    assert not running.done()
    replay.queue.settle()
    assert await running


async def test_without_answers_the_primary_is_to_be_asked(tmp_path: Path) -> None:
    log = written(tmp_path, "access.log", log_line("GET /a HTTP/1.1"))
    recorded = shop(tmp_path, "/b")
    some = Replay(log, recorded)
    await some.run_while(some.queue.settle)
    assert [exchange.primary is None for _, exchange in some.queue.taken] == [True, False]
    each = Replay(recorded, choice=Choice(ask_primary=True))
    await each.run_while(each.queue.settle)
    assert [exchange.primary for _, exchange in each.queue.taken] == [None]


async def test_a_file_that_breaks_off_is_told_and_the_next_one_goes_on(tmp_path: Path) -> None:
    broken = written(tmp_path, "cut.har", shop(tmp_path, "/a", "/b").read_bytes()[:-300])
    replay = Replay(broken, shop(tmp_path, "/c", name="other.har"))
    assert await replay.run_while(replay.queue.settle)
    assert replay.paths() == ["/a", "/c"]
    (problem,) = replay.told[-1].broken
    assert problem.startswith(f"{broken}: the file ends in the middle (at byte")
