"""What passes: requests, responses, and what came of asking others the same."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

type Headers = tuple[tuple[bytes, bytes], ...]
"""Names and values as they were on the wire, in order, repeats kept."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods whose requests may be repeated without a side effect (RFC 9110, section 9.2.1)."""

OTHER = "(other)"
"""Stands for the names and values that there is no more room for."""

LOOP_GUARD = b"x-shadow-loop-guard"
"""The header that every shadow request bears; a request with it is never shadowed again."""


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """A live request; `target` is path and query as sent, one character a byte."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""


class Response(Struct, frozen=True, kw_only=True, gc=False):
    """A complete answer; `body` is as transferred, content encoding included."""

    status: int
    headers: Headers
    seconds: float
    body: bytes


class FailureKind(StrEnum):
    """Why a target gave no complete answer."""

    UNREACHABLE = "unreachable"
    """Nothing was sent: refused, no such host, no TLS."""
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    """Closed before or inside the answer."""
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    NOT_ASKED = "not_asked"
    """Held back by us: breaker open or rate reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A target that could not answer; a result like any other."""

    kind: FailureKind
    detail: str
    seconds: float


type Reply = Response | Failure


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """One live request and what the primary answered to its user.

    `id` is unique over all live processes; `captured_at` is in epoch seconds. `primary` is None
    where a copy of the request is all that came in; a worker then asks the primary as well.
    """

    id: str
    captured_at: float
    request: Request
    primary: Response | None

    @property
    def answer(self) -> Response:
        """The primary's response; raises ValueError where the primary has yet to be asked."""
        if self.primary is None:
            raise ValueError("the primary has not been asked yet")
        return self.primary


class NoiseSource(StrEnum):
    """Who shows what differs by nature."""

    NONE = "none"
    """Nobody: every difference could be noise."""
    SECONDARY = "secondary"
    """A second copy of the primary, asked each time."""
    SELF = "self"
    """The primary, asked again for a share of the safe requests, at once or a while later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What candidate and secondary said to the same request at the same moment.

    `noise_from` says who stands for the secondary. For the primary itself, `secondary` is None
    where the exchange is not in the share that it is asked again for. `primary` is what the
    primary said, where it was asked with them.
    """

    candidate: Reply
    secondary: Reply | None
    noise_from: NoiseSource = NoiseSource.SECONDARY
    primary: Reply | None = None


class Endpoint(Struct, frozen=True, kw_only=True, order=True, gc=False, cache_hash=True):
    """A method and a route template, for example `GET` and `/items/{id}`."""

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class DeliveryId(Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One hand-over of an exchange: the `number`-th on the line from a live process to a worker."""

    line: str
    number: int
