"""What a batch of observations adds to the counts (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from shadow.latency.sketch import SECONDS, SLOWDOWNS, Scale
from shadow.model import (
    OTHER,
    Buckets,
    DifferenceKind,
    Differences,
    Endpoint,
    EndpointCounts,
    Example,
    Group,
    GroupCounts,
    LatencyCounts,
    NoiseSource,
    Observation,
    Outcome,
    OutcomeKey,
    Signature,
    SignatureCounts,
    Trait,
)

type Place = tuple[str, DifferenceKind]
"""Where and how two replies differ: a location and a kind."""

MOST_IN_A_GROUP = 64
"""Most places of a group; of more the shortest are taken, which say more than what is inside."""

_IN_CANDIDATE_ALONE = frozenset({"only_candidate", "unpaired"})

type Mark = tuple[str, DifferenceKind, str, str]
"""A location, a kind, the rule that excuses it, and the field of SignatureCounts it adds one to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Increments; `examples` are in the order they came."""

    outcomes: Mapping[OutcomeKey, int]
    endpoints: Mapping[Endpoint, EndpointCounts]
    signatures: Mapping[Signature, SignatureCounts]
    examples: Mapping[Signature, tuple[Example, ...]]
    latency: Mapping[Endpoint, LatencyCounts]
    traits: Mapping[Endpoint, Mapping[Trait, int]]
    groups: Mapping[Group, GroupCounts]
    renamings: Mapping[Group, int]


def tally(observations: Sequence[Observation]) -> Tally:
    """Add up what observations say, each signature at most once for an observation.

    What is skipped is no evidence of an endpoint, whether a live process or a worker does it.
    """
    by_endpoint = _by_endpoint(o for o in observations if o.outcome is not Outcome.SKIPPED)
    return Tally(
        outcomes=Counter(OutcomeKey(outcome=o.outcome, reason=o.reason) for o in observations),
        endpoints={endpoint: _endpoint_counts(own) for endpoint, own in by_endpoint.items()},
        signatures={
            signature: counts
            for endpoint, own in by_endpoint.items()
            for signature, counts in _signature_counts(endpoint, own)
        },
        examples=_examples(observations),
        latency={endpoint: _latency_counts(own) for endpoint, own in by_endpoint.items()},
        traits={endpoint: _trait_counts(own) for endpoint, own in by_endpoint.items()},
        groups=_group_counts(observations),
        renamings=_renaming_counts(observations),
    )


def _by_endpoint(observations: Iterable[Observation]) -> Mapping[Endpoint, list[Observation]]:
    groups: defaultdict[Endpoint, list[Observation]] = defaultdict(list)
    for observation in observations:
        groups[observation.endpoint].append(observation)
    return groups


def _endpoint_counts(observations: Sequence[Observation]) -> EndpointCounts:
    ended = Counter(o.outcome for o in observations)
    compared = [o for o in observations if o.outcome is Outcome.COMPARED]
    return EndpointCounts(
        compared=len(compared),
        paired=sum(o.paired for o in compared),
        self_sampled=sum(o.noise_from is NoiseSource.SELF for o in compared),
        uninformative=ended[Outcome.UNINFORMATIVE],
        dropped=ended[Outcome.DROPPED],
        statuses=Counter(_status_class(o) for o in observations if o.status),
        compared_statuses=Counter(
            _status_class(o) for o in observations if o.outcome is Outcome.COMPARED
        ),
    )


def _status_class(observation: Observation) -> str:
    return f"{observation.status // 100}xx"


def _latency_counts(observations: Iterable[Observation]) -> LatencyCounts:
    timings = [o.timing for o in observations if o.timing and o.outcome is Outcome.COMPARED]
    return LatencyCounts(
        primary=_sketch(SECONDS, (timing.primary for timing in timings)),
        candidate=_sketch(SECONDS, (timing.candidate for timing in timings)),
        secondary=_sketch(SECONDS, (timing.secondary for timing in timings)),
        slowdown=_sketch(SLOWDOWNS, (timing.slowdown for timing in timings)),
    )


def _sketch(scale: Scale, values: Iterable[float | None]) -> Buckets:
    return Counter(scale.bucket(value) for value in values if value is not None)


def _signature_counts(
    endpoint: Endpoint, observations: Iterable[Observation]
) -> Iterable[tuple[Signature, SignatureCounts]]:
    counted: defaultdict[tuple[str, DifferenceKind, str], Counter[str]] = defaultdict(Counter)
    marks = Counter(mark for observation in observations for mark in _marks(observation))
    for (location, kind, excused_by, field), count in marks.items():
        counted[location, kind, excused_by][field] = count
    for (location, kind, excused_by), fields in counted.items():
        signature = Signature(
            endpoint=endpoint, location=location, kind=kind, excused_by=excused_by
        )
        yield signature, SignatureCounts(**fields)


def _marks(observation: Observation) -> Iterable[Mark]:
    """Compare an observation's two sets of differences, place by place.

    A place where both differ is filed under the rule that excuses the candidate's difference.
    """
    in_candidate, in_secondary = _places(observation.differences), _places(observation.noise)
    if observation.paired:
        for place, rules in in_candidate.items():
            yield from _filed({place: rules}, "both" if place in in_secondary else "only_candidate")
    else:
        yield from _filed(in_candidate, "unpaired")
    alone = {place: rules for place, rules in in_secondary.items() if place not in in_candidate}
    yield from _filed(alone, "only_secondary")


def differs_alone(observation: Observation) -> bool:
    """Tell whether the candidate differs somewhere where the secondary does not, by no rule."""
    return bool(observation.differences) and any(
        field in _IN_CANDIDATE_ALONE and not excused_by
        for _, _, excused_by, field in _marks(observation)
    )


def _places(differences: Differences) -> Mapping[Place, set[str]]:
    places: defaultdict[Place, set[str]] = defaultdict(set)
    for difference in differences:
        places[difference.location, difference.kind].add(difference.excused_by or "")
    return places


def _filed(places: Mapping[Place, set[str]], field: str) -> Iterable[Mark]:
    for (location, kind), rules in places.items():
        for excused_by in rules:
            yield location, kind, excused_by, field


def _trait_counts(observations: Iterable[Observation]) -> Mapping[Trait, int]:
    return Counter(chain.from_iterable(o.traits for o in observations))


def _group_counts(observations: Iterable[Observation]) -> Mapping[Group, GroupCounts]:
    members: defaultdict[Group, list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.outcome is Outcome.COMPARED and (group := _group(observation)):
            members[group].append(observation)
    return {
        group: GroupCounts(exchanges=len(own), traits=_trait_counts(own))
        for group, own in members.items()
    }


def _group(observation: Observation) -> Group:
    """Return what differs in the candidate alone and is not excused; empty if nothing does."""
    return _group_of(_in_candidate_alone(observation)) if observation.differences else ()


def _in_candidate_alone(observation: Observation) -> set[Signature]:
    return {
        Signature(endpoint=observation.endpoint, location=location, kind=kind)
        for location, kind, excused_by, field in _marks(observation)
        if field in _IN_CANDIDATE_ALONE and not excused_by
    }


def _group_of(places: set[Signature]) -> Group:
    if len(places) > MOST_IN_A_GROUP:
        kept = sorted(places, key=lambda place: (len(place.location), place))
        return tuple(sorted(kept[:MOST_IN_A_GROUP]))
    return tuple(sorted(places))


def _renaming_counts(observations: Iterable[Observation]) -> Mapping[Group, int]:
    return Counter(
        group
        for observation in observations
        if observation.outcome is Outcome.COMPARED
        for group in _renamings(observation)
    )


def _renamings(observation: Observation) -> Iterable[Group]:
    """Yield the places of each renaming that differ in the candidate alone, if two or more do.

    One of those that there is no room for stands for many, and is left out.
    """
    members: defaultdict[int, set[Place]] = defaultdict(set)
    for each in observation.differences:
        if each.renaming is not None and each.location != OTHER and not each.excused_by:
            members[each.renaming].add((each.location, each.kind))
    if not members:
        return
    alone = _in_candidate_alone(observation)
    for places in members.values():
        found = {each for each in alone if (each.location, each.kind) in places}
        if len(found) > 1:
            yield _group_of(found)


def _examples(observations: Iterable[Observation]) -> Mapping[Signature, tuple[Example, ...]]:
    found: defaultdict[Signature, list[Example]] = defaultdict(list)
    for observation in observations:
        if observation.example is not None:
            for signature in signatures_of(observation.endpoint, observation.differences):
                found[signature].append(observation.example)
    return {signature: tuple(examples) for signature, examples in found.items()}


def signatures_of(endpoint: Endpoint, differences: Differences) -> tuple[Signature, ...]:
    """Return the signatures of differences, each once, in the order they come first."""
    keys = dict.fromkeys((d.location, d.kind, d.excused_by or "") for d in differences)
    return tuple(
        Signature(endpoint=endpoint, location=location, kind=kind, excused_by=excused_by)
        for location, kind, excused_by in keys
    )
