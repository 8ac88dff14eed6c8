"""The typed walk of two documents: every place where they differ, at any depth.

JSON's equality is not Python's: true is not 1. But Python's is a hundred times faster than a walk,
so what it calls equal is passed over, and all of it is checked in one stroke at the end. If that
check fails, the documents are walked again without the short cut.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import cast

from shadow.diff.canonical import EXACT_FLOATS, exact_text, fast_texts
from shadow.diff.decoded import decode_pair
from shadow.diff.digest import Digests
from shadow.diff.excuses import Node
from shadow.diff.likeness import Distances
from shadow.diff.limits import Column, Findings
from shadow.diff.lists import Alignment, Left, Matching, align, align_left
from shadow.diff.location import Location, Place
from shadow.diff.pairing import IDENTITIES
from shadow.diff.parse import Json
from shadow.diff.rules.values import ABSENT
from shadow.diff.shape import have_one_shape, shape_changed
from shadow.diff.table import Table
from shadow.model import DifferenceKind

type _Object = dict[str, Json]
type Part = tuple[Location, Place, Table | tuple[_Object, _Object]]
"""Where two objects stand, and they; or where the records of two lists stand, and their table."""

type _Waiting = tuple[Location, Place, Node | None, Json, Json]


def compare_json(
    primary: Json, candidate: Json, findings: Findings, structure: Node | None = None
) -> None:
    """Add a difference for each place where two documents differ.

    `structure` holds the rules that say how places are compared. Raises LimitReachedError when the
    comparison has cost what it may.
    """
    mark = findings.mark()
    try:
        hasty = _Walk(findings, structure, is_strict=False)
        hasty.compare(primary, candidate)
        if hasty.passed_over_nothing_else():
            return
    except RecursionError:
        pass
    findings.forget(mark)
    _Walk(findings, structure, is_strict=True).compare(primary, candidate)


def compare_parts(parts: Iterable[Part], findings: Findings) -> bool:
    """Compare parts of two documents that are equal everywhere else.

    False, and nothing is found, where Python's equality may not be JSON's. Raises
    LimitReachedError as `compare_json` does.
    """
    mark = findings.mark()
    walk = _Walk(findings, None, is_strict=False)
    for location, place, part in parts:
        walk.enter(location, place, part)
    if walk.passed_over_nothing_else():
        return True
    findings.forget(mark)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Two documents with an empty list each in place of a long one, and what is left of these two.

    `path` has the names on the way to the list; one object for both documents says that they are
    equal around it.
    """

    path: tuple[str, ...]
    primary: Json
    candidate: Json
    left: Left
    texts: tuple[list[bytes], list[bytes]]
    """All elements of the two lists, unparsed."""


def compare_around(around: Around, findings: Findings, structure: Node | None = None) -> bool:
    """Compare two documents that share most elements of a list, as `compare_json` does.

    False, and nothing is found, where it is not sure what belongs together, or Python's equality
    may not be JSON's. Raises LimitReachedError as `compare_json` does.
    """
    mark = findings.mark()
    walk = _Walk(findings, structure, is_strict=False)
    try:
        if walk.compare_around(around) and walk.passed_over_nothing_else():
            return True
    except RecursionError:
        pass
    findings.forget(mark)
    return False


