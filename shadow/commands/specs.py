"""Documents that describe an API, read with no way to harm the process."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from rich.markup import escape

from shadow.diff.endpoints.openapi import routes_in
from shadow.diff.endpoints.router import EndpointRouter
from shadow.errors import UsageError
from shadow.report.plain import visible
from shadow.terminal import Terminal

_LONGEST_FILE = 64 * 1024 * 1024
_DEEPEST = 200
_MOST_COMPLAINTS = 20
_LONGEST_SHOWN = 100
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads what looks like a date as text: `version: 2024-02-31` is a version."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def router_of(file: Path, err: Terminal) -> EndpointRouter:
    """A router of the routes of an OpenAPI document; those that cannot be read are told of.

    Raises UsageError for a file that cannot be read or is no such document.
    """
    try:
        with file.open("rb") as stream:
            routes = routes_in(_document(stream.read(_LONGEST_FILE)))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except yaml.YAMLError:
        raise UsageError(f"{file} is neither JSON nor YAML") from None
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply") from None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{file} {error}") from None
    return EndpointRouter(templates=tuple(_readable(routes, err)))


def _document(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        _refuse_depth(content)
        return yaml.load(content, _Loader)  # noqa: S506 - a safe one


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


def _readable(routes: tuple[str, ...], err: Terminal) -> Iterator[str]:
    complaints = 0
    for route in routes:
        try:
            EndpointRouter(templates=(route,))
        except ValueError:
            complaints += 1
            if complaints <= _MOST_COMPLAINTS:
                shown = escape(visible(route, _LONGEST_SHOWN))
                err.news(f"{shown} is left out: it cannot be matched")
            continue
        yield route
    if complaints > _MOST_COMPLAINTS:
        err.news(f"… and {complaints - _MOST_COMPLAINTS:,} more such routes")
