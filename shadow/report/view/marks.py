"""What each place at which two answers differ means to the verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shadow.model import Difference, DifferenceKind, Endpoint, Example, Finding, Verdict


class Mark(StrEnum):
    """Why a place is marked; of a place that has several, the first of these holds."""

    FINDING = "finding"
    """It is of the finding that is shown."""
    OTHER_FINDING = "other_finding"
    SUSPICIOUS = "suspicious"
    ACCEPTED = "accepted"
    EXCUSED = "excused"
    NOISE = "noise"
    UNCOUNTED = "uncounted"
    """It differs, and nothing was held against it: a tolerance, an ignored header, a limit."""


SAID: Mapping[Mark, str] = {
    Mark.FINDING: "differs",
    Mark.OTHER_FINDING: "other finding",
    Mark.SUSPICIOUS: "suspicious",
    Mark.ACCEPTED: "accepted",
    Mark.EXCUSED: "excused",
    Mark.NOISE: "noise",
    Mark.UNCOUNTED: "not counted",
}
"""How a mark is written beside what it marks."""

_ORDER = tuple(Mark)
_ENVELOPE = ("status", "reply", "header:")


type _Place = tuple[str, DifferenceKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks of one example: in the two bodies by JSON Pointer, in the envelope by location.

    `missing` are the pointers of what the candidate lacks. `body` is that of a body that is not
    JSON: one for all of it, as its lines have no names.
    """

    primary: Mapping[str, Mark]
    candidate: Mapping[str, Mark]
    missing: frozenset[str]
    envelope: Mapping[str, Mark]
    body: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a verdict knows of the places of one endpoint."""

    marks: Mapping[_Place, Mark]

    def of(self, difference: Difference, finding: frozenset[_Place]) -> Mark:
        """Say what a difference is, beside a finding that has these places."""
        place = (difference.location, difference.kind)
        if place in finding:
            return Mark.FINDING
        if difference.excused_by:
            return Mark.EXCUSED
        return self.marks.get(place, Mark.UNCOUNTED)


def known_of(verdict: Verdict) -> Mapping[Endpoint, Known]:
    """Bring together what the verdict says of each endpoint's places."""
    found: dict[Endpoint, dict[_Place, Mark]] = {}
    for mark, findings in (
        (Mark.NOISE, verdict.noise),
        (Mark.EXCUSED, [each.finding for each in verdict.ruled]),
        (Mark.ACCEPTED, [each.finding for each in verdict.accepted]),
        (Mark.SUSPICIOUS, verdict.suspects),
        (Mark.OTHER_FINDING, verdict.findings),
    ):
        for place in (place for finding in findings for place in finding.places):
            found.setdefault(place.endpoint, {})[place.location, place.kind] = mark
    return {endpoint: Known(marks=marks) for endpoint, marks in found.items()}


def marks_of(example: Example, finding: Finding, known: Known) -> Marks:
    """Mark the places of an example of a finding."""
    own = frozenset((place.location, place.kind) for place in finding.places)
    marked = [(each, known.of(each, own)) for each in example.differences]
    bodies = [pair for pair in marked if not pair[0].location.startswith(_ENVELOPE)]
    envelope = [pair for pair in marked if pair[0].location.startswith(_ENVELOPE)]
    return Marks(
        primary=_strongest(
            (each.pointer, mark) for each, mark in bodies if each.kind is not DifferenceKind.EXTRA
        ),
        candidate=_strongest(
            (each.pointer, mark) for each, mark in bodies if each.kind is DifferenceKind.EXTRA
        ),
        missing=frozenset(
            each.pointer for each, _ in bodies if each.kind is DifferenceKind.MISSING
        ),
        envelope=_strongest((_header(each.location), mark) for each, mark in envelope),
        body=_for_all(mark for _, mark in bodies),
    )


def _strongest(marked: Iterable[tuple[str, Mark]]) -> Mapping[str, Mark]:
    found: dict[str, Mark] = {}
    for name, mark in marked:
        found[name] = min(found.get(name, mark), mark, key=_ORDER.index)
    return found


def _header(location: str) -> str:
    """A cookie's place is that of the header it came in."""
    return location.partition("[")[0]


def _for_all(marks: Iterable[Mark]) -> Mark:
    """The mark of all lines that differ: they can't be told apart where it is not one."""
    kinds = set(marks)
    return kinds.pop() if len(kinds) == 1 else Mark.UNCOUNTED
