"""Documents that describe an API, read with no way to harm the process."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from shadow.diff.endpoints.openapi import routes_in
from shadow.diff.endpoints.router import EndpointRouter
from shadow.errors import Mistake, SettingsError

_LONGEST_FILE = 64 * 1024 * 1024
_DEEPEST = 200
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


# Where libyaml is not built in, the slower loader does the same.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads what looks like a date as text: `version: 2024-02-31` is a version."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedRoutes:
    """The routes of an OpenAPI document, and those that no path can be matched with."""

    routes: tuple[str, ...]
    left_out: tuple[str, ...]


def routes_of(file: Path) -> DescribedRoutes:
    """Read the routes of an OpenAPI document.

    Raises `SettingsError` for a file that cannot be read or is no such document.
    """
    try:
        with file.open("rb") as stream:
            routes = routes_in(_document(stream.read(_LONGEST_FILE)))
    except OSError as error:
        raise _wrong(file, f"cannot be read: {error.strerror}") from None
    except yaml.YAMLError:
        raise _wrong(file, "is neither JSON nor YAML") from None
    except RecursionError:
        raise _wrong(file, "is nested too deeply") from None
    except (ValueError, OverflowError) as error:
        raise _wrong(file, str(error)) from None
    left_out = tuple(route for route in routes if not _is_readable(route))
    readable = tuple(route for route in routes if route not in set(left_out))
    return DescribedRoutes(routes=readable, left_out=left_out)


def _wrong(file: Path, problem: str) -> SettingsError:
    return SettingsError((Mistake(place=str(file), problem=problem),))


def _document(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        _refuse_depth(content)
        return yaml.load(content, _Loader)  # noqa: S506 - a SafeLoader


def _refuse_depth(content: bytes) -> None:
    """Raise RecursionError before the loader, which is not safe from depth, sees it."""
    depth = 0
    for event in yaml.parse(content, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise RecursionError


def _is_readable(route: str) -> bool:
    try:
        EndpointRouter(templates=(route,))
    except ValueError:
        return False
    return True
