"""What counts say of a release, put so that somebody can decide."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from shadow.model.counts import EndpointCounts, Group
from shadow.model.differences import Signature, Trait
from shadow.model.outcomes import Example
from shadow.model.traffic import Endpoint


class Decision(StrEnum):
    """The answer to "may this release go on?"."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


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
