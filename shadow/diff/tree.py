"""The typed walk of two JSON documents: every place where they differ, at any depth.

JSON's equality is not Python's: true is not 1, but 1 and 1.0 are one number.
"""

from collections.abc import Callable
from decimal import Decimal

from shadow.diff.canonical import exact_text, fast_texts
from shadow.diff.excerpt import json_excerpt, json_excerpts
from shadow.diff.likeness import Distances
from shadow.diff.limits import Findings, undecided
from shadow.diff.lists import align
from shadow.diff.location import Place, Positions, Side, Templates, pointer
from shadow.diff.parse import Json
from shadow.diff.shape import shape_changed
from shadow.model import Difference, DifferenceKind

_SCALARS = frozenset({str, int, float, bool, type(None), Decimal})


def compare_json(primary: Json, candidate: Json, findings: Findings) -> None:
    """Add a difference for each place where two documents differ.

    Raises LimitReachedError when the comparison has cost what it may.
    """
    if _are_one_text(primary, candidate):
        return
    walk = _Walk(findings)
    walk.meet(None, primary, candidate)
    walk.finish()


def _are_one_text(primary: Json, candidate: Json) -> bool:
    here = fast_texts([primary])
    return here is not None and here == fast_texts([candidate])


class _Walk:
    """A walk in lock-step; containers yet to be entered wait on a stack, so depth is no limit."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._templates = Templates()
        self._distances = Distances(findings.limits.max_distances)
        self._stack: list[tuple[Place | None, Json, Json]] = []

    def meet(self, place: Place | None, primary: Json, candidate: Json) -> None:
        """Compare what stands at one place, or put it off when it has parts."""
        if type(primary) is type(candidate) and isinstance(primary, dict | list):
            self._stack.append((place, primary, candidate))
            return
        kind = _scalar_difference(primary, candidate)
        if kind is not None:
            self._differ(place, kind, primary, candidate)

    def finish(self) -> None:
        """Enter all that was put off, in the order of the primary's document."""
        while self._stack:
            place, primary, candidate = self._stack.pop()
            waiting = len(self._stack)
            if place is not None and place.depth > self._findings.limits.max_depth:
                self._compare_whole(place, primary, candidate)
            elif isinstance(primary, dict) and isinstance(candidate, dict):
                self._enter_objects(place, primary, candidate)
            elif isinstance(primary, list) and isinstance(candidate, list):
                self._enter_arrays(place, primary, candidate)
            self._stack[waiting:] = reversed(self._stack[waiting:])

    def _enter_objects(
        self, place: Place | None, primary: dict[str, Json], candidate: dict[str, Json]
    ) -> None:
        self._findings.spend(1 + len(primary) + len(candidate))
        depth = _depth_below(place)
        among = primary or candidate
        for name, here in primary.items():
            if name not in candidate:
                self._lose(Place(place, name, among, depth), here)
                continue
            there = candidate[name]
            if type(here) is type(there) and type(here) in _SCALARS and here == there:
                continue
            self.meet(Place(place, name, among, depth), here, there)
        for name, there in candidate.items():
            if name not in primary:
                self._gain(Place(place, name, among, depth), there)

    def _enter_arrays(
        self, place: Place | None, primary: list[Json], candidate: list[Json]
    ) -> None:
        depth = _depth_below(place)
        if len(primary) == len(candidate) == 1:
            self._findings.spend(1)
            self.meet(Place(place, Positions(0, 0), None, depth), primary[0], candidate[0])
            return
        if len(primary) == len(candidate) and _are_one_text(primary, candidate):
            self._findings.spend(len(primary))
            return
        alignment = align(primary, candidate, self._distances)
        self._findings.spend(alignment.cost)
        for i, j in alignment.changed:
            self.meet(Place(place, Positions(i, j), None, depth), primary[i], candidate[j])
        for i in alignment.missing:
            self._lose(Place(place, Positions(i, i), None, depth), primary[i])
        for j in alignment.extra:
            self._gain(Place(place, Positions(j, j), None, depth), candidate[j])
        if alignment.moved:
            self._differ(place, DifferenceKind.ORDER, primary, candidate)

    def _compare_whole(self, place: Place, primary: Json, candidate: Json) -> None:
        if exact_text(primary) != exact_text(candidate):
            reason = f"differs below {self._findings.limits.max_depth:,} levels"
            where = self._templates.write(place)
            self._findings.add(undecided(where, reason, pointer(place, Side.PRIMARY)))

    def _lose(self, place: Place, value: Json) -> None:
        self._report(place, DifferenceKind.MISSING, Side.PRIMARY, lambda: (self._text(value), None))

    def _gain(self, place: Place, value: Json) -> None:
        self._report(place, DifferenceKind.EXTRA, Side.CANDIDATE, lambda: (None, self._text(value)))

    def _differ(
        self, place: Place | None, kind: DifferenceKind, primary: Json, candidate: Json
    ) -> None:
        size = self._findings.limits.max_excerpt_chars
        self._report(place, kind, Side.PRIMARY, lambda: json_excerpts(primary, candidate, size))

    def _text(self, value: Json) -> str:
        return json_excerpt(value, self._findings.limits.max_excerpt_chars)

    def _report(
        self,
        place: Place | None,
        kind: DifferenceKind,
        side: Side,
        texts: Callable[[], tuple[str | None, str | None]],
    ) -> None:
        location = self._templates.write(place)
        if not self._findings.takes(location, kind):
            return
        primary, candidate = texts()
        self._findings.add(
            Difference(
                location=location,
                kind=kind,
                pointer=pointer(place, side),
                primary=primary,
                candidate=candidate,
            )
        )


def _depth_below(place: Place | None) -> int:
    return 1 if place is None else place.depth + 1


def _scalar_difference(primary: Json, candidate: Json) -> DifferenceKind | None:
    """In what way two values differ that are not both objects or both arrays."""
    here, there = _type_name(primary), _type_name(candidate)
    if here != there:
        return DifferenceKind.NULL if "null" in {here, there} else DifferenceKind.TYPE
    if isinstance(primary, dict | list) or isinstance(candidate, dict | list):
        return None
    if primary == candidate or _are_both_nan(primary, candidate):
        return None
    changed = shape_changed(primary, candidate)
    return DifferenceKind.SHAPE if changed else DifferenceKind.VALUE


def _type_name(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"


def _are_both_nan(primary: Json, candidate: Json) -> bool:
    return (
        isinstance(primary, Decimal)
        and isinstance(candidate, Decimal)
        and primary.is_nan()
        and candidate.is_nan()
    )
