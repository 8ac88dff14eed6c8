"""Whether a request was meant for this server, and not made by a page of another site.

A browser tells both: `Host` is the name that it believes to speak to, and a page elsewhere that
makes it ask shows in `Sec-Fetch-Site` (or, where that is not sent, in `Origin`).
"""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from shadow.web.access.refusing import Kind, RefusedError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OWN = frozenset({"same-origin", "none"})
"""What a browser says of our own pages, and of an address that its user typed."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a host that is listened on."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    return all(ip_address(str(each[4][0]).partition("%")[0]).is_loopback for each in found)


class Sites:
    """The names that this server goes by; none is any, where only who has signed in gets data."""

    def __init__(self, names: Iterable[str], url: str | None, *, local: bool) -> None:
        own = {name.lower() for name in names}
        if url is not None:
            own.add(_without_port(urlsplit(url).netloc))
        self._names = own | _LOCAL_NAMES if own or local else frozenset[str]()
        self._origin = url

    def check(self, request: Request) -> None:
        """Raise `RefusedError` for a request that was meant for, or made by a page of, another."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or (self._names and _without_port(hosts[0].lower()) not in self._names):
            detail = "this server does not go by that name; if it should, add it to web.hosts"
            raise RefusedError(Kind.HOST, 421, detail)
        if self._is_made_elsewhere(request, hosts[0]):
            raise RefusedError(Kind.CROSS_SITE, 403, "a page of another site sent this request")

    def _is_made_elsewhere(self, request: Request, host: str) -> bool:
        site = request.headers.get("sec-fetch-site")
        is_change = request.method not in SAFE_METHODS
        if site is not None and site not in _OWN:
            # Somebody may have followed a link to one of our pages.
            return is_change or request.headers.get("sec-fetch-mode") != "navigate"
        origin = request.headers.get("origin")
        if origin is None or not is_change:
            return False
        return origin.lower() != self._origin and urlsplit(origin).netloc.lower() != host.lower()


def is_browser(request: Request) -> bool:
    """Whether a browser sent this, as far as it says so; every browser does with a change."""
    return "sec-fetch-site" in request.headers or "origin" in request.headers


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
