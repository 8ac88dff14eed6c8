from shadow.tracing.losses import SECONDS_BETWEEN, Losses


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[int, int]] = []
        self.now = 100.0
        self.losses = Losses(lambda since, in_all: self.said.append((since, in_all)), self.time)

    def time(self) -> float:
        return self.now


def test_the_first_loss_is_said_at_once_and_the_next_ones_together_later() -> None:
    told = Told()
    for _ in range(1000):
        told.losses.add(2)
    assert told.said == [(2, 2)]
    told.now += SECONDS_BETWEEN
    told.losses.add(1)
    assert told.said == [(2, 2), (1999, 2001)]


def test_what_was_not_said_is_said_at_the_end_and_nothing_twice() -> None:
    told = Told()
    told.losses.close()
    told.losses.add(3)
    told.losses.close()
    assert told.said == [(3, 3)]
    told.losses.add(4)
    told.losses.close()
    told.losses.close()
    assert told.said == [(3, 3), (4, 7)]
