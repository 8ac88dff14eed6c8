from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.diff.endpoints.infer import OTHER, Templates, Visit
from shadow.diff.endpoints.router import NOT_FOUND

PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]


def templates(*lines: str) -> dict[str, str]:
    """The template of each line, by its path."""
    visits = []
    for line in lines:
        method, path, *rest = line.split()
        status = int(rest[0]) if rest else None
        shape = rest[1] if len(rest) > 1 else ""
        visits.append(Visit(method=method, path=path, status=status, shape=shape))
    found = Templates(visits)
    return {visit.path: found.of(visit) for visit in visits}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/users/me", "/users/me"),
        ("/releases/latest", "/releases/latest"),
        ("/v2", "/v2"),
        ("/oauth2/token", "/oauth2/token"),
        ("/api/v1.2/sha256/utf-8", "/api/v1.2/sha256/utf-8"),
        ("/orders/17.json", "/orders/{int}.json"),
        ("/orders/17,18,19", "/orders/{ids}"),
        ("/repos/o/r/compare/v1.0...main", "/repos/o/r/compare/{base}...{head}"),
        ("/v1/customers/cus_9s6XKzkNRiz8i3", "/v1/customers/{id}"),
        ("/days/2026-01-31", "/days/{date}"),
        ("/mail/ann@example.com", "/mail/{email}"),
        ("/watch/dQw4w9WgXcQ", "/watch/{token}"),
        (
            "/v2/library/nginx/manifests/sha256:" + "ab12" * 16,
            "/v2/library/nginx/manifests/{digest}",
        ),
    ],
)
def test_segments_are_typed_and_words_stay(path, template):
    assert templates(f"GET {path} 200")[path] == template


def test_names_with_the_same_things_below_are_parameters():
    found = templates(
        *(f"GET /users/{name}/repos 200" for name in PEOPLE),
        *(f"GET /users/{name}/repos/42 200" for name in PEOPLE),
        "GET /users/me/repos 200",
        "GET /users/search 200",
    )
    assert found["/users/alice/repos"] == "/users/{name}/repos"
    assert found["/users/bob/repos/42"] == "/users/{name}/repos/{int}"
    assert found["/users/me/repos"] == "/users/me/repos"
    assert found["/users/search"] == "/users/search"


def test_names_whose_answers_have_one_shape_are_parameters():
    found = templates(
        *(f"GET /tags/{name} 200 tag" for name in PEOPLE), "GET /tags/featured 200 list"
    )
    assert found["/tags/alice"] == "/tags/{name}"
    assert found["/tags/featured"] == "/tags/featured"


def test_that_many_words_stand_at_one_place_is_no_evidence():
    found = templates(*(f"GET /api/{name} 200" for name in PEOPLE))
    assert all(template == path for path, template in found.items())


def test_what_is_not_found_says_nothing():
    found = templates(*(f"GET /users/{name}/wp-login 404" for name in PEOPLE), "GET /orders/17 404")
    assert found["/users/alice/wp-login"] == NOT_FOUND
    assert found["/orders/17"] == "/orders/{int}"


def test_the_number_of_templates_is_bounded():
    found = templates(*(f"GET /a/b{'x' * (n % 50)}{'y' * (n // 50)}q 200" for n in range(1_500)))
    assert len(set(found.values())) == 1_001
    assert OTHER in found.values()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PEOPLE, "me", "17", "x"]),
            st.sampled_from(["", "/repos", "/repos/1", "/keys"]),
            st.sampled_from(["200", "404"]),
        ),
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lines_means_nothing(parts, draw: Random):
    lines = [f"GET /users/{name}{below} {status}" for name, below, status in parts]
    # One path has one template, so that each is looked at with one status.
    lines = list({line.split()[1]: line for line in lines}.values())
    assert templates(*lines) == templates(*draw.sample(lines, len(lines)))
