"""How much of a processor a worker takes beside users, by a clock of the tests."""

import pytest

from shadow.duty import LEAST_SHARE, Duty

FULL, ROOMY = 0.02, 0.5
LOOK_SECONDS = 0.25


class Machine:
    """A clock, and a worker that does something all the time but for when it is to wait."""

    def __init__(self, processors: int = 8) -> None:
        self.now = self.used = 0.0
        self.duty = Duty(processors, lambda: self.now, lambda: self.used)

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.used += seconds

    def look(self, idle_share: float | None, times: int = 1) -> None:
        for _ in range(times):
            self.now += LOOK_SECONDS
            self.duty.look(idle_share)

    def taken(self, piece: float, seconds: float, idle_share: float | None) -> float:
        """Work in pieces for so long, and return the share of the time that was worked."""
        began, used, looked_at = self.now, self.used, self.now
        while self.now < began + seconds:
            while (wait := self.duty.wait_seconds()) > 0:
                self.now += wait + 1e-6
            self.work(piece)
            if self.now >= looked_at + LOOK_SECONDS:
                looked_at = self.now
                self.duty.look(idle_share)
        return (self.used - used) / (self.now - began)


def test_a_worker_takes_all_it_wants_where_it_does_not_matter() -> None:
    assert Machine().taken(0.007, 20, None) == 1.0


def test_a_worker_takes_all_it_wants_where_there_is_room() -> None:
    machine = Machine()
    machine.look(ROOMY, 21)
    assert machine.taken(0.007, 20, ROOMY) == pytest.approx(1.0)


@pytest.mark.parametrize("piece", [0.0005, 0.007, 0.09])
def test_a_worker_takes_the_least_share_of_a_full_machine(piece: float) -> None:
    machine = Machine()
    machine.look(FULL, 5)
    assert machine.taken(piece, 240, FULL) == pytest.approx(LEAST_SHARE, rel=0.05)


def test_it_takes_less_within_a_second_and_more_again_little_by_little() -> None:
    machine = Machine()
    machine.look(ROOMY, 21)
    shares = []
    for idle in (FULL, FULL, FULL, FULL, FULL, FULL, ROOMY, ROOMY, FULL):
        machine.look(idle)
        shares.append(machine.duty.share)
    assert shares == pytest.approx([0.5, 0.25, 0.125, 0.0625, 0.03125, 0.02, 0.07, 0.12, 0.06])


def test_it_takes_little_until_it_is_known_that_there_is_room() -> None:
    machine = Machine()
    shares = []
    for idle in (None, ROOMY, ROOMY, ROOMY, None, ROOMY):
        machine.look(idle)
        shares.append(machine.duty.share)
    assert shares == pytest.approx([1.0, 0.02, 0.07, 0.12, 1.0, 0.02])


@pytest.mark.parametrize(
    ("processors", "full", "roomy"),
    [(1, 0.45, 0.55), (2, 0.2, 0.3), (4, 0.1, 0.15), (64, 0.09, 0.11)],
)
def test_few_processors_are_full_with_half_of_one_to_spare(
    processors: int, full: float, roomy: float
) -> None:
    machine = Machine(processors)
    machine.look(roomy, 10)
    grown = machine.duty.share
    machine.look(full)
    assert machine.duty.share == grown / 2


def test_when_users_are_gone_it_takes_all_at_once() -> None:
    machine = Machine()
    machine.look(FULL, 5)
    machine.work(0.05)
    assert machine.duty.wait_seconds() > 0
    machine.look(None)
    assert machine.duty.wait_seconds() == 0


def test_one_long_piece_of_work_is_paid_for_ten_seconds_and_looked_at_each_second() -> None:
    machine = Machine()
    machine.look(FULL, 5)
    machine.work(300)
    waits = []
    while (wait := machine.duty.wait_seconds()) > 0:
        machine.now += wait
        waits.append(wait)
    assert max(waits) <= 1.0
    assert sum(waits) == pytest.approx(10, rel=0.02)


def test_what_was_begun_together_is_waited_for_afterwards() -> None:
    machine = Machine()
    machine.look(FULL, 5)
    begun = machine.now
    for _ in range(5):
        machine.work(0.15)  # many at once, that were begun while they took little
        while (wait := machine.duty.wait_seconds()) > 0:
            machine.now += wait + 1e-6
    assert machine.used / (machine.now - begun) == pytest.approx(LEAST_SHARE, rel=0.05)


def test_time_without_work_is_not_saved_up() -> None:
    machine = Machine()
    machine.look(FULL, 5)
    machine.now += 3600
    assert machine.duty.wait_seconds() == 0
    machine.work(0.01)
    assert machine.duty.wait_seconds() == pytest.approx(0.01 / LEAST_SHARE - 0.01)
