"""The routes that an OpenAPI document tells of, of version 3 or 2."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

_METHODS = frozenset({"get", "head", "post", "put", "patch", "delete", "options", "trace"})
_MOST_ROUTES = 10_000


def routes_in(document: object) -> tuple[str, ...]:
    """The routes as `GET /items/{id}`, below every base path that servers have.

    Raises ValueError that says what is missing for what is no OpenAPI document.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        message = "has no `paths`: is it an OpenAPI document?"
        raise ValueError(message)
    routes = tuple(dict.fromkeys(_routes(document)))
    if len(routes) > _MOST_ROUTES:
        message = f"has more than {_MOST_ROUTES:,} routes"
        raise ValueError(message)
    return routes


def _routes(document: Mapping[str, object]) -> Iterator[str]:
    paths = document["paths"]
    if not isinstance(paths, Mapping):
        return
    for base in _bases(document):
        for path, operations in paths.items():
            if not isinstance(path, str) or not isinstance(operations, Mapping):
                continue
            for method in operations:
                if method in _METHODS:
                    yield f"{method.upper()} {base}{path}"


def _bases(document: Mapping[str, object]) -> list[str]:
    if isinstance(document.get("basePath"), str):
        return [str(document["basePath"]).rstrip("/")]
    servers = document.get("servers")
    urls = [
        server["url"]
        for server in (servers if isinstance(servers, list) else [])
        if isinstance(server, Mapping) and isinstance(server.get("url"), str)
    ]
    return list(dict.fromkeys(urlsplit(url).path.rstrip("/") for url in urls)) or [""]
