"""The routes that an OpenAPI document tells of, of version 3 or 2."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, product
from urllib.parse import urlsplit

_METHODS = frozenset({"get", "head", "post", "put", "patch", "delete", "options", "trace"})
_MOST_ROUTES = 10_000
_MOST_BASES = 32
_PARAMETER = re.compile(r"\{([^{}/]*)\}")
_SPACES = re.compile(r"\s+")

type _Object = Mapping[str, object]


def routes_in(document: object) -> tuple[str, ...]:
    """The routes as `GET /items/{id}`, below every base path that servers have.

    Servers of an operation come before those of its path, and these before the document's. Raises
    ValueError that says what is missing for what is no OpenAPI document.
    """
    root = _object(document)
    if not isinstance(root.get("paths"), Mapping) and "openapi" not in root:
        message = "has no `paths`: is it an OpenAPI document?"
        raise ValueError(message)
    routes = tuple(islice(dict.fromkeys(_routes(root)), _MOST_ROUTES + 1))
    if len(routes) > _MOST_ROUTES:
        message = f"has more than {_MOST_ROUTES:,} routes"
        raise ValueError(message)
    return routes


def _routes(root: _Object) -> Iterator[str]:
    bases = _bases_of_version_2(root) or _bases(root) or [""]
    for path, item in _object(root.get("paths")).items():
        operations = _resolved(item, root)
        bases_of_path = _bases(operations) or bases
        for method, operation in operations.items():
            if not (isinstance(path, str) and isinstance(method, str)):
                continue
            if method.lower() in _METHODS:
                for base in _bases(_object(operation)) or bases_of_path:
                    yield f"{method.upper()} {base}{_readable(path)}"


def _resolved(item: object, root: _Object) -> _Object:
    """A path's operations, with those that it refers to within the document."""
    operations = _object(item)
    reference = operations.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return operations
    found: object = root
    for name in reference[2:].split("/"):
        found = _object(found).get(name.replace("~1", "/").replace("~0", "~"))
    return {**_object(found), **operations}


def _bases_of_version_2(root: _Object) -> list[str]:
    base = root.get("basePath")
    return [_rooted(base)] if isinstance(base, str) else []


def _bases(owner: _Object) -> list[str]:
    """The paths of the servers of a document, a path or an operation."""
    servers = owner.get("servers")
    bases = (
        base
        for server in (servers if isinstance(servers, list) else [])
        for base in _bases_of_server(_object(server))
    )
    return list(islice(dict.fromkeys(bases), _MOST_BASES))


def _bases_of_server(server: _Object) -> Iterator[str]:
    url = server.get("url")
    if not isinstance(url, str):
        return
    variables = _object(server.get("variables"))
    texts, names = _PARAMETER.split(url)[::2], _PARAMETER.split(url)[1::2]
    values = [_values(variables.get(name), name) for name in names]
    for chosen in islice(product(*values), _MOST_BASES):
        filled = "".join(text + value for text, value in zip(texts, (*chosen, ""), strict=True))
        try:
            yield _rooted(urlsplit(filled).path)
        except ValueError:
            continue


def _values(variable: object, name: str) -> list[str]:
    """The values that a server's variable may have; itself where the document says none."""
    told = _object(variable)
    choices = told.get("enum")
    values = [told.get("default"), *(choices if isinstance(choices, list) else [])]
    return list(dict.fromkeys(str(value) for value in values if value is not None)) or [
        f"{{{name}}}"
    ]


def _rooted(base: str) -> str:
    path = _readable(base).rstrip("/")
    return "" if path == "/" else path


def _readable(path: str) -> str:
    """A path from its root, whose only spaces were in names of parameters."""
    named = _PARAMETER.sub(lambda found: f"{{{_SPACES.sub('_', found[1].strip())}}}", path.strip())
    rooted = named if named.startswith("/") else f"/{named}"
    return _SPACES.sub("%20", rooted)


def _object(value: object) -> _Object:
    return value if isinstance(value, Mapping) else {}
