"""Documents that are one text but for the values of a few names: a time, an id, a price.

Most answers that differ do so in this way. Then one of the two need not be parsed: its values are
the other's, but for what stands behind these names.

Why that is right: a quote inside a JSON text is escaped, so `"word":` is always a name and its
colon, unless an escape stands before it; what follows is a value, and if it is a scalar without
escapes, its end is known too. Two texts that are equal but for such scalars have one structure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import ne
from typing import cast

from shadow.diff.identifiers import identifier_kind
from shadow.diff.limits import Findings
from shadow.diff.location import Location, Place
from shadow.diff.pairing import identity_of, values_of
from shadow.diff.parse import Json, parse_json, parse_utf8
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.table import Table
from shadow.diff.tree import Part, compare_parts

_SCALAR = rb'"[^"\\\x00-\x1f]*"|-?[0-9][0-9.eE+-]*|true|false|null'
_VALUE = re.compile(rb'": ?(' + _SCALAR + rb")")
_SCALARS = re.compile(rb"(?: ?(?:" + _SCALAR + rb")\x00)*+")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_FARTHEST = 4_096
"""So many bytes before a place that differs its name is looked for."""
_MAX_NAMES = 3
_FEWEST_BYTES = 2_048
_MAX_DEPTH = 3
_FIRST_STEP = 64

type _Path = tuple[str, ...]
type _Objects = list[dict[str, Json]]


@dataclass(slots=True)
class _Home:
    """The object, or the list of objects, that holds all values of some names."""

    path: _Path
    container: dict[str, Json] | _Objects
    names: list[str]


def compare_fields(primary: bytes, candidate: bytes, findings: Findings) -> bool:
    """Compare two JSON texts that differ in values of a few names only.

    False, and nothing is found, where that is not so or it is not sure what belongs together.
    Raises LimitReachedError as the walk does.
    """
    names = _differing_names(primary, candidate)
    texts = _values(names, primary, candidate) if names else None
    if texts is None:
        return False
    try:
        document = parse_json(primary)
        others = {name: cast("list[Json]", parse_utf8(text)) for name, text in texts.items()}
    except (UnreadableError, TooLargeToReadError):
        return False
    homes = _homes(document, {name: len(values) for name, values in others.items()})
    parts = [part for home in homes or () if (part := _part(document, home, others)) is not None]
    if homes is None or len(parts) < len(homes):
        return False
    return compare_parts(parts, findings)


def _differing_names(primary: bytes, candidate: bytes) -> frozenset[bytes]:
    """The names behind which the first places that differ stand; none where it is not so.

    A name that comes again is likely to be one that differs in each object of a list.
    """
    names: set[bytes] = set()
    i = j = 0
    if min(len(primary), len(candidate)) < _FEWEST_BYTES:
        return frozenset()
    while len(names) <= _MAX_NAMES:
        common = _common(primary, candidate, i, j)
        i, j = i + common, j + common
        if i == len(primary) and j == len(candidate):
            return frozenset(names)
        found = _value_at(primary, candidate, i, j)
        if found is None:
            return frozenset()
        name, i, j = found
        if name in names:
            return frozenset(names)
        names.add(name)
    return frozenset()


def _common(primary: bytes, candidate: bytes, i: int, j: int) -> int:
    """How many bytes are the same from these positions on."""
    rest = min(len(primary) - i, len(candidate) - j)
    low, step = 0, _FIRST_STEP
    while low < rest and primary[i + low : i + low + step] == candidate[j + low : j + low + step]:
        low, step = low + step, step * 2
    high = min(low + step, rest)
    low = min(low, rest)
    while low < high:
        middle = (low + high + 1) // 2
        if primary[i + low : i + middle] == candidate[j + low : j + middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _value_at(primary: bytes, candidate: bytes, i: int, j: int) -> tuple[bytes, int, int] | None:
    """The name of the scalars that hold these positions, and where they end in both texts."""
    colon = primary.rfind(b'":', max(0, i - _FARTHEST), i)
    if colon < 0:
        return None
    name = _WORD.fullmatch(primary, primary.rfind(b'"', 0, colon) + 1, colon)
    here, there = _VALUE.match(primary, colon), _VALUE.match(candidate, colon + j - i)
    if name is None or here is None or there is None or here[1] == there[1]:
        return None
    if here.end() < i or there.end() < j:
        return None
    return name[0], here.end(), there.end()


def _values(names: frozenset[bytes], primary: bytes, candidate: bytes) -> dict[str, bytes] | None:
    """For each name the candidate's values, as the text of a list; None where more differs."""
    here = _pattern(names).split(primary)
    there = _in_the_same_places(here, primary, candidate)
    if there is None:
        there = _pattern(names).split(candidate)
        if here[::3] != there[::3] or here[1::3] != there[1::3]:
            return None
    if _are_spelt_otherwise(names, here[1::3], primary):
        return None
    if len(names) == 1:
        return {name.decode(): b"[%b]" % b",".join(there[2::3]) for name in names}
    found: dict[bytes, list[bytes]] = {name: [] for name in sorted(names)}
    for name, value in zip(there[1::3], there[2::3], strict=True):
        found[name[1:-2]].append(value)
    return {name.decode(): b"[%b]" % b",".join(values) for name, values in found.items()}


