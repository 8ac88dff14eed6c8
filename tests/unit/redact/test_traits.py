"""What is kept of requests, to say what those that differ have in common."""

from dataclasses import replace

import pytest

from shadow.model import Outcome, Request, Trait
from shadow.redact.redactor import Redactor
from shadow.redact.traits import MOST_TRAITS
from tests.unit.redact.builders import KEY, REDACTOR, basic, bearer, observation, request

SECRET = "hunter2secret"


def traits(asked: Request, redactor: Redactor = REDACTOR, status: int = 200) -> set[str]:
    """The traits of a request whose answers are equal; those of one that differs are the same."""
    quiet = replace(observation(asked, differences=()), status=status)
    loud = replace(observation(asked), status=status)
    found = redactor.clean(quiet, asked).traits
    assert found == redactor.clean(loud, asked).traits
    return {str(trait) for trait in found} - {"status=200"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (b"X-Plan", b"pro", "header:x-plan=pro"),
        (b"accept-language", b"de-CH,de;q=0.9,en;q=0.8", "header:accept-language=de"),
        (b"accept", b"text/html, */*;q=0.8", "header:accept=text/html"),
        (
            b"content-type",
            b"application/json; charset=utf-8",
            "header:content-type=application/json",
        ),
        (b"user-agent", b"okhttp/4.9.1", "header:user-agent=okhttp"),
        (
            b"user-agent",
            b"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
            "header:user-agent=Chrome",
        ),
        (b"x-empty", b"", "header:x-empty"),
    ],
)
def test_a_header_is_a_trait_with_its_value(name: bytes, value: bytes, expected: str) -> None:
    assert traits(request("/a", (name, value))) == {expected}


def test_a_query_parameter_is_a_trait_with_its_decoded_value() -> None:
    found = traits(request("/a?currency=USD&q=blue+lamp&debug&filter%5Bx%5D=1"))
    assert found == {"query:currency=USD", "query:q=blue lamp", "query:debug", "query:filter[x]=1"}


def test_the_status_of_the_primary_is_a_trait() -> None:
    assert traits(request("/a"), status=404) == {"status=404"}


def test_of_a_cookie_only_its_name_is_kept() -> None:
    found = traits(request("/a", (b"cookie", b"beta=1; theme=darker-than-dark")))
    assert found == {"cookie:beta", "cookie:theme"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"authorization", b"Bearer pro"),
        (b"x-api-key", b"pro"),
        (b"x-my-token", b"pro"),
        (b"x-forwarded-for", b"10.1.2.3"),
        (b"x-peer", b"10.1.2.3"),
        (b"referer", b"/a"),
        (b"x-request-id", b"550e8400-e29b-41d4-a716-446655440000"),
        (b"x-user", b"12345678"),
        (b"x-user", b"ada@example.com"),
        (b"x-key", b"AKIAIOSFODNN7EXAMPLE"),
        (b"x-note", b"password: hunter2"),
        (b"x-note", b"token=abc"),
        (b"x-card", b"4111 1111 1111 1111"),
        (b"x-note", b"a" * 49),
        (b"x-note", b"\xff\x1b[2J"),
        (b"x-packed", b"aHVudGVyMnNlY3JldA"),
        (b"x-forwarded-user", b"john.smith"),
        (b"remote-user", b"jsmith"),
        (b"x-user-name", b"John Smith"),
        (b"x-ms-client-principal-name", b"jsmith"),
        (b"x-auth", b"opensesame"),
    ],
)
def test_of_credentials_addresses_and_identifiers_only_that_they_are_there(
    name: bytes, value: bytes
) -> None:
    assert traits(request("/a", (name, value))) == {f"header:{name.decode()}"}


def test_a_parameter_that_is_secret_by_its_name_has_no_value() -> None:
    assert traits(request("/a?token=pro&pin=1&code=x")) == {
        "query:token",
        "query:pin",
        "query:code",
    }


@pytest.mark.parametrize(
    "asked",
    [
        request(f"/a?x={SECRET}", bearer(SECRET)),
        request(f"/a?x={SECRET}", basic("ada", SECRET)),
        request(f"/a?x={SECRET}", (b"cookie", f"id={SECRET}".encode())),
        request(f"/a?x={SECRET}", (b"x-api-key", SECRET.encode())),
        request(f"/a?x={SECRET}&token={SECRET}"),
        request(f"/a?x={SECRET}&token=%68unter2secret"),
        request(f"/a;token={SECRET}?x={SECRET}"),
        request(f"/a?x={SECRET}", body=f'{{"password": "{SECRET}"}}'.encode()),
        request(f"/a?x={SECRET}", (b"referer", f"https://shop/?token={SECRET}".encode())),
    ],
)
def test_a_secret_that_comes_back_in_a_value_is_no_trait(asked: Request) -> None:
    found = traits(asked)
    assert "query:x" in found
    assert SECRET not in repr(found)


def test_a_secret_with_a_space_that_comes_back_is_no_trait() -> None:
    assert traits(request("/a?token=open+sesame&x=open+sesame")) == {"query:token", "query:x"}


def test_a_secret_in_markup_that_comes_back_is_no_trait() -> None:
    asked = request("/a", (b"x-note", b"token=hunter2&#115;ecret"), (b"x-copy", SECRET.encode()))
    assert traits(asked) == {"header:x-note", "header:x-copy"}


def test_a_secret_that_is_a_name_is_no_trait() -> None:
    found = traits(request(f"/a?{SECRET}=1&x=1", (b"cookie", f"id={SECRET}; {SECRET}=1".encode())))
    assert found == {"query:x=1", "cookie:id"}


def test_what_the_operator_redacts_has_no_value() -> None:
    redactor = Redactor(key=KEY, headers=frozenset({"x-plan"}), parameters=frozenset({"country"}))
    found = traits(request("/a?country=CH", (b"x-plan", b"pro")), redactor)
    assert found == {"query:country", "header:x-plan"}


def test_a_name_with_several_values_says_only_that_it_is_there() -> None:
    assert traits(request("/a?tag=x&tag=y&sort=up&sort=up")) == {"query:tag", "query:sort=up"}


def test_of_a_request_with_too_much_the_traits_that_were_asked_for_are_kept() -> None:
    many = "&".join(f"a{number}=1" for number in range(60))
    headers = ((f"x-{number}x".encode(), b"1") for number in range(500))
    redactor = Redactor(key=KEY, traits=("query:country",))
    asked = request(f"/a?{many}&country=CH", *headers)
    found = redactor.clean(observation(asked, differences=()), asked).traits
    assert len(found) == MOST_TRAITS
    assert Trait("query:country", "CH") in found


def test_what_was_not_compared_has_no_traits() -> None:
    asked = request("/a?x=1")
    dropped = replace(observation(asked, differences=()), outcome=Outcome.DROPPED)
    assert REDACTOR.clean(dropped, asked).traits == ()