class _Walk:
    """A walk in lock-step; containers yet to be entered wait on a stack, so depth is no limit."""

    def __init__(self, findings: Findings, structure: Node | None, *, is_strict: bool) -> None:
        self._findings = findings
        self._structure = structure
        self._is_strict = is_strict
        self._digests = Digests()
        self._folded = Digests(are_folded=True)
        self._distances = Distances(findings.limits.max_distances)
        self._root = Location()
        self._stack: list[_Waiting] = []
        # Digests and locations know containers by their ids: none may be freed before the end.
        self._decoded: list[tuple[Json, Json]] = []
        self._equal_here: list[Json] = []
        self._equal_there: list[Json] = []

    def compare(self, primary: Json, candidate: Json) -> None:
        """Visit all places, in the order of the primary's document."""
        if not self._is_strict and primary == candidate:
            self._pass_over(primary, candidate)
            return
        self._meet(self._root, None, self._structure, primary, candidate)
        self._visit_waiting()

    def compare_around(self, around: Around) -> bool:
        """Visit all places around a list, then what is left of it; False where it is not sure."""
        location, place, node = self._root, cast("Place", None), self._structure
        above = around.primary
        for name in around.path:
            members = cast("_Object", above)
            location, place = location.member(name, members), (place, name, name)
            node, above = None if node is None else node.member(name), members[name]
        if node is not None and (node.key or node.set_rule is not None):
            return False
        alignment = align_left(around.left, self._matching(node, place))
        if alignment is None:
            return False
        if around.primary is not around.candidate:
            self.compare(around.primary, around.candidate)
        left = around.left
        self._enter_aligned(location, place, node, alignment, left.primary, left.candidate)
        if alignment.moved:
            here, there = cast("tuple[Json, Json]", around.texts)
            self._findings.see(location, place, DifferenceKind.ORDER, here, there)
        self._visit_waiting()
        return True

    def _visit_waiting(self) -> None:
        while self._stack:
            location, place, node, here, there = self._stack.pop()
            waiting = len(self._stack)
            if isinstance(here, dict) and isinstance(there, dict):
                self._enter_objects(location, place, node, here, there)
            elif isinstance(here, list) and isinstance(there, list):
                self._enter_arrays(location, place, node, here, there)
            if len(self._stack) > waiting + 1:
                self._stack[waiting:] = reversed(self._stack[waiting:])

    def enter(
        self, location: Location, place: Place, part: Table | tuple[_Object, _Object]
    ) -> None:
        """Compare records that stand in lists, or two objects, none of whose members has parts."""
        if isinstance(part, Table):
            self._enter_table(location, place, part)
        else:
            self._enter_objects(location, place, None, *part)

    def passed_over_nothing_else(self) -> bool:
        """Whether all that was taken for equal is so in JSON's terms too."""
        here = fast_texts([self._equal_here])
        if here is not None:
            return here == fast_texts([self._equal_there])
        return exact_text(self._equal_here) == exact_text(self._equal_there)

    def _pass_over(self, primary: Json, candidate: Json) -> None:
        self._equal_here.append(primary)
        self._equal_there.append(candidate)

    def _meet(
        self, location: Location, place: Place, node: Node | None, primary: Json, candidate: Json
    ) -> None:
        """Compare what stands at one place, or put it off when it has parts."""
        if type(primary) is type(candidate) and isinstance(primary, dict | list):
            self._stack.append((location, place, node, primary, candidate))
            return
        kind = _scalar_difference(primary, candidate)
        if kind is None:
            return
        if node is not None and node.decode_rule is not None:
            self._decode(location, place, node, kind, primary, candidate)
        else:
            self._findings.see(location, place, kind, primary, candidate)

    def _decode(
        self,
        location: Location,
        place: Place,
        node: Node,
        kind: DifferenceKind,
        primary: Json,
        candidate: Json,
    ) -> None:
        """Compare what two texts hold; the texts themselves then differ with an excuse."""
        decoded = decode_pair(node.encodings, primary, candidate)
        if decoded is None:
            self._findings.see(location, place, kind, primary, candidate)
            return
        self._findings.see(location, place, kind, primary, candidate, node.decode_rule)
        self._decoded.append(decoded)
        self._meet_decoded(location, place, node, *decoded)

    def _meet_decoded(
        self, location: Location, place: Place, node: Node, primary: Json, candidate: Json
    ) -> None:
        if isinstance(primary, dict | list) and type(primary) is type(candidate):
            self._stack.append((location, place, node, primary, candidate))
        elif (kind := _scalar_difference(primary, candidate)) is not None:
            self._findings.see(location, place, kind, primary, candidate)

    def _enter_objects(
        self,
        location: Location,
        place: Place,
        node: Node | None,
        primary: dict[str, Json],
        candidate: dict[str, Json],
    ) -> None:
        findings, is_strict = self._findings, self._is_strict
        findings.spend(1 + len(primary) + len(candidate))
        shared = 0
        for name, here in primary.items():
            there = candidate.get(name, ABSENT)
            sort = type(here)
            if there is ABSENT:
                where = location.member(name, primary)
                findings.see(where, (place, name, name), DifferenceKind.MISSING, here, ABSENT)
                continue
            shared += 1
            if sort is type(there):
                if sort is dict or sort is list:
                    if not is_strict and here == there:
                        self._equal_here.append(here)
                        self._equal_there.append(there)
                        continue
                elif here == there:
                    continue
            below = None if node is None else node.member(name)
            where = location.member(name, primary)
            self._meet(where, (place, name, name), below, here, there)
        if shared < len(candidate):
            for name, there in candidate.items():
                if name not in primary:
                    where = location.member(name, primary or candidate)
                    findings.see(where, (place, name, name), DifferenceKind.EXTRA, ABSENT, there)

    def _enter_arrays(
        self,
        location: Location,
        place: Place,
        node: Node | None,
        primary: list[Json],
        candidate: list[Json],
    ) -> None:
        alignment = align(primary, candidate, self._matching(node, place))
        self._enter_aligned(location, place, node, alignment, primary, candidate)
        if alignment.moved:
            self._findings.see(location, place, DifferenceKind.ORDER, primary, candidate)

    def _enter_aligned(
        self,
        location: Location,
        place: Place,
        node: Node | None,
        alignment: Alignment,
        primary: list[Json] | Mapping[int, Json],
        candidate: list[Json] | Mapping[int, Json],
    ) -> None:
        """Compare elements of two lists; they are asked for by where they stand."""
        self._findings.spend(alignment.cost)
        self._equal_here += alignment.equal_here
        self._equal_there += alignment.equal_there
        element = location.element()
        table = None
        if not self._is_strict and (node is None or not node.says_more_below):
            table = Table.of(primary, candidate, alignment.changed)
        if table is not None:
            self._enter_table(element, place, table)
        else:
            for i, j in alignment.changed:
                below = None if node is None else node.element(i)
                self._meet(element, (place, i, j), below, primary[i], candidate[j])
        self._see_alone(element, place, node, alignment, primary, candidate)

    def _see_alone(
        self,
        element: Location,
        place: Place,
        node: Node | None,
        alignment: Alignment,
        primary: list[Json] | Mapping[int, Json],
        candidate: list[Json] | Mapping[int, Json],
    ) -> None:
        """Keep what stands on one side only; what repeats in a set has an excuse."""
        rule = None if node is None else node.set_rule
        for positions, excuse in ((alignment.missing, None), (alignment.repeats_here, rule)):
            for at in positions:
                where = (place, at, at)
                self._findings.see(
                    element, where, DifferenceKind.MISSING, primary[at], ABSENT, excuse
                )
        for positions, excuse in ((alignment.extra, None), (alignment.repeats_there, rule)):
            for at in positions:
                where = (place, at, at)
                self._findings.see(
                    element, where, DifferenceKind.EXTRA, ABSENT, candidate[at], excuse
                )

    def _enter_table(self, location: Location, place: Place, table: Table) -> None:
        """Compare records column by column: whole columns are equal at the cost of a look."""
        self._findings.spend(table.size)
        for name, here, there in table.columns:
            if here == there:
                self._equal_here.append(here)
                self._equal_there.append(there)
                continue
            where = location.member(name, table.among)
            if have_one_shape(here, there):
                column = Column(
                    place=place, name=name, pairs=table.pairs, primary=here, candidate=there
                )
                self._findings.see_column(where, column)
                continue
            for (i, j), value, other in zip(table.pairs, here, there, strict=True):
                if value == other and type(value) is type(other):
                    if isinstance(value, dict | list):
                        self._pass_over(value, other)
                    continue
                self._meet(where, ((place, i, j), name, name), None, value, other)

    def _matching(self, node: Node | None, place: Place) -> Matching:
        folding = self._folding_at(place)
        if node is None and folding is None:
            return Matching(self._distances, is_hasty=not self._is_strict)
        has_digests = node is not None and node.says_more_below
        return Matching(
            self._distances,
            is_hasty=not self._is_strict,
            key=() if node is None else node.key,
            ignored=_ignored(folding),
            digests=partial(self._digests.of_elements, node) if node and has_digests else None,
            folded=partial(self._folded.of_elements, folding) if folding else None,
            is_unordered=node is not None and node.is_unordered,
            is_set=node is not None and node.set_rule is not None,
        )

    def _folding_at(self, place: Place) -> Node | None:
        """What rules say of the elements of a list here; None for nothing."""
        rules = self._findings.rules
        node = None if rules is None else rules.folding_root
        steps = []
        while node is not None and place is not None:
            place, step, _ = place
            steps.append(step)
        for step in reversed(steps):
            if node is None:
                return None
            node = node.member(step) if isinstance(step, str) else node.element(step)
        return node if node is not None and node.says_more_below else None


