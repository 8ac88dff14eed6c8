import pytest

from shadow.health.asked import asked_of
from shadow.model import Asked, Failure, FailureKind, Health, Replies, Reply, Response


def answered(status: int) -> Response:
    return Response(status=status, headers=(), body=b"", seconds=0.1)


def failed(kind: FailureKind) -> Failure:
    return Failure(kind=kind, detail="", seconds=0.1)


def asked(candidate: Reply, secondary: Reply | None = None, primary: int = 200) -> Asked:
    return asked_of(answered(primary), Replies(candidate=candidate, secondary=secondary), 5.0)


@pytest.mark.parametrize("kind", FailureKind)
def test_each_way_to_fail_has_a_name_in_health(kind: FailureKind) -> None:
    assert asked(failed(kind)).candidate.value == kind.value


def test_a_server_error_is_one_only_where_the_primary_gave_none() -> None:
    assert asked(answered(503)) == Asked(at=5.0, candidate=Health.SERVER_ERROR)
    assert asked(answered(503), primary=500).candidate is Health.ANSWERED
    assert asked(answered(404)).candidate is Health.ANSWERED


def test_the_secondary_is_looked_at_alike() -> None:
    found = asked(answered(200), answered(500))
    assert (found.candidate, found.secondary) == (Health.ANSWERED, Health.SERVER_ERROR)
    assert asked(answered(200), failed(FailureKind.TIMEOUT)).secondary is Health.TIMEOUT
