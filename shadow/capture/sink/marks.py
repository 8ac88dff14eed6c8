"""What a mirror adds to its copies, and how it is taken off again."""

from collections.abc import Iterable
from dataclasses import dataclass

from shadow.model import Headers, Request

MIRRORS_OWN_HEADERS = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
    }
)
"""Said about the mirror's connection to us."""

_ENVOYS_OWN = b"x-envoy-"
"""What Envoy and Istio say to those behind them begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorMarks:
    """What tells a copy from what its user sent; names in lower case.

    `host_suffix` ends the copy's Host, before the port if there is one; Envoy and Istio add
    `-shadow`. `target_header` is where a mirror that changes the path puts the user's; the value
    counts where it is a path. Of everything else, names, values, order and repeats stay.
    """

    host_suffix: bytes = b"-shadow"
    headers: frozenset[bytes] = MIRRORS_OWN_HEADERS
    target_header: bytes | None = None

    def taken_off(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> Request:
        """Return the request as its user sent it."""
        kept: list[tuple[bytes, bytes]] = []
        for name, value in headers:
            known = name.lower()
            if known == self.target_header:
                target = value if value.startswith(b"/") else target
                continue
            if known in self.headers or known.startswith(_ENVOYS_OWN):
                continue
            kept.append((name, self._host(value)) if known == b"host" else (name, value))
        users: Headers = tuple(kept)
        return Request(method=method, target=target.decode("latin-1"), headers=users, body=body)

    def _host(self, host: bytes) -> bytes:
        """Take the suffix off, as in `shop.test-shadow:8080` and `[::1]-shadow:8080`."""
        if not self.host_suffix or self.host_suffix not in host:
            return host
        name, colon, port = host.rpartition(b":")
        if not colon or not port.isdigit():
            name, colon, port = host, b"", b""
        return name.removesuffix(self.host_suffix) + colon + port
