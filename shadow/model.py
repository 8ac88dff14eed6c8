"""Every noun of Shadow; read this first, `pipeline.py` second.

An **exchange** is one live request with the primary's response. It is replayed to the candidate
and, where there is one, to the secondary; to the primary too, where a copy of the request is all
that came in. Each gives a **reply**: a Response, or a Failure, which is a value and not an error.
Comparing replies gives **differences**; a difference without its values is a **signature**, which
is what is counted. What became of an exchange is its **observation**; counts of observations are
all that a **verdict** reads.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

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
    body: bytes
    seconds: float


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


class DifferenceKind(StrEnum):
    """In what way two replies differ at one location."""

    STATUS = "status"
    STATUS_5XX = "status_5xx"
    """The candidate answered 5xx where the primary did not; also at the location `status`."""
    HEADER = "header"
    MISSING = "missing"
    EXTRA = "extra"
    NULL = "null"
    TYPE = "type"
    SHAPE = "shape"
    VALUE = "value"
    OUTSIDE = "outside"
    """Farther from the primary's value than noise reaches; said beside one of the kinds above."""
    ORDER = "order"
    SIZE = "size"
    FAILURE = "failure"
    UNDECODABLE = "undecodable"
    UNDECIDED = "undecided"
    SLOW = "slow"
    """Not of one pair of replies: the candidate takes longer than tolerated, over many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where a reply is not like the primary's.

    `location` is a template (`$.items[*].price`, `header:etag`, `status`); `pointer` is the exact
    place, an RFC 6901 JSON Pointer for JSON bodies. `primary` and `candidate` are short texts of
    the two values, None where there is no value. `excused_by` names the rule that covers it.
    `renaming` numbers the renamings of an exchange, None for a place that is in none: at all places
    of one, each value that changed became one other (`shadow.diff.renamings`).
    """

    location: str
    kind: DifferenceKind
    pointer: str = ""
    primary: str | None = None
    candidate: str | None = None
    excused_by: str | None = None
    renaming: int | None = None


type Differences = tuple[Difference, ...]


class Signature(Struct, frozen=True, kw_only=True, order=True, gc=False, cache_hash=True):
    """What is counted: a difference without its values."""

    endpoint: Endpoint
    location: str
    kind: DifferenceKind
    excused_by: str = ""


class Trait(NamedTuple):
    """Something that requests may have in common, fit to be kept.

    `name` is `header:…`, `query:…`, `cookie:…` or `status`; an empty `value` says only that it is
    there.
    """

    name: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}={self.value}" if self.value else self.name


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


