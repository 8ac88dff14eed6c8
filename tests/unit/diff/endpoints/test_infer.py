from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.diff.endpoints.infer import Templates, Visit
from shadow.diff.endpoints.router import NOT_FOUND
from shadow.model import OTHER

THINGS = ["orders", "items", "users", "carts", "shops", "bills", "goods", "deals", "plans", "taxes"]
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
        ("/rest/api/2/issue/17", "/rest/api/2/issue/{int}"),
        ("/zones/us-east1-b", "/zones/us-east1-b"),
        ("/flags/new_checkoutFlow", "/flags/new_checkoutFlow"),
        ("/docs/OAuth2ClientV2", "/docs/OAuth2ClientV2"),
        ("/img/1362@2x.png", "/img/{int}@2x.png"),
        ("/keys/sa@x.com:sign", "/keys/{email}:sign"),
        ("/wiki/東京", "/wiki/東京"),
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


def test_collections_with_identifiers_below_are_routes():
    found = templates(
        *(f"GET /api/{thing} 200" for thing in THINGS),
        *(f"POST /api/{thing} 201" for thing in THINGS),
        *(f"GET /api/{thing}/{number} 200" for thing in THINGS for number in range(9)),
        *(f"GET /api/{thing}/search 200" for thing in THINGS),
    )
    assert found["/api/orders"] == "/api/orders"
    assert found["/api/orders/7"] == "/api/orders/{int}"
    assert found["/api/items/search"] == "/api/items/search"


@pytest.mark.parametrize(
    "words",
    [
        ["en-US", "de-DE", "fr-FR", "pt-BR", "zh-Hans-CN", "es-419", "ja", "nl", "sv", "pl"],
        [f"v{number}" for number in range(1, 12)],
        [f"v1beta{number}" for number in range(1, 12)],
        [f"{number}.0" for number in range(1, 12)],
    ],
)
def test_languages_and_versions_are_routes(words):
    found = templates(
        *(f"GET /{word}/{below} 200" for word in words for below in ("cart", "login", "help"))
    )
    assert all(template == path for path, template in found.items())


def test_one_page_below_each_of_few_words_is_no_evidence():
    pages = [f"GET /features/{thing}/tour 200" for thing in THINGS] * 20
    assert set(templates(*pages).values()) == {f"/features/{thing}/tour" for thing in THINGS}


def test_services_that_share_their_health_checks_are_routes():
    found = templates(
        *(f"GET /{thing}/{check} 200" for thing in THINGS for check in ("live", "ready", "info")),
        *(f"GET /{thing}/{thing}-report 200" for thing in THINGS),
    )
    assert found["/orders/live"] == "/orders/live"


def test_names_below_names_are_parameters_too():
    found = templates(
        *(
            f"GET /repos/{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}owner{'uvw'[n // 100]}"
            f"/tool{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvw'[n // 100]}/{action} 200"
            for n in range(300)
            for action in ("issues", "pulls", "commits")
        )
    )
    assert set(found.values()) == {
        f"/repos/{{name}}/{{name}}/{action}" for action in ("issues", "pulls", "commits")
    }


def test_one_odd_thing_below_a_name_does_not_tear_it_off():
    lines = [f"GET /users/{name}/{below} 200" for name in PEOPLE for below in ("repos", "keys")]
    found = templates(*lines, "GET /users/alice/odd 200")
    assert found["/users/alice/repos"] == "/users/{name}/repos"


def test_words_with_nothing_below_join_names_that_are_asked_for_themselves():
    lines = [
        f"GET /users/{name}{below} 200" for name in PEOPLE for below in ("", "/repos", "/keys")
    ]
    found = templates(*lines, "GET /users/zoe 200", "POST /users/activate 200")
    assert found["/users/zoe"] == "/users/{name}"
    assert found["/users/activate"] == "/users/activate"


def test_the_usual_shape_of_good_answers_counts():
    found = templates(
        *(f"GET /tags/{name} 200 tag" for name in PEOPLE),
        "GET /tags/alice 500 error",
        "GET /tags/bob 200 empty",
        "GET /tags/bob 200 tag",
    )
    assert found["/tags/alice"] == "/tags/{name}"
    assert found["/tags/bob"] == "/tags/{name}"


