"""What is counted: all that a verdict reads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from shadow.model.differences import Signature, Trait
from shadow.model.outcomes import Health, Outcome, OutcomeKey
from shadow.model.traffic import Endpoint


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
