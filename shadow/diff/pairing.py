"""Which elements of two lists are the same thing with another content.

By a name that identifies them (`id`), else by what they have in common, else by where they stand.
"""

from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol, cast

from shadow.diff.canonical import exact_text
from shadow.diff.likeness import Distances, overlap
from shadow.diff.parse import Json

type Pair = tuple[int, int]
"""A position in the primary's list and one in the candidate's."""

type Identity = str | int

type _Object = dict[str, Json]

IDENTITIES = (
    "id",
    "_id",
    "uuid",
    "guid",
    "key",
    "sku",
    "code",
    "slug",
    "href",
    "name",
    "@id",
    "@key",
)
_IDENTIFYING = frozenset({str, int})
_MAX_NAMES = 16
_MAX_ALIKE = 8
"""So many elements a side are compared each with each."""
_MIN_OVERLAP = 0.5
_MAX_DISTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Rest:
    """Positions in the primary's and in the candidate's list that have no partner yet."""

    primary: tuple[int, ...]
    candidate: tuple[int, ...]

    @classmethod
    def of(cls, primary: int, candidate: int) -> "Rest":
        """All positions of two lists of these lengths."""
        return cls(tuple(range(primary)), tuple(range(candidate)))

    def without(self, pairs: Iterable[Pair]) -> "Rest":
        """What is left when the pairs have found each other."""
        pairs = list(pairs)
        return self.without_those_of(Rest(tuple(i for i, _ in pairs), tuple(j for _, j in pairs)))

    def without_those_of(self, other: "Rest") -> "Rest":
        """What is not in another rest."""
        here, there = set(other.primary), set(other.candidate)
        return Rest(
            tuple(i for i in self.primary if i not in here),
            tuple(j for j in self.candidate if j not in there),
        )

    @property
    def is_two_sided(self) -> bool:
        """Whether there is anything left to pair."""
        return bool(self.primary and self.candidate)


class Names(Protocol):
    """What rules say of the names of objects in a list."""

    @property
    def key(self) -> tuple[str, ...]:
        """The names that identify them; where there are none, one is looked for."""

    @property
    def ignored(self) -> frozenset[str]:
        """The names that do not."""


@dataclass(frozen=True, slots=True)
class _Keyed:
    pairs: list[Pair]
    is_identity: bool


def identified(
    primary: list[Json],
    candidate: list[Json],
    key: tuple[str, ...],
    ignored: frozenset[str] = frozenset(),
) -> tuple[list[Identity], list[Identity]] | None:
    """What identifies each element of two lists; None where something does not, or not alone.

    `key` are the names that a rule declares, else the first name that may be an identity counts,
    if it is not `ignored`.
    """
    name = _first_identity(primary) if not key else key[0] if len(key) == 1 else None
    if name is None or name in ignored:
        return None
    here, there = values_of(name, primary), values_of(name, candidate)
    if here is None or there is None or not _identify(here):
        return None
    return (here, there) if here == there or _identify(there) else None


def identity_of(elements: list[Json]) -> str | None:
    """The name that identifies all elements of a list; None where they have none."""
    name = _first_identity(elements)
    values = None if name is None else values_of(name, elements)
    return name if values is not None and _identify(values) else None


def values_of(name: str, elements: list[Json]) -> list[Identity] | None:
    """The value of a name in each of the objects; None where it is not in all, or not alone."""
    try:
        return list(map(itemgetter(name), cast("list[dict[str, Identity]]", elements)))
    except (KeyError, TypeError):
        return None


def pair_rest(
    primary: list[Json],
    candidate: list[Json],
    rest: Rest,
    matched: list[Pair],
    names: Names,
    distances: Distances,
) -> list[Pair]:
    """Pair what equal content has not; `matched` tells what stands where."""
    key = names.key
    if not rest.is_two_sided:
        return []
    keyed = _pair_by_key(primary, candidate, rest, key) or _pair_by_name(
        primary, candidate, rest, names.ignored
    )
    pairs = keyed.pairs
    rest = rest.without(pairs)
    if keyed.is_identity:
        rest = _without_objects(primary, candidate, rest, key)
    pairs += _pair_alike(primary, candidate, rest, distances)
    rest = rest.without(pairs)
    return pairs + _pair_by_position(rest, matched + pairs)


def _first_identity(elements: list[Json]) -> str | None:
    first = elements[0]
    if not isinstance(first, dict):
        return None
    return next(filter(first.__contains__, IDENTITIES), None)


def _identify(values: list[Identity]) -> bool:
    """Whether values are such as identify, and none of them is there twice."""
    return {*map(type, values)} <= _IDENTIFYING and len(set(values)) == len(values)


