import pytest

from shadow.diff.endpoints.router import NOT_FOUND, EndpointRouter
from shadow.model import Request


def template(target: str, router: EndpointRouter | None = None, status: int = 200) -> str:
    request = Request(method="GET", target=target, headers=())
    return (router or EndpointRouter()).route(request, status).template


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "/"),
        ("/users/42", "/users/{int}"),
        ("/users/42/orders/7?page=2#x", "/users/{int}/orders/{int}"),
        ("/o/550e8400-e29b-41d4-a716-446655440000", "/o/{uuid}"),
        ("/commits/9fceb02d0ae5", "/commits/{hex}"),
        ("/customers/cus_N8fK2mQ1xYz3", "/customers/{id}"),
        ("/days/2026-01-02", "/days/{date}"),
        ("/mail/ann%40example.com", "/mail/{email}"),
        ("/watch/dQw4w9WgXcQ", "/watch/{token}"),
        ("/items/42.json", "/items/{int}.json"),
        ("/users/me", "/users/me"),
        ("/v2/releases/latest", "/v2/releases/latest"),
        ("/items/", "/items/"),
        ("/items//42", "/items//{int}"),
        ("/a%2Db", "/a-b"),
        ("/a%2Fb", "/a%2Fb"),
        ("/%7Bint%7D", "/%7Bint%7D"),
        ("/{int}", "/%7Bint%7D"),
        ("/caf%C3%A9", "/café"),
        ("/caf\u00c3\u00a9", "/café"),
        ("/%ff", "/{text}"),
        ("/a%00b", "/{text}"),
        ("/two%20words", "/two%20words"),
        ("/100%", "/100%25"),
        ("/items;jsessionid=A1B2/42;v=1", "/items/{int}"),
        ("/" + "a" * 65, "/{token}"),
        ("/" + "a%20" * 40, "/{text}"),
        ("http://example.com/users/42?x", "/users/{int}"),
        ("*", "/*"),
        ("example.com:443", "/*"),
    ],
)
def test_a_path_has_its_template(target, expected):
    assert template(target) == expected


def test_a_path_of_very_many_segments_is_cut():
    assert template("/a" * 10_000) == "/a" * 32 + "/…"


def test_unknown_methods_are_one():
    request = Request(method="BREW", target="/pot", headers=())
    assert EndpointRouter().route(request, 200).method == "OTHER"


def test_configured_templates_come_first():
    router = EndpointRouter(templates=("/tags/{tag}", "GET /tags/popular", "/tags/{tag}/items"))
    assert template("/tags/red", router) == "/tags/{tag}"
    assert template("/tags/popular?x=1", router) == "/tags/popular"
    assert template("/tags/42/items", router) == "/tags/{tag}/items"
    assert template("/tags/", router) == "/tags/"
    assert template("/other/42", router) == "/other/{int}"


def test_a_configured_template_with_a_method_is_for_that_method():
    router = EndpointRouter(templates=("POST /tags/{tag}", "/tags/{any}"))
    assert template("/tags/red", router) == "/tags/{any}"
    request = Request(method="POST", target="/tags/red", headers=())
    assert router.route(request, 200).template == "/tags/{tag}"


def test_a_configured_word_is_found_however_it_is_encoded():
    router = EndpointRouter(templates=("/café/{table}",))
    assert template("/caf%C3%A9/red", router) == "/café/{table}"


@pytest.mark.parametrize("text", ["items", "", "FETCH /items", "GET items", "get /items"])
def test_what_is_no_template_is_refused(text):
    with pytest.raises(ValueError, match=r"write it as /items/\{id\}"):
        EndpointRouter(templates=(text,))


def test_paths_that_the_primary_does_not_know_make_no_endpoints():
    router = EndpointRouter(templates=("/tags/{tag}",))
    assert template("/wp-admin", router, status=404) == NOT_FOUND
    assert template("/items/42", router, status=404) == "/items/{int}"
    assert template("/tags/none", router, status=404) == "/tags/{tag}"


def test_words_win_from_the_left():
    templates = ("/{a}/b/c", "/a/{b}/c", "/a/b/{c}", "/x{a}/b/c", "/{a}/{b}/{c}", "GET /{x}/b/c")
    router = EndpointRouter(templates=templates)
    assert template("/a/b/c", router) == "/a/b/{c}"
    assert template("/a/z/c", router) == "/a/{b}/c"
    assert template("/xy/b/c", router) == "/x{a}/b/c"
    assert template("/z/b/c", router) == "/{x}/b/c"
    assert template("/z/z/c", router) == "/{a}/{b}/{c}"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/api/2/users/7", "/api/2/users/{int}"),
        ("/rest/api/3/issue/7", "/rest/api/3/issue/{int}"),
        ("/admin/api/2024-01/shop", "/admin/api/2024-01/shop"),
        ("/v1.2.3/users", "/v1.2.3/users"),
        ("/packages/lamp/1.2.3", "/packages/lamp/{version}"),
    ],
)
def test_versions_of_an_api_stay(target, expected):
    assert template(target) == expected
