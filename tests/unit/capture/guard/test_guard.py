from dataclasses import replace

from shadow.capture.guard.allowance import Allowance
from shadow.capture.guard.guard import Guard, Ruling, Seen
from shadow.capture.guard.latency import Added, LatencyGuard
from shadow.capture.guard.memory import MemoryGuard
from shadow.capture.guard.rate import TargetRate
from shadow.model import Drop, Skip

MIB = 1024**2
SEEN = Seen(now=0.0)


def guard() -> Guard:
    return Guard(memory=MemoryGuard(100 * MIB), latency=LatencyGuard(0.025))


def slow(now: float, ms: float = 50.0) -> Seen:
    return Seen(now=now, added=Added(seconds=ms / 1000, shown_by="probes show"))


def rulings(of: Guard, *seen: Seen) -> list[Ruling]:
    return [of.rule(each) for each in seen]


def test_all_is_allowed_while_all_is_well() -> None:
    found = guard().rule(replace(SEEN, resident=50 * MIB, added=Added(seconds=0, shown_by="")))
    assert found == Ruling(allowance=Allowance())


def test_a_pause_stops_what_comes_and_what_is_under_way_and_is_told_once() -> None:
    paused = replace(SEEN, paused_by=("SIGUSR1",))
    first, second, third, fourth = rulings(guard(), paused, paused, SEEN, SEEN)
    assert (first.allowance.new, first.allowance.under_way) == (Skip.PAUSED, Skip.PAUSED)
    assert first.news == ("capture is paused (SIGUSR1); users are served on",)
    assert (first.state, second.news) == ("paused", ())
    assert (third.allowance, third.news) == (Allowance(), ("capture is no longer paused",))
    assert fourth.news == ()


def test_scarce_memory_stops_what_comes_and_too_much_lets_the_rest_go() -> None:
    seen = [replace(SEEN, resident=taken * MIB) for taken in (95, 101, 85, 85, 70)]
    found = rulings(guard(), *seen)
    assert [each.allowance.new for each in found] == [*[Drop.MEMORY] * 4, None]
    assert [each.allowance.under_way for each in found] == [None, *[Drop.MEMORY] * 3, None]
    assert [each.let_go for each in found] == [False, True, True, True, False]
    assert [len(each.news) for each in found] == [1, 1, 0, 0, 1]
    assert "takes 101 MiB, and may take 100 (capture.max_memory_bytes)" in found[1].news[0]


def test_added_latency_sheds_then_stops_and_each_change_is_measured_anew() -> None:
    of = guard()
    found = rulings(of, *map(slow, range(4)))
    assert [each.allowance.latency_share for each in found] == [0.5, 0.25, 0.125, 1.0]
    assert [each.allowance.new for each in found] == [None, None, None, Drop.ADDED_LATENCY]
    assert all(each.measure_anew and len(each.news) == 1 for each in found)
    assert "users wait 50.0 ms longer, as probes show " in found[0].news[0]
    assert [each.state for each in found][::3] == [
        "capturing 0.5 of the sample",
        "stopped: added_latency",
    ]


def test_that_stopping_did_not_help_is_told_once() -> None:
    of = guard()
    rulings(of, *map(slow, range(4)))
    found = rulings(of, *(slow(float(now)) for now in range(4, 10)))
    assert [len(each.news) for each in found] == [1, 0, 0, 0, 0, 0]
    assert "the relaying itself is too slow" in found[0].news[0]
    assert all(each.allowance.new is Drop.ADDED_LATENCY for each in found)


def test_recovery_is_told_and_takes_its_time() -> None:
    of = guard()
    rulings(of, *map(slow, range(4)))
    found = rulings(of, *(slow(float(now), 1.0) for now in range(4, 200)))
    told = [news for each in found for news in each.news]
    assert len(told) == 4
    assert told[-1].endswith("all of the sample is captured")
    assert found[-1].allowance == Allowance()


def test_without_any_measurement_nothing_changes() -> None:
    of = guard()
    rulings(of, *map(slow, range(4)))
    found = rulings(of, *(Seen(now=float(now)) for now in range(4, 200)))
    assert {each.state for each in found} == {"stopped: added_latency"}


def test_a_target_rate_goes_together_with_what_latency_leaves() -> None:
    of = Guard(latency=LatencyGuard(0.025), rate=TargetRate(10.0, 0.0))
    assert of.rule(SEEN).allowance.rate_share == 1 / 64
    found = of.rule(replace(slow(1.0), in_sample=1000, in_rate=20))
    assert (found.allowance.rate_share, found.allowance.latency_share) == (1 / 64, 0.5)
