import pytest

from shadow.diff.informative import says_nothing
from shadow.model import Exchange, Failure, FailureKind, Request, Uninformative
from tests.unit.diff.pairs import response

FAILURE = Failure(kind=FailureKind.TIMEOUT, detail="", seconds=1.0)


def exchange(status: int) -> Exchange:
    request = Request(method="GET", target="/", headers=())
    primary = response(status=status)
    return Exchange(id="1", captured_at=0.0, request=request, primary=primary)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (304, Uninformative.NOT_MODIFIED),
        (206, Uninformative.PARTIAL_CONTENT),
        (200, None),
        (404, None),
        (500, None),
    ],
)
def test_some_answers_of_the_primary_tell_nothing_before_the_replay(status, reason):
    assert says_nothing(exchange(status), None) is reason


@pytest.mark.parametrize(
    ("primary", "candidate", "reason"),
    [
        (500, response(status=503), Uninformative.BOTH_SERVER_ERRORS),
        (500, response(status=200), None),
        (200, response(status=500), None),
        (404, response(status=404), None),
        (500, FAILURE, None),
    ],
)
def test_two_server_errors_are_no_agreement(primary, candidate, reason):
    assert says_nothing(exchange(primary), candidate) is reason
