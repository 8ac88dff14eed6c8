"""A target rate holds: the candidate is asked about so often a second, however often users ask."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.integration.guard.test_watching import accounting
from tests.support.processes import proxy, target
from tests.support.user import User

TARGET = 20
MOST_FACTOR = 3
"""By how much a rate may be off that is taken over few seconds, on a machine that others use."""

USERS = 4
NUMBERS = count()


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """So many seconds, with what users asked in them and what the candidate was asked."""

    seconds: float
    asked: int
    copies: int

    @property
    def is_near_the_target(self) -> bool:
        return TARGET / MOST_FACTOR < self.copies / self.seconds < TARGET * MOST_FACTOR


def test_the_candidate_is_asked_as_often_when_users_ask_much_more(tmp_path: Path) -> None:
    journal = tmp_path / "candidate"
    settings = f"capture: {{engine: tee, target_rate: {TARGET}}}\n"
    with (
        target() as primary,
        target(journal=journal) as candidate,
        proxy(tmp_path, primary=primary, candidate=candidate, settings=settings) as running,
    ):
        # In the first stretch of each load the share is still on its way; it begins at 1/64.
        stretches = [
            ask(running.url, journal, number, most_a_second)
            for number, most_a_second in ((2400, 300), (1800, 300), (4000, 1500), (4000, 1500))
        ]
        found = accounting(running)
        copies = lines(journal)
    _, some, _, more = stretches
    assert some.is_near_the_target, stretches
    assert more.is_near_the_target, stretches
    assert more.asked > 10 * TARGET * more.seconds, more
    skipped = sum(stretch.asked for stretch in stretches) - copies
    assert found["compared"] == copies
    assert found["reasons"]["skipped"] == {"target_rate": skipped}


def ask(url: str, journal: Path, number: int, most_a_second: int) -> Stretch:
    """Ask so often, each time something else; every user is answered."""

    def user_asks(share: int) -> None:
        with User(url) as user:
            for _ in range(share):
                assert user.get(f"/items/{next(NUMBERS)}").startswith(b"HTTP/1.1 200 OK\r\n")
                time.sleep(USERS / most_a_second)

    before, started = lines(journal), time.monotonic()
    with ThreadPoolExecutor(USERS) as users:
        list(users.map(user_asks, [number // USERS] * USERS))
    seconds = time.monotonic() - started
    return Stretch(seconds=seconds, asked=number, copies=lines(journal) - before)


def lines(journal: Path) -> int:
    return journal.read_bytes().count(b"\n")
