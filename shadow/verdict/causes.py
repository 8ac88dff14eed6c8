"""Findings that come together, and what the requests that show them share against the rest.

What is said here explains findings; it decides nothing. A p-value is that of one look at the
counts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from shadow.model import (
    OTHER,
    Cause,
    Difference,
    DifferenceKind,
    Endpoint,
    EndpointTraits,
    Example,
    Finding,
    Group,
    GroupCounts,
    Renaming,
    SharedTrait,
    Signature,
    Trait,
)
from shadow.verdict.evidence import log_choose

UNKNOWN_VALUES = OTHER
"""The value under which a store counts the values of a name that it has no room for."""

MOST_SHARED = 3
"""Most traits named of one cause."""

_ALPHA = 0.05
_LEAST_SHARE = 0.5
"""A trait that fewer requests of a group have is not what they share."""

_NEGLIGIBLE = 1e-17


def causes_of(
    findings: Iterable[Finding],
    counted: Mapping[Endpoint, EndpointTraits],
    first: frozenset[str] = frozenset(),
) -> tuple[Cause, ...]:
    """Group findings, those with the most requests first; causes with one trait stand together.

    Stored groups hold noise too, so each is reduced to its findings, and groups that become the
    same are added up. `first` are names of traits to be told before others.
    """
    found = [
        Cause(
            signatures=group,
            requests=counts.exchanges,
            compared=every.compared,
            shared=_shared(counts, every, first),
        )
        for endpoint, own in _by_endpoint(findings).items()
        if endpoint in counted
        for groups in [_reduced(counted[endpoint].groups, own)]
        for group, counts in groups.items()
        for every in [_Every.of(_without_larger(counted[endpoint], group, groups))]
    ]
    of_trait: Counter[object] = Counter()
    for cause in found:
        of_trait[_leading(cause)] += cause.requests
    return tuple(
        sorted(
            found,
            key=lambda cause: (
                -of_trait[_leading(cause)],
                str(_leading(cause)),
                -cause.requests,
                cause.signatures,
            ),
        )
    )


def smallest(
    cause: Cause, findings: Iterable[Finding], examples: Iterable[Example]
) -> Example | None:
    """Choose the example with the shortest request; one that shows just this group if there is."""
    wanted = set(cause.signatures)
    others = {place for finding in findings for place in finding.places} - wanted

    def rank(example: Example) -> tuple[bool, int, str]:
        shown = _signatures(example, cause.endpoint)
        return not wanted <= shown or bool(others & shown), _size(example), example.exchange_id

    return min(examples, key=rank, default=None)


def renaming_in(cause: Cause, differences: Iterable[Difference]) -> Renaming | None:
    """Tell whether all values that changed at the places of a cause did so in one way.

    That is: each value became one other, no two the same, and each in two places or more.
    """
    places = {each.location for each in cause.signatures if each.kind is DifferenceKind.VALUE}
    changed = Counter(
        (each.primary, each.candidate)
        for each in differences
        if each.kind is DifferenceKind.VALUE and each.location in places and not each.excused_by
    )
    pairs = [(p, c) for p, c in changed if p is not None and c is not None]
    one_to_one = len({p for p, _ in pairs}) == len({c for _, c in pairs}) == len(changed)
    if not changed or not one_to_one or min(changed.values()) < 2:
        return None
    primary, candidate = max(pairs, key=lambda pair: (changed[pair], pair))
    return Renaming(
        primary=primary, candidate=candidate, pairs=len(changed), places=sum(changed.values())
    )


def tail(exchanges: int, having: int, drawn: int, at_least: int) -> float:
    """Chance that of `drawn` out of `exchanges`, of which `having` have a trait, so many have it.

    The upper tail of the hypergeometric distribution: Fisher's exact test, one-sided (R. A. Fisher,
    *The Design of Experiments*, 1935). It takes exchanges for exchangeable under no association.
    """
    if at_least <= max(0, drawn + having - exchanges):
        return 1.0
    most = min(having, drawn)
    if at_least > most:
        return 0.0
    term = math.exp(
        log_choose(having, at_least)
        + log_choose(exchanges - having, drawn - at_least)
        - log_choose(exchanges, drawn)
    )
    if not term:
        return 0.0 if at_least * exchanges > drawn * having else 1.0
    total = 0.0
    for k in range(at_least, most + 1):
        total += term
        ratio = (having - k) * (drawn - k) / ((k + 1) * (exchanges - having - drawn + k + 1))
        if ratio < 1 and term * ratio < total * _NEGLIGIBLE:
            break
        term *= ratio
    return min(total, 1.0)


def _by_endpoint(findings: Iterable[Finding]) -> Mapping[Endpoint, set[Signature]]:
    found: defaultdict[Endpoint, set[Signature]] = defaultdict(set)
    for finding in findings:
        found[finding.signature.endpoint].update(finding.places)
    return found


def _reduced(
    groups: Mapping[Group, GroupCounts], findings: set[Signature]
) -> Mapping[Group, GroupCounts]:
    exchanges: Counter[Group] = Counter()
    traits: defaultdict[Group, Counter[Trait]] = defaultdict(Counter)
    for group, counts in groups.items():
        reduced = tuple(signature for signature in group if signature in findings)
        if reduced:
            exchanges[reduced] += counts.exchanges
            traits[reduced].update(counts.traits)
    return {group: GroupCounts(exchanges=n, traits=traits[group]) for group, n in exchanges.items()}


def _without_larger(
    counted: EndpointTraits, group: Group, groups: Mapping[Group, GroupCounts]
) -> EndpointTraits:
    """Leave out the requests that show all of a group's places and more: they are no contrast."""
    larger = [counts for other, counts in groups.items() if {*other} > {*group}]
    if not larger:
        return counted
    traits = Counter(counted.traits)
    for counts in larger:
        traits.subtract(counts.traits)
    return replace(
        counted,
        compared=counted.compared - sum(counts.exchanges for counts in larger),
        traits={trait: n for trait, n in traits.items() if n > 0},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Every:
    """All requests of an endpoint: how many, and of each name how many have which value.

    `looked_at` is how many traits there are to tell, over which one may seem to be shared by
    chance.
    """

    compared: int
    names: Mapping[str, Mapping[str, int]]
    there: Mapping[str, int]
    looked_at: int

    @classmethod
    def of(cls, counted: EndpointTraits) -> "_Every":
        compared, names = counted.compared, _by_name(counted.traits)
        there = {name: sum(values.values()) for name, values in names.items()}
        presence = 2 * sum(n < compared for n in there.values())
        of_values = sum(
            1
            for values in names.values()
            if UNKNOWN_VALUES not in values
            for value, n in values.items()
            if value and n < compared
        )
        return cls(compared=compared, names=names, there=there, looked_at=presence + of_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A trait that may be told, or its absence: how often in the group and in the endpoint."""

    trait: Trait
    absent: bool = False
    own: int
    every: int


def _shared(counts: GroupCounts, every: _Every, first: frozenset[str]) -> tuple[SharedTrait, ...]:
    if every.compared <= counts.exchanges:
        return ()
    told = (
        _told(each, counts.exchanges, every)
        for each in _candidates(counts, every)
        if each.own >= _LEAST_SHARE * counts.exchanges
        and each.own * every.compared > each.every * counts.exchanges
    )
    strong = sorted(
        (each for each in told if each.p_value <= _ALPHA),
        key=lambda each: (each.trait.name not in first, *_rank(each)),
    )
    best: dict[str, SharedTrait] = {}
    for each in strong:
        best.setdefault(each.trait.name, each)
    return tuple(best.values())[:MOST_SHARED]


def _rank(each: SharedTrait) -> tuple[float, float, bool, float, Trait]:
    lift = math.inf if each.lift is None else each.lift
    return -lift, -each.share, not each.trait.value, each.p_value, each.trait


def _candidates(counts: GroupCounts, every: _Every) -> Iterator[_Candidate]:
    """Values of names that have few, names that are there, and names that are not.

    A name with more values than there is room for is an identifier: of it only whether it is there
    means something.
    """
    of_group = _by_name(counts.traits)
    for name, at_all in every.there.items():
        own = of_group.get(name, {})
        there = sum(own.values())
        if at_all < every.compared:
            yield _Candidate(trait=Trait(name), own=there, every=at_all)
            yield _Candidate(
                trait=Trait(name),
                absent=True,
                own=counts.exchanges - there,
                every=every.compared - at_all,
            )
        values = every.names[name]
        if UNKNOWN_VALUES not in values:
            for value, n in own.items():
                if value:
                    yield _Candidate(trait=Trait(name, value), own=n, every=values.get(value, n))


def _by_name(traits: Mapping[Trait, int]) -> Mapping[str, Mapping[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for trait, n in traits.items():
        found[trait.name][trait.value] = n
    return found


def _told(found: _Candidate, requests: int, every: _Every) -> SharedTrait:
    share = found.own / requests
    rest_share = (found.every - found.own) / (every.compared - requests)
    chance = tail(every.compared, found.every, requests, found.own)
    return SharedTrait(
        trait=found.trait,
        absent=found.absent,
        requests=found.own,
        share=share,
        rest_share=rest_share,
        lift=share / rest_share if rest_share else None,
        p_value=min(1.0, every.looked_at * chance),
    )


def _leading(cause: Cause) -> tuple[Trait, bool] | Group:
    """What causes with the same trait have in common; one without any stands for itself."""
    if not cause.shared:
        return cause.signatures
    return cause.shared[0].trait, cause.shared[0].absent


def _signatures(example: Example, endpoint: Endpoint) -> set[Signature]:
    return {
        Signature(endpoint=endpoint, location=each.location, kind=each.kind)
        for each in example.differences
        if not each.excused_by
    }


def _size(example: Example) -> int:
    request = example.request
    headers = sum(len(name) + len(value) for name, value in request.headers)
    return len(request.target) + headers + len(request.body)
