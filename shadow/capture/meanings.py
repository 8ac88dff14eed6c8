"""What a server may make of a request that says one thing and means another.

Filters are globs over what a request says. Frameworks take another method from a header or a
parameter, and another path from one with `..` or `%2e` in it: so may a write look like a read, or
like one that the operator has opted in.
"""

import re
from posixpath import normpath
from urllib.parse import unquote

OVERRIDING_HEADERS = frozenset({b"x-http-method", b"x-http-method-override", b"x-method-override"})
"""By these, clients that can send only GET and POST ask for another method."""

_IN_QUERY = re.compile(r"[?&]_method=([^&#]*)")
_ODD = re.compile(r"[%;\\]|/[./]")
_PARAMETERS = re.compile(r";[^/]*")
"""Of a part of a path, which some servers leave out before they look for `..`."""


def methods_in_query(target: str) -> list[str]:
    """The methods that a target asks for by its query, in capital letters."""
    if "_method=" not in target:
        return []
    return [unquote(found).strip().upper() for found in _IN_QUERY.findall(target)]


def other_path(path: str) -> str | None:
    """The path that servers may serve instead: decoded, without `.`, `..`, `//` and `;…`."""
    if not _ODD.search(path):
        return None
    other = _resolved(unquote(path))
    return other if other != path else None


def leads_elsewhere(path: str, other: str) -> bool:
    """Whether a path and its `other_path` differ in more than the way that they are encoded."""
    return unquote(path) != other


def _resolved(decoded: str) -> str:
    parts = _PARAMETERS.sub("", decoded.replace("\\", "/"))
    resolved = normpath("/" + parts.lstrip("/"))
    return resolved + "/" if decoded.endswith("/") and resolved != "/" else resolved
