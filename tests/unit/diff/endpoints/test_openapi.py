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
