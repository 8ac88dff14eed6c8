import pytest

from shadow.latency.timing import timing_of
from shadow.model import Failure, FailureKind, Replies, Reply, Response, Timing


def answered(seconds: float) -> Response:
    return Response(status=200, headers=(), body=b"", seconds=seconds)


def timed_out(seconds: float) -> Failure:
    return Failure(kind=FailureKind.TIMEOUT, detail="", seconds=seconds)


def timing(candidate: Reply, secondary: Reply | None) -> Timing:
    return timing_of(answered(0.01), Replies(candidate=candidate, secondary=secondary))


def test_slowdown_is_the_candidates_time_by_the_secondarys() -> None:
    assert timing(answered(0.06), answered(0.02)) == Timing(
        primary=0.01, candidate=0.06, secondary=0.02, slowdown=pytest.approx(3)
    )


def test_without_a_secondary_there_are_times_but_no_slowdown() -> None:
    assert timing(answered(0.06), None) == Timing(primary=0.01, candidate=0.06)


def test_less_than_a_millisecond_apart_is_no_slowdown() -> None:
    assert timing(answered(0.0014), answered(0.0005)).slowdown == 1
    assert timing(answered(0.0005), answered(0.0014)).slowdown == 1


def test_a_time_that_is_next_to_nothing_makes_no_huge_slowdown() -> None:
    assert timing(answered(0.002), answered(0.00001)).slowdown == pytest.approx(2)
    assert timing(answered(0.00001), answered(0.002)).slowdown == pytest.approx(0.5)


def test_a_candidate_that_timed_out_took_at_least_its_patience() -> None:
    found = timing(timed_out(10.0), answered(0.1))
    assert (found.candidate, found.slowdown) == (10.0, pytest.approx(100))


def test_a_secondary_that_timed_out_makes_no_candidate_slow() -> None:
    assert timing(answered(5.0), timed_out(1.0)).slowdown == 1
    assert timing(answered(0.5), timed_out(1.0)).slowdown == 0.5
    assert timing(timed_out(10.0), timed_out(1.0)).slowdown == 1


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.TIMEOUT])
def test_other_failures_have_no_time(kind: FailureKind) -> None:
    failure = Failure(kind=kind, detail="", seconds=0.3)
    assert timing(failure, answered(0.1)) == Timing(primary=0.01, secondary=0.1)
    assert timing(answered(0.1), failure) == Timing(primary=0.01, candidate=0.1)