def _in_the_same_places(here: list[bytes], primary: bytes, candidate: bytes) -> list[bytes] | None:
    """The candidate's text split as the primary's is, where all values have their lengths."""
    if len(primary) != len(candidate):
        return None
    ends = list(accumulate(map(len, here)))
    values = [candidate[i:j] for i, j in zip(ends[1::3], ends[2::3], strict=True)]
    # No scalar has this byte in it, so that each value is one scalar.
    if _SCALARS.fullmatch(b"\0".join([*values, b""])) is None:
        return None
    there = here.copy()
    there[2::3] = values
    return there if b"".join(there) == candidate else None


def _are_spelt_otherwise(names: frozenset[bytes], found: list[bytes], text: bytes) -> bool:
    """Whether a name may also stand with escapes or a space behind it, or be a longer one's end.

    `found` has the name of each value that was found, quoted and with its colon.
    """
    if b"\\" in text and (b"\\u" in text or any(b'\\"%b":' % name in text for name in names)):
        return True
    return any(_stands_elsewhere(name, found.count(b'"%b":' % name), text) for name in names)


def _stands_elsewhere(name: bytes, times: int, text: bytes) -> bool:
    """Whether a name stands more often than that, if it is no value."""
    quoted = b'"%b"' % name
    if text.count(quoted) == times:
        return False
    is_spread = re.search(quoted + rb"[ \t\r\n]", text) is not None
    return is_spread or text.count(quoted + b":") != times


@lru_cache(maxsize=256)
def _pattern(names: frozenset[bytes]) -> re.Pattern[bytes]:
    return re.compile(rb'("(?:' + b"|".join(sorted(names)) + rb')":)( ?(?:' + _SCALAR + rb"))")


def _homes(document: Json, counts: Mapping[str, int]) -> list[_Home] | None:
    """Where the values of the names are; None where some of them are elsewhere."""
    homes: dict[_Path, _Home] = {}
    for name, count in counts.items():
        if identifier_kind(name) is not None:
            return None
        for path, container in _containers(document):
            if _holds(container, name, count):
                homes.setdefault(path, _Home(path, container, [])).names.append(name)
                break
        else:
            return None
    return list(homes.values())


def _containers(
    value: Json, path: _Path = ()
) -> Iterator[tuple[_Path, dict[str, Json] | _Objects]]:
    """Objects that stand in no list, and lists that stand in none and begin with an object."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield path, cast("_Objects", value)
    elif isinstance(value, dict):
        yield path, value
        if len(path) < _MAX_DEPTH:
            for name, inner in value.items():
                if isinstance(inner, dict | list):
                    yield from _containers(inner, (*path, name))


def _holds(container: dict[str, Json] | _Objects, name: str, count: int) -> bool:
    if isinstance(container, dict):
        return count == 1 and name in container
    return count == len(container) and values_of(name, cast("list[Json]", container)) is not None


def _part(document: Json, home: _Home, others: Mapping[str, list[Json]]) -> Part | None:
    """What is to be compared there; None where it is not sure which objects belong together."""
    location, place = Location(), cast("Place", None)
    for name in home.path:
        members = cast("dict[str, Json]", document)
        location, place = location.member(name, members), (place, name, name)
        document = members[name]
    container = home.container
    if isinstance(container, dict):
        here = {name: container[name] for name in home.names}
        return location, place, (here, {name: others[name][0] for name in home.names})
    columns = [
        (name, cast("list[Json]", values_of(name, cast("list[Json]", container))), others[name])
        for name in home.names
    ]
    if not _stay_in_place(container, home.names, columns):
        return None
    pairs = list(zip(range(len(container)), range(len(container)), strict=True))
    table = Table(pairs=pairs, columns=columns, among=container[0])
    return location.element(), place, table


def _stay_in_place(
    records: _Objects, names: list[str], columns: list[tuple[str, list[Json], list[Json]]]
) -> bool:
    """Whether the walk would compare each object with the one in the same position."""
    identity = identity_of(cast("list[Json]", records))
    if identity is not None and identity not in names:
        return True
    rows = {at for _, here, there in columns for at, far in enumerate(map(ne, here, there)) if far}
    return len(rows) == 1
