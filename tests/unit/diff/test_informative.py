import pytest
from msgspec import structs

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


@pytest.mark.parametrize(
    ("secondary", "reason"),
    [
        (response(status=502), Uninformative.BOTH_SERVER_ERRORS),
        (FAILURE, Uninformative.BOTH_SERVER_ERRORS),
        (None, Uninformative.BOTH_SERVER_ERRORS),
        (response(), None),
    ],
)
def test_a_secondary_that_answers_makes_two_server_errors_tell_something(secondary, reason):
    assert says_nothing(exchange(500), response(status=500), secondary) is reason


TIMEOUT = Failure(kind=FailureKind.TIMEOUT, detail="", seconds=1.0)
DISCONNECTED = Failure(kind=FailureKind.DISCONNECTED, detail="", seconds=1.0)
AWAY = Failure(kind=FailureKind.UNREACHABLE, detail="", seconds=1.0)
HELD_BACK = Failure(kind=FailureKind.NOT_ASKED, detail="", seconds=0.0)


@pytest.mark.parametrize(
    ("candidate", "secondary", "reason"),
    [
        (TIMEOUT, DISCONNECTED, Uninformative.BOTH_FAILED),
        (TIMEOUT, response(), None),
        (response(), TIMEOUT, None),
        (TIMEOUT, None, None),
        (TIMEOUT, AWAY, None),
        (TIMEOUT, HELD_BACK, None),
    ],
)
def test_a_request_that_the_secondary_cannot_complete_either_tells_nothing(
    candidate, secondary, reason
):
    assert says_nothing(exchange(200), candidate, secondary) is reason


def redirect(location, status=302):
    return response(status=status, headers={"location": location})


@pytest.mark.parametrize(
    ("primary", "candidate", "reason"),
    [
        ("/login", "/login", Uninformative.BOTH_TO_LOGIN),
        ("/users/sign_in?a=1", "http://shop/users/sign_in?a=1", Uninformative.BOTH_TO_LOGIN),
        ("/login?state=1&next=/a", "/login?next=/a&state=2", Uninformative.BOTH_TO_LOGIN),
        (
            "https://id/sso?SAMLRequest=x",
            "https://id/sso?SAMLRequest=y",
            Uninformative.BOTH_TO_LOGIN,
        ),
        (
            "/login?return_to=https%3A%2F%2Fa%2Fcart",
            "/login?return_to=https%3A%2F%2Fb%2Fcart",
            Uninformative.BOTH_TO_LOGIN,
        ),
        ("/login?next=/cart", "/login?next=/", None),
        ("https://id/authorize?client_id=a", "https://id/authorize?client_id=b", None),
        ("https://id/login", "https://evil/login", None),
        ("/login", "/cart", None),
        ("/cart", "/cart", None),
        ("/blogin/authors", "/blogin/authors", None),
        ("http://[/login", "http://[/login", None),
    ],
)
def test_two_redirects_to_the_same_login_tell_nothing(primary, candidate, reason):
    request = Request(method="GET", target="/", headers=((b"Host", b"shop"),))
    live = structs.replace(exchange(302), request=request, primary=redirect(primary))
    assert says_nothing(live, redirect(candidate)) is reason


@pytest.mark.parametrize("candidate", [redirect("/login", status=301), response(), TIMEOUT])
def test_a_redirect_to_a_login_and_anything_else_are_compared(candidate):
    live = structs.replace(exchange(302), primary=redirect("/login"))
    assert says_nothing(live, candidate) is None


@pytest.mark.parametrize("status", [401, 403])
def test_two_refusals_are_compared(status):
    assert says_nothing(exchange(status), response(status=status)) is None
