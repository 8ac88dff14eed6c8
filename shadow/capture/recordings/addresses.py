"""Addresses of requests, as recordings write them."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from shadow.capture.recordings.entry import EntryError, LeftOut
from shadow.model import Skip

_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_UNFIT = re.compile(rb"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A request's target, as in `Request.target`, and the host it was sent to, lower-cased.

    `authority` is host and port as they are in a Host header.
    """

    target: str
    host: str
    authority: str


def address_of(url: str) -> Address | LeftOut:
    """Take a URL apart. Raises `EntryError` for what is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise EntryError("the address is none") from None
    scheme = parts.scheme.lower()
    if scheme in {"ws", "wss"}:
        return LeftOut(reason=Skip.UPGRADE, why="a WebSocket")
    if scheme not in {"http", "https"} or not host:
        return LeftOut(reason=Skip.NOT_HTTP, why="an address that is not http:// or https://")
    after = url.partition("://")[2]
    authority = re.split(r"[/?#]", after, maxsplit=1)[0]
    target = after[len(authority) :].partition("#")[0]
    if not target.startswith("/"):
        target = "/" + target
    authority = authority.rpartition("@")[2]
    return Address(target=as_sent(target), host=host.lower(), authority=authority)


def as_sent(target: str) -> str:
    """A target with what cannot be sent as it is in percent-encoding."""
    data = target.encode("utf-8", "surrogateescape")
    return _UNFIT.sub(lambda found: b"%%%02X" % found[0][0], data).decode("ascii")


def method_of(word: str) -> str:
    """A method in capitals. Raises `EntryError` for what is none."""
    if not _METHOD.fullmatch(word):
        raise EntryError("the method is none")
    return word.upper()