class SignatureCounts(Struct, frozen=True, kw_only=True, gc=False):
    """How often a signature was seen, over the comparisons of its endpoint.

    Of the exchanges with a secondary reply: `only_candidate` (b) differ in the candidate alone,
    `only_secondary` (c) in the secondary alone, `both` in both. `unpaired` counts the candidate's
    differences where the secondary gave no reply.
    """

    only_candidate: int = 0
    only_secondary: int = 0
    both: int = 0
    unpaired: int = 0

    def __add__(self, other: "SignatureCounts") -> "SignatureCounts":
        return SignatureCounts(
            only_candidate=self.only_candidate + other.only_candidate,
            only_secondary=self.only_secondary + other.only_secondary,
            both=self.both + other.both,
            unpaired=self.unpaired + other.unpaired,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCounts:
    """How many exchanges of an endpoint ended how; `paired` of the `compared` had a secondary.

    `self_sampled` of the `compared` could have been among the share that the primary is asked
    again for; where there are any, the `paired` are such a share. `statuses` counts all of them by
    the primary's status class (`2xx`, `3xx`, …), and `compared_statuses` those that were compared.
    """

    compared: int = 0
    paired: int = 0
    self_sampled: int = 0
    uninformative: int = 0
    dropped: int = 0
    statuses: Mapping[str, int]
    compared_statuses: Mapping[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """All exchanges of the endpoint that reached a worker."""
        return self.compared + self.uninformative + self.dropped


type Buckets = Mapping[int, int]
"""How many values fell into which bucket of a scale (`shadow.latency.sketch`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyCounts:
    """How long an endpoint's answers took: three sketches of seconds and one of slowdowns."""

    primary: Buckets
    candidate: Buckets
    secondary: Buckets
    slowdown: Buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCounts:
    """How the targets stood in a period, over the exchanges that the candidate was to be asked.

    `differing` of the `compared` differ in the candidate alone, by no rule excused. The times are
    sketches of those that were compared (`shadow.latency.sketch.HEALTH_SECONDS`).
    """

    compared: int = 0
    differing: int = 0
    candidate: Mapping[Health, int] = field(default_factory=dict)
    secondary: Mapping[Health, int] = field(default_factory=dict)
    candidate_seconds: Buckets = field(default_factory=dict)
    secondary_seconds: Buckets = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many exchanges the candidate was to be asked."""
        return sum(self.candidate.values())

    @property
    def failed(self) -> int:
        """In how many of them it failed, or was not asked because it had failed too often."""
        return self.asked - self.candidate.get(Health.ANSWERED, 0)

    @property
    def secondary_asked(self) -> int:
        """How many the secondary was to be asked."""
        return sum(self.secondary.values())

    @property
    def secondary_failed(self) -> int:
        """In how many of them it failed, likewise."""
        return self.secondary_asked - self.secondary.get(Health.ANSWERED, 0)

    @classmethod
    def sum(cls, parts: Iterable["HealthCounts"]) -> "HealthCounts":
        """Add up what several periods say."""
        parts = tuple(parts)
        return cls(
            compared=sum(part.compared for part in parts),
            differing=sum(part.differing for part in parts),
            candidate=_added(part.candidate for part in parts),
            secondary=_added(part.secondary for part in parts),
            candidate_seconds=_added(part.candidate_seconds for part in parts),
            secondary_seconds=_added(part.secondary_seconds for part in parts),
        )


def _added[Key](parts: Iterable[Mapping[Key, int]]) -> Mapping[Key, int]:
    found: Counter[Key] = Counter()
    for part in parts:
        found.update(part)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSeries:
    """A release's health over time, in periods of `seconds` each.

    `periods` are by their beginning, in epoch seconds, in order; those without an exchange are
    left out.
    """

    seconds: int
    periods: Mapping[int, HealthCounts] = field(default_factory=dict)

    @property
    def total(self) -> HealthCounts:
        """All periods together."""
        return HealthCounts.sum(self.periods.values())


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OutcomeKey:
    """An outcome and its reason, as accounted for."""

    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """The law `captured = compared + uninformative + skipped{reason} + dropped{reason}`."""

    captured: int
    outcomes: Mapping[OutcomeKey, int]

    def total(self, outcome: Outcome) -> int:
        """All exchanges that ended so, whatever the reason."""
        return sum(count for key, count in self.outcomes.items() if key.outcome is outcome)

    @property
    def missing(self) -> int:
        """Captured exchanges without an outcome: under way or lost; negative is counted twice."""
        return self.captured - sum(self.outcomes.values())


class DeliveryId(Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One hand-over of an exchange: the `number`-th on the line from a live process to a worker."""

    line: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCounts:
    """A live process's own running totals; each report replaces the one before it.

    `source` is unique to the process's run. `captured` counts every exchange seen;
    `outcomes` those that ended in the live process.
    """

    source: str
    captured: int
    outcomes: tuple[tuple[OutcomeKey, int], ...]


type Group = tuple[Signature, ...]
"""The signatures, sorted, of differences that come together in an exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCounts:
    """All that is stored of a release and that a verdict reads.

    `renamings` counts the exchanges in which exactly these places were one renaming.
    """

    release: str
    accounting: Accounting
    endpoints: Mapping[Endpoint, EndpointCounts]
    signatures: Mapping[Signature, SignatureCounts]
    latency: Mapping[Endpoint, LatencyCounts] = field(default_factory=dict)
    renamings: Mapping[Group, int] = field(default_factory=dict)

    def signatures_by_endpoint(self) -> Mapping[Endpoint, list[tuple[Signature, SignatureCounts]]]:
        """Bring the signatures of each endpoint together, in the order they are in."""
        found: defaultdict[Endpoint, list[tuple[Signature, SignatureCounts]]] = defaultdict(list)
        for signature, seen in self.signatures.items():
            found[signature.endpoint].append((signature, seen))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCounts:
    """How many exchanges differ in exactly the same places, and how many of them have a trait."""

    exchanges: int
    traits: Mapping[Trait, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTraits:
    """What is counted of an endpoint's requests: all that were compared, and those that differ."""

    compared: int
    traits: Mapping[Trait, int]
    groups: Mapping[Group, GroupCounts]


class Decision(StrEnum):
    """The answer to "may this release go on?"."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


class Role(StrEnum):
    """What somebody may do over HTTP; each may do what those before it may."""

    READ = "read"
    APPROVE = "approve"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Whether whoever has this role may do what takes `needed`."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A secret that somebody shows to be let in, by all but the secret itself.

    All times are in epoch seconds; `used_at` is exact to the hour. Without `expires_at` it holds
    until it is revoked.
    """

    id: str
    name: str
    role: Role
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    used_at: float | None = None

    def holds(self, now: float) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChange:
    """That a token was made, or `revoked`; `by` is empty where nobody gave a name."""

    token: str
    name: str
    role: Role
    by: str
    at: float
    expires_at: float | None = None
    revoked: bool = False

    @property
    def release(self) -> str:
        """It is about none."""
        return ""

    @property
    def verdict_id(self) -> str:
        """It rests on none."""
        return ""


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A signature that is worse in the candidate than noise explains.

    `differing` of `compared` answers differ so; `noise` is how often the secondary did, of the
    `paired` that it answered. `evidence` is the e-value against "no worse than noise".
    `at_first_sight` says that the policy fails a release for the kind, whatever the evidence.
    For the kind `slow`, `compared` are the pairs of times, of which the candidate's was more than
    `max_slowdown` times the secondary's in `differing`, and the secondary's that much longer in
    `noise`; None for other kinds.

    `also_at` are further places of the endpoint at which the same values changed in the same way
    (`shadow.verdict.renamings`); the counts are those of `signature`, where the evidence is
    strongest. In `renamed` of its answers it was one renaming with some of them; None where that is
    not what brings the places together.
    """

    signature: Signature
    compared: int
    differing: int
    noise: int
    evidence: float
    at_first_sight: bool = False
    paired: int | None = None
    max_slowdown: float | None = None
    also_at: tuple[Signature, ...] = ()
    renamed: int | None = None

    @property
    def places(self) -> tuple[Signature, ...]:
        """All signatures that it stands for, its own first."""
        return self.signature, *self.also_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value and the interval it lies in with 95 % confidence; `high` None is no upper bound."""

    low: float
    value: float
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLatency:
    """How long a target took for `answers` answers: their quantiles, in seconds."""

    answers: int
    p50: Estimate
    p90: Estimate
    p99: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLatency:
    """How long an endpoint's answers took; None where a target was never timed.

    `slowdown` is the median of the candidate's time by the secondary's over `pairs` exchanges;
    in `slower` of them it was more than the policy tolerates.
    """

    primary: TargetLatency | None
    candidate: TargetLatency | None
    secondary: TargetLatency | None
    slowdown: Estimate | None
    pairs: int
    slower: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTrait:
    """A trait that requests of a group have more often than the rest of their endpoint.

    `absent` says that it is its absence which they share. `share` and `rest_share` are fractions of
    one; `lift` is their quotient, None where none of the rest has it. `p_value` is the chance of so
    many by chance, allowing for all traits that were looked at.
    """

    trait: Trait
    absent: bool
    requests: int
    share: float
    rest_share: float
    lift: float | None
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """Values of which each became the same other one wherever it stood, in `places` places."""

    primary: str
    candidate: str
    pairs: int
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Findings that come together, and what the requests share that show them.

    `requests` of the `compared` of the endpoint show exactly these `signatures` and no other
    finding. `example` is the smallest request that is kept of them.
    """

    signatures: Group
    requests: int
    compared: int
    shared: tuple[SharedTrait, ...]
    example: Example | None = None
    renaming: Renaming | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        return self.signatures[0].endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSummary:
    """What the verdict says of one endpoint."""

    endpoint: Endpoint
    decision: Decision
    counts: EndpointCounts
    reason: str
    latency: EndpointLatency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCoverage:
    """How much is known of an endpoint's answers of one status class, as production gave them.

    Of `seen` exchanges `compared` were compared, and the policy asks for `needed`.
    """

    endpoint: Endpoint
    status_class: str
    seen: int
    compared: int
    needed: int

    @property
    def is_enough(self) -> bool:
        """Whether as many were compared as the policy asks for."""
        return self.compared >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNotice:
    """A rule that excuses nothing, and why."""

    rule: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A finding of one release that a person accepts as intended; `withdrawn`, no longer accepts.

    `also_at` are the further places that the finding had: each is accepted by itself.
    `at` is in epoch seconds; it holds to the end of the day `expires`, UTC, or for good.
    `verdict_id` names the stored verdict that showed the finding.
    """

    release: str
    signature: Signature
    by: str
    reason: str
    at: float
    verdict_id: str
    expires: date | None = None
    withdrawn: bool = False
    also_at: tuple[Signature, ...] = ()

    @property
    def places(self) -> tuple[Signature, ...]:
        """All signatures that it speaks of."""
        return self.signature, *self.also_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A finding, or what would be one, with the approval that covers it."""

    finding: Finding
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule that somebody made of what a release shows, kept in the store; `withdrawn`, no longer.

    It excuses when a release is judged, by what is counted (`shadow.diff.rules.kept`): in
    `release`, and unless it is `only_here` in each that came to the store later than that, which
    was at `since`. `name`, `endpoint`, `location` and `action` are those of any rule. Times are in
    epoch seconds; it holds to the end of the day `expires`, UTC, or for good. `verdict_id` names
    the stored verdict that it was made on.
    """

    release: str
    name: str
    endpoint: str
    location: str
    action: str
    by: str
    reason: str
    at: float
    since: float
    verdict_id: str
    expires: date | None = None
    only_here: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A finding, or what would be one, with the kept rule that covers it."""

    finding: Finding
    rule: KeptRule


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A person's word that a release may go on, and the verdict it was given on.

    `at` is in epoch seconds. `captured` exchanges and `settled` outcomes were counted then: they
    only grow, so the same numbers are the same counts.
    """

    release: str
    by: str
    reason: str
    at: float
    verdict_id: str
    policy_hash: str
    decision: Decision
    captured: int
    settled: int

    @property
    def override(self) -> bool:
        """Whether it was given against the verdict."""
        return self.decision is not Decision.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class BugLink:
    """That a finding is a bug, and where that is dealt with; `withdrawn`, it is none after all.

    It changes nothing of what a verdict says. `at` is in epoch seconds.
    """

    release: str
    signature: Signature
    link: str
    by: str
    at: float
    verdict_id: str
    withdrawn: bool = False
    also_at: tuple[Signature, ...] = ()

    @property
    def places(self) -> tuple[Signature, ...]:
        """All signatures that it speaks of."""
        return self.signature, *self.also_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about a release, with all that it rests on.

    `decided_at` is in epoch seconds; `reasons` are sentences for people; `noise_from` says
    who stood beside the candidate; `excused` are differences that rules cover; `rule_notices` are
    of rules that cover nothing. `suspects` may yet become findings or noise; `accepted` are
    covered by an approval, `ruled` by one of the `kept_rules` that it was made with. `policy_hash`
    names the policy and the rules it was asked with; `id` is empty unless it is stored; `sign_off`
    is the release's last one. `coverage` is of all endpoints that the policy does not ignore;
    `causes` group the findings.
    """

    release: str
    decision: Decision
    decided_at: float
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    noise: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    endpoints: tuple[EndpointSummary, ...]
    accounting: Accounting
    noise_from: NoiseSource
    rule_notices: tuple[RuleNotice, ...] = ()
    suspects: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    kept_rules: tuple[KeptRule, ...] = ()
    policy_hash: str = ""
    id: str = ""
    sign_off: SignOff | None = None
    coverage: tuple[StatusCoverage, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def noise_known(self) -> bool:
        """Whether anybody has shown noise."""
        return self.noise_from is not NoiseSource.NONE