def test_actions_and_formats_stand_below_names():
    lines = [f"POST /topics/{name}:publish 200" for name in PEOPLE]
    lines += [
        f"GET /topics/{name}{end} 200" for name in PEOPLE for end in ("/users", "/acl", ".json")
    ]
    found = templates(*lines)
    assert found["/topics/alice:publish"] == "/topics/{name}:publish"
    assert found["/topics/bob.json"] == "/topics/{name}.json"


def test_formats_alone_are_no_evidence():
    found = templates(*(f"GET /admin/{thing}.json 200" for thing in THINGS))
    assert found["/admin/orders.json"] == "/admin/orders.json"


@pytest.mark.parametrize(
    ("words", "template"),
    [
        ([f"{project}-{n}" for project in ("WEB", "OPS") for n in range(7, 12)], "/x/{key}"),
        ([f"ORD-2026-{n}" for n in range(100_000, 100_010)], "/x/{key}"),
        ([f"{n}-blue-lamp" for n in range(100_000, 100_010)], "/x/{slug}"),
        ([f"2412.{n}" for n in range(10_000, 10_010)], "/x/{number}"),
        ([f"978-3-16-14841{n}-0" for n in range(10)], "/x/{number}"),
        ([f"yPu1FM{letter}" for letter in "abcdefghij"], "/x/{token}"),
        ([f"INV{n}" for n in range(100_000, 100_010)], "/x/INV{int}"),
        ([f"blue-lamp-{n}" for n in range(100_000, 100_010)], "/x/{slug}"),
        ([f"tool-1.{n}.0.tgz" for n in range(10)], "/x/{file}.tgz"),
        ([f"@{name}" for name in PEOPLE], "/x/@{name}"),
        ([f"a1b2c{n}d" for n in range(10)], "/x/{hex}"),
    ],
)
def test_many_words_of_one_form_are_identifiers(words, template):
    assert set(templates(*(f"GET /x/{word} 200" for word in words)).values()) == {template}


@pytest.mark.parametrize(
    "words",
    [
        ["UTF-8", "SHA-256", "GPT-4", "MD-5", "AES-256", "HTTP-2", "RFC-7231", "ISO-8601", "H-264"],
        [f"roadmap-{year}" for year in range(2015, 2025)],
        [f"es{year}" for year in range(2015, 2025)],
        [f"{year}-roadmap" for year in range(2015, 2025)],
        [f"3.{number}" for number in range(1, 15)],
        [f"{number}.04" for number in range(10, 24)],
        [f"step-{number}" for number in range(1, 12)],
    ],
)
def test_codes_and_years_are_no_identifiers(words):
    found = templates(*(f"GET /x/{word} 200" for word in words))
    assert all(template == path for path, template in found.items())


def test_a_token_that_looks_like_a_word_is_told_by_those_around_it():
    tokens = ["dQw4w9WgXcQ", "9bZkp7q19f0", "kJQP7kiw5Fk", "OPf0YbXqDm0", "RgKAFK5djSk"]
    tokens += ["fJ9rUzIMcZQ", "60ItHLz5WEA", "YQHsXMglC9A", "hT_nvWreIhg", "pRpeEdMmmQ0"]
    found = templates(
        *(f"GET /watch/{token} 200" for token in [*tokens, "zItECNqPnzA", "thumbnails1"])
    )
    assert found["/watch/zItECNqPnzA"] == "/watch/{token}"
    assert found["/watch/thumbnails1"] == "/watch/thumbnails1"


def test_a_name_that_is_not_found_has_no_template():
    lines = [f"GET /users/{name}/{below} 200" for name in PEOPLE for below in ("repos", "keys")]
    found = templates(*lines, "GET /users/wp-admin/repos 404", "GET /users/alice/keys 404")
    assert found["/users/wp-admin/repos"] == NOT_FOUND
    assert found["/users/alice/keys"] == "/users/{name}/keys"


@pytest.mark.parametrize(
    "part", ["v1", "1", "v1.", "a-", "a-1", "1-", "a:", "en-", "A1-", "f0", "@"]
)
def test_no_word_takes_long(part):
    words = [
        (part * 64)[:length] + end for length in range(40, 60) for end in ("x", "!", "-", ".js")
    ]
    found = templates(*(f"GET /x/{word} 200" for word in words))
    assert len(found) == len(set(words))


def test_scans_make_no_templates():
    found = templates(*(f"GET /scan{'x' * n}word/17 404" for n in range(60)))
    assert set(found.values()) == {NOT_FOUND}


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
