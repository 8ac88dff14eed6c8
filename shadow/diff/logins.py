"""Redirects to a login: where a reply sends a user who is to say who they are (pure)."""

import re
from itertools import pairwise
from urllib.parse import SplitResult, parse_qsl, urlsplit

from shadow.model import Headers, Request, Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Whole words of a path. `session` and `account` alone are pages like others.
_LOGIN_WORDS = frozenset(
    {"login", "logon", "signin", "sso", "saml", "saml2", "oauth", "oauth2", "oidc", "cas"}
    | {"auth", "authenticate", "authorize", "authorise", "authorization", "openid"}
)
_JOINED = {("sign", "in"), ("log", "in"), ("log", "on")}
_WORD = re.compile(r"[A-Za-z0-9]+")

# What a login is given once and never again, however often it is asked.
_ONE_TIME = frozenset(
    {"state", "nonce", "codechallenge", "samlrequest", "relaystate", "signature", "requestid"}
    | {"csrf", "csrftoken", "ts", "timestamp", "sessionid", "sid"}
)

type Login = tuple[str, str, tuple[tuple[str, str], ...]]
"""The host (empty for the one that was asked), the path, and the parameters that stay."""


def login_of(request: Request, response: Response) -> Login | None:
    """Where a response sends its user to log in; None for any other response.

    Two replies send to the same login if this is equal for both. Values that are another one each
    time (`state`, `nonce`) are left out, and so are scheme and host of an address to return to.
    """
    if response.status not in _REDIRECTS:
        return None
    locations = _values(response.headers, b"location")
    if len(locations) != 1:
        return None
    try:
        parts = urlsplit(locations[0].strip())
    except ValueError:
        return None
    return _login(parts, request) if _is_login(parts.path) else None


def _login(parts: SplitResult, request: Request) -> Login:
    hosts = {host.strip().lower() for host in _values(request.headers, b"host")}
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = ((name, _without_host(value)) for name, value in query if not _is_one_time(name))
    server = f"{parts.scheme.lower()}://{parts.netloc.lower()}" if parts.netloc else ""
    return "" if parts.netloc.lower() in hosts else server, parts.path, tuple(sorted(kept))


def _is_login(path: str) -> bool:
    words = [word.lower() for word in _WORD.findall(path)]
    return not (_LOGIN_WORDS.isdisjoint(words) and _JOINED.isdisjoint(pairwise(words)))


def _is_one_time(name: str) -> bool:
    return name.lower().replace("_", "").replace("-", "") in _ONE_TIME


def _without_host(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        return value
    _, slash, path = rest.partition("/")
    return slash + path


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]
