"""When the entries of a recording are due."""

from shadow.capture.recordings.pace import Pace


def due(speed: float | None, *times: float | None) -> list[float]:
    pace = Pace(speed)
    return [pace.due(at) for at in times]


def test_pauses_are_as_recorded_or_a_part_of_them() -> None:
    assert due(1.0, 100.0, 101.5, 104.0) == [0.0, 1.5, 4.0]
    assert due(10.0, 100.0, 105.0, 120.0) == [0.0, 0.5, 2.0]


def test_without_a_speed_and_without_times_there_are_no_pauses() -> None:
    assert due(None, 100.0, 200.0) == [0.0, 0.0]
    assert due(1.0, 100.0, None, 101.0) == [0.0, 0.0, 1.0]


def test_a_long_silence_is_cut_to_a_minute() -> None:
    assert due(1.0, 0.0, 86_400.0, 86_401.0) == [0.0, 60.0, 61.0]


def test_an_entry_that_is_a_little_early_waits_for_nobody() -> None:
    assert due(1.0, 10.0, 8.0, 11.0) == [0.0, 0.0, 1.0]


def test_a_clock_that_was_set_back_is_followed() -> None:
    assert due(1.0, 5000.0, 1000.0, 1001.0) == [0.0, 0.0, 1.0]


def test_what_was_replayed_before_takes_no_time() -> None:
    pace = Pace(1.0)
    for at in (0.0, 10.0, 20.0):
        pace.follow(at)
    assert pace.due(21.0) == 1.0
