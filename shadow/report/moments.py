"""What a release looked like when a verdict on it was stored: its few numbers, not its text."""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from shadow.report.json import Json

_STATES = ("findings", "suspects", "accepted", "noise", "excused")
_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A signature as a verdict saw it; `state` is the list of the document that it was in."""

    state: str
    differing: int
    compared: int
    noise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A release at `decided_at`, in epoch seconds; `sightings` are by the ids of findings.

    `candidate_away` exchanges were dropped because the candidate did not answer, or was spared.
    """

    decided_at: float
    decision: str
    captured: int
    compared: int
    uninformative: int
    dropped: int
    candidate_away: int
    findings: int
    sightings: Mapping[str, Sighting]


@lru_cache(maxsize=_KEPT)
def moment_in(content: bytes) -> Moment | None:
    """Read the numbers of a stored verdict; None for one that this Shadow can't read."""
    try:
        document = json.loads(zlib.decompress(content))
        return _moment(document)
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return None


def _moment(document: Mapping[str, Json]) -> Moment:
    accounting = _mapping(document["accounting"])
    dropped = _mapping(_mapping(accounting["reasons"])["dropped"])
    away = (dropped.get(name, 0) for name in ("candidate_unreachable", "candidate_held_back"))
    return Moment(
        decided_at=_float(document["decided_at"]),
        decision=str(document["decision"]),
        captured=_whole(accounting["captured"]),
        compared=_whole(accounting["compared"]),
        uninformative=_whole(accounting["uninformative"]),
        dropped=_whole(accounting["dropped"]),
        candidate_away=sum(map(_whole, away)),
        findings=_whole(_mapping(document["totals"])["findings"]),
        sightings=dict(_sightings(document)),
    )


def _sightings(document: Mapping[str, Json]) -> Iterator[tuple[str, Sighting]]:
    # What a finding is called by may change with the counts: its other places lead to it as well.
    for state in reversed(_STATES):
        for found in map(_mapping, _list(document[state])):
            sighting = Sighting(
                state=state,
                differing=_whole(found["differing"]),
                compared=_whole(found["compared"]),
                noise=_whole(found["noise"]),
            )
            for each in (*map(_mapping, _list(found.get("also_at", []))), found):
                yield str(each["id"]), sighting


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _whole(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def _float(value: Json) -> float:
    if not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)
