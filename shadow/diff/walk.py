"""One walk of two documents, place by place."""

from collections.abc import Mapping
from typing import cast

from shadow.diff.alignment import Alignment
from shadow.diff.decoded import decode_pair
from shadow.diff.excuses import Node
from shadow.diff.limits import Column, Findings
from shadow.diff.lists import align
from shadow.diff.location import Location, Place
from shadow.diff.matching import Matchings
from shadow.diff.parse import Json
from shadow.diff.passed_over import PassedOver
from shadow.diff.rules.values import ABSENT
from shadow.diff.scalars import scalar_difference
from shadow.diff.shape import have_one_shape
from shadow.diff.table import Table
from shadow.diff.unshared import Around, align_left
from shadow.model import DifferenceKind

type Object = dict[str, Json]
type _Waiting = tuple[Location, Place, Node | None, Json, Json]


class Walk:
    """A walk in lock-step; containers yet to be entered wait on a stack, so depth is no limit."""

    def __init__(self, findings: Findings, structure: Node | None, *, is_strict: bool) -> None:
        self._findings = findings
        self._structure = structure
        self._is_strict = is_strict
        self._matchings = Matchings(findings, is_hasty=not is_strict)
        self._passed_over = PassedOver()
        self._root = Location()
        self._stack: list[_Waiting] = []
        # Matchings and locations know containers by their ids: none may be freed before the end.
        self._decoded: list[tuple[Json, Json]] = []

    def compare(self, primary: Json, candidate: Json) -> None:
        """Visit all places, in the order of the primary's document."""
        if not self._is_strict and primary == candidate:
            self._passed_over.add(primary, candidate)
            return
        self._meet(self._root, None, self._structure, primary, candidate)
        self._visit_waiting()

    def compare_around(self, around: Around) -> bool:
        """Visit all places around a list, then what is left of it; False where it is not sure."""
        location, place, node = self._root, cast("Place", None), self._structure
        above = around.primary
        for name in around.path:
            members = cast("Object", above)
            location, place = location.member(name, members), (place, name, name)
            node, above = None if node is None else node.member(name), members[name]
        if node is not None and (node.key or node.set_rule is not None):
            return False
        alignment = align_left(around.left, self._matchings.at(node, place))
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

    def enter(self, location: Location, place: Place, part: Table | tuple[Object, Object]) -> None:
        """Compare records that stand in lists, or two objects, none of whose members has parts."""
        if isinstance(part, Table):
            self._enter_table(location, place, part)
        else:
            self._enter_objects(location, place, None, *part)

    def passed_over_nothing_else(self) -> bool:
        """Whether all that was taken for equal is so in JSON's terms too."""
        return self._passed_over.is_equal()

    def _meet(
        self, location: Location, place: Place, node: Node | None, primary: Json, candidate: Json
    ) -> None:
        """Compare what stands at one place, or put it off when it has parts."""
        if type(primary) is type(candidate) and isinstance(primary, dict | list):
            self._stack.append((location, place, node, primary, candidate))
            return
        kind = scalar_difference(primary, candidate)
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
        elif (kind := scalar_difference(primary, candidate)) is not None:
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
                        self._passed_over.add(here, there)
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
        alignment = align(primary, candidate, self._matchings.at(node, place))
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
        self._passed_over.add_all(alignment.equal_here, alignment.equal_there)
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
                self._passed_over.add(here, there)
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
                        self._passed_over.add(value, other)
                    continue
                self._meet(where, ((place, i, j), name, name), None, value, other)
