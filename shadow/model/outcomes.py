"""What became of an exchange, and why."""

from dataclasses import dataclass
from enum import StrEnum

from shadow.model.differences import Differences, Trait
from shadow.model.traffic import Endpoint, NoiseSource, Reply, Request, Response


class Health(StrEnum):
    """How a target stood to one request; a target that failed is called as its FailureKind is."""

    ANSWERED = "answered"
    SERVER_ERROR = "server_error"
    """It answered 5xx where the primary did not."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    NOT_ASKED = "not_asked"


class Outcome(StrEnum):
    """What became of a captured exchange; each ends in exactly one."""

    COMPARED = "compared"
    UNINFORMATIVE = "uninformative"
    SKIPPED = "skipped"
    DROPPED = "dropped"


class Skip(StrEnum):
    """Why an exchange was left out on purpose."""

    METHOD = "method"
    LOOP_GUARD = "loop_guard"
    EXCLUDED = "excluded"
    SAMPLING = "sampling"
    REQUEST_TOO_LARGE = "request_too_large"
    RESPONSE_TOO_LARGE = "response_too_large"
    UPGRADE = "upgrade"
    STREAM = "stream"
    EARLY_ANSWER = "early_answer"
    """The primary answered before the request was complete, so its body is not known."""
    PROXY_ANSWERED = "proxy_answered"
    """A proxy in front of the primary answered itself, or before it had the whole request."""
    PRIMARY_FAILED = "primary_failed"
    CLIENT_LEFT = "client_left"
    TARGET_RATE = "target_rate"
    """In the sample, but more than is to be captured a second."""
    PAUSED = "paused"
    PROBE = "probe"
    """Shadow's own question to itself: no exchange of a user's, and never counted."""
    NO_ANSWER = "no_answer"
    """A recording has no complete answer of the primary."""
    NOT_HTTP = "not_http"
    """An entry of a recording that is no HTTP request."""
    OTHER_HOST = "other_host"
    """A recording's request to another server."""
    UNREADABLE = "unreadable"
    """A damaged entry of a recording."""
    UNPARSED = "unparsed"
    """Not HTTP that every reader cuts into the same messages, or understands alike."""
    PUSHED = "pushed"
    """What the primary sends over HTTP/2 without being asked."""


class Drop(StrEnum):
    """Why an exchange that should have been compared was not."""

    QUEUE_FULL = "queue_full"
    COPY_ROOM = "copy_room"
    """There was no room for a copy beside those of other users."""
    WORKER_DIED = "worker_died"
    CANDIDATE_UNREACHABLE = "candidate_unreachable"
    CANDIDATE_HELD_BACK = "candidate_held_back"
    PRIMARY_HELD_BACK = "primary_held_back"
    SHUTDOWN = "shutdown"
    MEMORY = "memory"
    """The live process was near its ceiling or above it."""
    ADDED_LATENCY = "added_latency"
    """Users waited longer because of Shadow than they are to."""
    INTERNAL_ERROR = "internal_error"


class Uninformative(StrEnum):
    """Why a pair of replies says nothing about the release."""

    NOT_MODIFIED = "not_modified"
    PARTIAL_CONTENT = "partial_content"
    BOTH_SERVER_ERRORS = "both_server_errors"
    BOTH_FAILED = "both_failed"
    """Neither candidate nor secondary gave a complete answer."""
    BOTH_TO_LOGIN = "both_to_login"
    """Primary and candidate sent the user to the same login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One pair of replies that shows a signature, as it may be kept: redacted and cut short."""

    exchange_id: str
    captured_at: float
    request: Request
    primary: Response
    candidate: Reply
    differences: Differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the targets took for one exchange, in seconds; None where there is no time to tell.

    The primary's is from the live process, on its user's connection, or a worker's where that asks
    the primary; the others' are a worker's.
    `slowdown` is the candidate's time by the secondary's, where the two were asked at the same
    moment (`shadow.latency.timing`).
    """

    primary: float
    candidate: float | None = None
    secondary: float | None = None
    slowdown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """When candidate and secondary were asked, in epoch seconds, and how they stood.

    `secondary` is None where there was none to ask.
    """

    at: float
    candidate: Health
    secondary: Health | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What became of one exchange in a worker.

    `differences` are the candidate's against the primary, `noise` the secondary's against the
    primary; `paired` says whether the secondary answered, so that `noise` is known; of one that
    failed, that alone is. `status` is the primary's, 0 where it gave none. `reason` is
    empty for a comparison. `example` is None where nothing differs or enough is shown already; the
    differences then come without values. `timing` is that of a comparison, and so are `traits`:
    those of the request, each name once. `noise_from` is that of the replies. `asked` is None where
    the candidate was not to be asked.
    """

    exchange_id: str
    endpoint: Endpoint
    status: int
    outcome: Outcome
    reason: str = ""
    paired: bool = False
    differences: Differences = ()
    noise: Differences = ()
    example: Example | None = None
    timing: Timing | None = None
    noise_from: NoiseSource = NoiseSource.SECONDARY
    traits: tuple[Trait, ...] = ()
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OutcomeKey:
    """An outcome and its reason, as accounted for."""

    outcome: Outcome
    reason: str = ""
