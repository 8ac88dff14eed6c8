from collections.abc import Iterable

from shadow.capture.tap.lateness import Lateness


def late(ages: Iterable[float], lateness: Lateness | None = None) -> bool:
    """Whether any of these traces, ten milliseconds after each other, ends a late window."""
    lateness = lateness or Lateness(limit_seconds=5, window_seconds=1, fewest=50)
    return any(lateness.is_late(n / 100, n / 100 - age) for n, age in enumerate(ages))


def test_traces_that_come_at_once_are_not_late() -> None:
    assert not late([0.01] * 1000)


def test_traces_that_come_later_and_later_are_late() -> None:
    assert late(n / 100 for n in range(1000))


def test_long_answers_among_others_are_not_late() -> None:
    assert not late(([60.0] * 9 + [0.01]) * 100)


def test_clocks_that_differ_are_not_taken_for_lateness() -> None:
    assert not late([3600.0] * 1000)
    assert late([3600.0] * 500 + [3610.0] * 500)


def test_a_few_long_answers_in_a_quiet_hour_are_not_late() -> None:
    lateness = Lateness(limit_seconds=5, window_seconds=1, fewest=50)
    assert not lateness.is_late(0, 0)
    assert not any(lateness.is_late(60.0 * n, 60.0 * n - 30) for n in range(1, 50))
