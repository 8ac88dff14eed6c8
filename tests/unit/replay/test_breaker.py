from shadow.replay.breaker import Breaker, RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _breaker(clock: Clock, failures: int = 3) -> Breaker:
    return Breaker(failures=failures, seconds=5.0, clock=clock)


def _opened(clock: Clock) -> Breaker:
    breaker = _breaker(clock)
    for _ in range(3):
        breaker.report(answered=False)
    return breaker


def test_a_new_breaker_admits() -> None:
    assert _breaker(Clock()).admits()


def test_fewer_failures_than_the_limit_leave_it_closed() -> None:
    breaker = _breaker(Clock())
    breaker.report(answered=False)
    breaker.report(answered=False)
    assert breaker.admits()


def test_it_opens_after_as_many_failures_in_a_row_as_the_limit() -> None:
    assert not _opened(Clock()).admits()


def test_an_answer_between_failures_starts_the_count_again() -> None:
    breaker = _breaker(Clock())
    for answered in (False, False, True, False, False):
        breaker.report(answered=answered)
    assert breaker.admits()


def test_an_open_breaker_admits_one_probe_after_its_pause() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5.0
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_probe_that_fails_leaves_it_open_for_another_pause() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5.0
    breaker.admits()
    breaker.report(answered=False)
    assert not breaker.admits()
    clock.now += 5.0
    assert breaker.admits()


def test_a_probe_that_is_answered_closes_it() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5.0
    breaker.admits()
    breaker.report(answered=True)
    assert all(breaker.admits() for _ in range(10))


def test_a_probe_that_is_never_reported_does_not_keep_it_open_for_ever() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5.0
    breaker.admits()
    clock.now += 5.0
    assert breaker.admits()


def test_failures_reported_late_do_not_put_the_probe_off() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 4.0
    breaker.report(answered=False)
    clock.now += 1.0
    assert breaker.admits()


def test_no_rate_is_no_limit() -> None:
    limit = RateLimit(None, Clock())
    assert all(limit.admits() for _ in range(10_000))


def test_a_burst_may_take_a_seconds_worth() -> None:
    limit = RateLimit(5.0, Clock())
    assert [limit.admits() for _ in range(7)] == [True] * 5 + [False] * 2


def test_requests_become_possible_again_as_time_passes() -> None:
    clock = Clock()
    limit = RateLimit(4.0, clock)
    while limit.admits():
        pass
    clock.now += 0.5
    assert [limit.admits() for _ in range(3)] == [True, True, False]


def test_a_long_rest_saves_up_no_more_than_a_seconds_worth() -> None:
    clock = Clock()
    limit = RateLimit(3.0, clock)
    clock.now += 1000.0
    assert sum(limit.admits() for _ in range(100)) == 3


def test_a_rate_below_one_a_second_lets_one_through_at_a_time() -> None:
    clock = Clock()
    limit = RateLimit(0.5, clock)
    assert [limit.admits(), limit.admits()] == [True, False]
    clock.now += 1.0
    assert not limit.admits()
    clock.now += 1.0
    assert limit.admits()


def test_nothing_passes_while_a_probe_is_under_way() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, seconds=5.0, clock=clock, probe_seconds=30.0)
    breaker.report(answered=False)
    clock.now += 5.0
    assert breaker.admits()
    clock.now += 29.0
    assert not breaker.admits()


def test_as_many_probes_in_a_row_as_asked_for_close_it_one_at_a_time() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, seconds=5.0, clock=clock, successes=3)
    breaker.report(answered=False)
    clock.now += 5.0
    for _ in range(3):
        assert [breaker.admits(), breaker.admits()] == [True, False]
        breaker.report(answered=True)
    assert all(breaker.admits() for _ in range(10))


def test_a_probe_that_fails_after_one_that_was_answered_starts_the_count_again() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, seconds=5.0, clock=clock, successes=2)
    breaker.report(answered=False)
    for answers in ((True, False), (True, True)):
        clock.now += 5.0
        for answered in answers:
            assert breaker.admits()
            breaker.report(answered=answered)
    assert [breaker.admits(), breaker.admits()] == [True, True]


def test_a_probe_that_is_withdrawn_leaves_room_for_another() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += 5.0
    assert breaker.admits()
    breaker.withdraw()
    assert breaker.admits()


def test_breakers_that_opened_together_do_not_probe_together() -> None:
    clock = Clock()
    waits = []
    for chance in (0.0, 0.5, 1.0):
        breaker = Breaker(failures=1, seconds=5.0, clock=clock, chance=lambda c=chance: c)
        breaker.report(answered=False)
        start, clock.now = clock.now, clock.now + 3.9
        while not breaker.admits():
            clock.now += 0.1
        waits.append(round(clock.now - start, 1))
    assert waits == [5.0, 4.5, 4.0]
