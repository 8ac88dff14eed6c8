import pytest

from shadow.diff.endpoints.openapi import routes_in
from shadow.diff.endpoints.router import EndpointRouter
from shadow.model import Request

PATHS = {
    "/items/{id}": {"get": {}, "parameters": []},
    "/items/new": {"get": {}},
    "/files/{name}.json": {"get": {}},
    "/compare/{base}...{head}": {"get": {}},
}


def template(document: object, path: str) -> str:
    router = EndpointRouter(templates=routes_in(document))
    return router.route(Request(method="GET", target=path, headers=()), 200).template


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/items/blue-lamp", "/items/{id}"),
        ("/items/new", "/items/new"),
        ("/files/report.json", "/files/{name}.json"),
        ("/compare/v1...main", "/compare/{base}...{head}"),
    ],
)
def test_routes_of_the_document_win_and_words_beat_parameters(path, route):
    assert template({"openapi": "3.1.0", "paths": PATHS}, path) == route


def test_base_paths_are_part_of_routes():
    assert "GET /v1/items/new" in routes_in(
        {"servers": [{"url": "https://api.example.com/v1/"}], "paths": PATHS}
    )
    assert "GET /v2/items/new" in routes_in({"basePath": "/v2", "paths": PATHS})


@pytest.mark.parametrize("document", [None, [], {}, {"paths": []}, "x"])
def test_what_is_no_document_is_said_to_be_none(document):
    with pytest.raises(ValueError, match="paths"):
        routes_in(document)


def test_servers_of_a_path_or_an_operation_win():
    document = {
        "servers": [{"url": "v1"}],
        "paths": {
            "/a": {"get": {}, "post": {"servers": [{"url": "/own"}]}},
            "/b": {"servers": [{"url": "https://b.example.com/path/"}], "get": {}},
        },
    }
    assert routes_in(document) == ("GET /v1/a", "POST /own/a", "GET /path/b")


def test_variables_of_servers_have_their_default_and_their_choices():
    variables = {"version": {"default": "v2", "enum": ["v2", "v3"]}, "region": {"default": "eu"}}
    server = {"url": "{scheme}://{region}.example.com/{version}", "variables": variables}
    document = {"servers": [server], "paths": {"/a": {"get": {}}}}
    variables["scheme"] = {"default": "https"}
    assert routes_in(document) == ("GET /v2/a", "GET /v3/a")


def test_paths_that_the_document_defines_elsewhere_are_read():
    item = {"get": {}, "POST": {}}
    document = {
        "openapi": "3.1.0",
        "components": {"pathItems": {"a/b": item}},
        "paths": {"/a": {"$ref": "#/components/pathItems/a~1b"}, "/b": {"$ref": "other.yaml"}},
    }
    assert routes_in(document) == ("GET /a", "POST /a")


def test_a_document_may_have_no_paths():
    assert routes_in({"openapi": "3.1.0", "webhooks": {}}) == ()


def test_names_of_parameters_may_have_spaces_and_paths_no_slash():
    document = {"basePath": "v1", "paths": {"users/{user name}": {"get": {}}, "/a b": {"get": {}}}}
    assert routes_in(document) == ("GET /v1/users/{user_name}", "GET /v1/a%20b")
    assert template(document, "/v1/a%20b") == "/v1/a%20b"


@pytest.mark.parametrize("url", ["http://[", None, 17, "{" * 1_000, "{a}" * 1_000])
def test_addresses_that_are_none_are_no_harm(url):
    assert all("GET" in route for route in routes_in({"servers": [{"url": url}], "paths": PATHS}))
