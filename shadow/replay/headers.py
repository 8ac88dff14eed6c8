"""The header list of a shadow request."""

from dataclasses import dataclass, field

from shadow.model import LOOP_GUARD, Headers, Request

RELEASE = b"x-shadow-release"

_OF_THE_CONNECTION = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"http2-settings",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Said about the user's connection or framing; ours has its own. Other headers that the user's
`Connection` names are kept: the primary was sent them, so the others must be."""

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderEdits:
    """What a target gets otherwise: headers set (names to values), removed, another Host."""

    set_headers: tuple[tuple[str, str], ...] = ()
    remove_headers: tuple[str, ...] = ()
    host: str | None = None
    _gone: frozenset[bytes] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        replaced = [*self.remove_headers, *(name for name, _ in self.set_headers)]
        gone = {name.lower().encode("latin-1") for name in replaced} | {LOOP_GUARD, RELEASE}
        if self.host is not None:
            gone.add(b"host")
        object.__setattr__(self, "_gone", frozenset(gone) | _OF_THE_CONNECTION)

    def apply(self, request: Request, release: str) -> Headers:
        """Return the list to send: the user's headers, edited, and the guard against loops."""
        user = request.headers
        sent = [] if self.host is None else [(b"host", self.host.encode("latin-1"))]
        sent += [header for header in _one_cookie(user) if header[0].lower() not in self._gone]
        sent += [(n.encode("latin-1"), v.encode("latin-1")) for n, v in self.set_headers]
        if request.body or any(name.lower() in _FRAMING for name, _ in user):
            sent.append((b"content-length", b"%d" % len(request.body)))
        return (*sent, (LOOP_GUARD, b"1"), (RELEASE, release.encode()))


def _one_cookie(headers: Headers) -> Headers:
    """Join the cookies that HTTP/2 sends as several headers; HTTP/1.1 allows one."""
    cookies = [value for name, value in headers if name.lower() == b"cookie"]
    if len(cookies) < 2:
        return headers
    others = tuple(header for header in headers if header[0].lower() != b"cookie")
    return (*others, (b"cookie", b"; ".join(cookies)))