def _key_of(element: Json, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Texts of the values that identify an object; None where it has not all of them."""
    if not isinstance(element, dict):
        return None
    if not all(name in element for name in names):
        return None
    return tuple(exact_text(element[name]) for name in names)


def _pair_by_key(
    primary: list[Json], candidate: list[Json], rest: Rest, key: tuple[str, ...]
) -> _Keyed | None:
    """Pair objects by a declared key, those with one key in turn."""
    if not key:
        return None
    waiting: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for j in rest.candidate:
        if (value := _key_of(candidate[j], key)) is not None:
            waiting[value].append(j)
    pairs = []
    for i in rest.primary:
        value = _key_of(primary[i], key)
        if value is not None and waiting[value]:
            pairs.append((i, waiting[value].popleft()))
    return _Keyed(pairs, is_identity=True)


def _without_objects(
    primary: list[Json], candidate: list[Json], rest: Rest, key: tuple[str, ...]
) -> Rest:
    """Objects that an identity tells apart are not the same thing."""

    def is_told(element: Json) -> bool:
        return _key_of(element, key) is not None if key else isinstance(element, dict)

    return Rest(
        tuple(i for i in rest.primary if not is_told(primary[i])),
        tuple(j for j in rest.candidate if not is_told(candidate[j])),
    )


def _pair_by_name(
    primary: list[Json], candidate: list[Json], rest: Rest, ignored: frozenset[str]
) -> _Keyed:
    here = {i: e for i in rest.primary if isinstance(e := primary[i], dict)}
    there = {j: e for j in rest.candidate if isinstance(e := candidate[j], dict)}
    if not (here and there):
        return _Keyed([], is_identity=False)
    for name in IDENTITIES:
        pairs = [] if name in ignored else _pairs_by(name, here, there)
        if pairs:
            return _Keyed(pairs, is_identity=True)
    if min(len(here), len(there)) == 1:
        return _Keyed([], is_identity=False)
    first = next(iter(here.values()))
    choices = [_pairs_by(name, here, there) for name in list(first)[:_MAX_NAMES]]
    return _Keyed(max(choices, key=len, default=[]), is_identity=False)


def _pairs_by(
    name: str,
    here: Mapping[int, Mapping[str, Json]],
    there: Mapping[int, Mapping[str, Json]],
) -> list[Pair]:
    """Pairs with one value of `name`; none if it does not identify, or too few have a partner."""
    places, partners = _places(name, here), _places(name, there)
    if places is None or partners is None:
        return []
    pairs = [(places[value], partners[value]) for value in places if value in partners]
    return pairs if len(pairs) * 2 >= min(len(here), len(there)) else []


def _places(name: str, elements: Mapping[int, Mapping[str, Json]]) -> dict[str | int, int] | None:
    places: dict[str | int, int] = {}
    for at, element in elements.items():
        value = element.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int) or value in places:
            return None
        places[value] = at
    return places


def _pair_alike(
    primary: list[Json], candidate: list[Json], rest: Rest, distances: Distances
) -> list[Pair]:
    """Pair the few that are left by what they have in common, the most alike first."""
    if not rest.is_two_sided or max(len(rest.primary), len(rest.candidate)) > _MAX_ALIKE:
        return []
    pairs = _closest(primary, candidate, rest, lambda a, b: 1 - overlap(a, b), 1 - _MIN_OVERLAP)
    rest = rest.without(pairs)
    if not rest.is_two_sided or len(rest.primary) == len(rest.candidate) == 1:
        return pairs
    return pairs + _closest(primary, candidate, rest, distances.between, _MAX_DISTANCE)


def _closest(
    primary: list[Json],
    candidate: list[Json],
    rest: Rest,
    distance: Callable[[Json, Json], float],
    farthest: float,
) -> list[Pair]:
    """Take pairs by their distance, the nearest first; equally near ones as they stand."""
    scores = [
        (far, abs(here - there), here, there)
        for here, i in enumerate(rest.primary)
        for there, j in enumerate(rest.candidate)
        if (far := distance(primary[i], candidate[j])) <= farthest
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, here, there in sorted(scores):
        if here not in pairs and there not in taken:
            pairs[here] = there
            taken.add(there)
    return [(rest.primary[here], rest.candidate[there]) for here, there in pairs.items()]


def _pair_by_position(rest: Rest, placed: Sequence[Pair]) -> list[Pair]:
    """Pair in order what stands between the same neighbours; if all is shuffled, all in order."""
    here, there = [i for i, _ in sorted(placed)], [j for _, j in sorted(placed)]
    if there != sorted(there):
        return list(zip(rest.primary, rest.candidate, strict=False))
    gaps: defaultdict[int, list[int]] = defaultdict(list)
    for j in rest.candidate:
        gaps[bisect(there, j)].append(j)
    waiting = {gap: iter(positions) for gap, positions in gaps.items()}
    partners = ((i, next(waiting.get(bisect(here, i), iter(())), None)) for i in rest.primary)
    return [(i, j) for i, j in partners if j is not None]