def _ignored(folding: Node | None) -> frozenset[str]:
    """Names that identify nothing, as rules let their values stand for others."""
    element = None if folding is None else folding.element(0)
    if element is None:
        return frozenset()
    below = ((name, element.member(name)) for name in IDENTITIES)
    return frozenset(
        name for name, node in below if node is not None and node.folded("") is not None
    )


def _scalar_difference(primary: Json, candidate: Json) -> DifferenceKind | None:
    """In what way two values differ that are not both objects or both arrays."""
    if type(primary) is str and type(candidate) is str:
        if primary == candidate:
            return None
        changed = shape_changed(primary, candidate)
        return DifferenceKind.SHAPE if changed else DifferenceKind.VALUE
    here, there = _type_name(primary), _type_name(candidate)
    if here != there:
        return DifferenceKind.NULL if "null" in {here, there} else DifferenceKind.TYPE
    if isinstance(primary, dict | list) or isinstance(candidate, dict | list):
        return None
    if _is_one_number(primary, candidate):
        return None
    changed = shape_changed(primary, candidate)
    return DifferenceKind.SHAPE if changed else DifferenceKind.VALUE


def _is_one_number(primary: Json, candidate: Json) -> bool:
    """Whether two values of one type are equal, if they are numbers: whatever they are kept in."""
    if isinstance(primary, Decimal) and isinstance(candidate, Decimal):
        return primary == candidate or (primary.is_nan() and candidate.is_nan())
    types = {type(primary), type(candidate)}
    if types == {Decimal, float}:
        return False
    if types == {int, float} and abs(cast("float", primary)) >= EXACT_FLOATS:
        return exact_text(primary) == exact_text(candidate)
    return primary == candidate


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
