"""Two JSON documents side by side, walked in lock-step along what was compared with what.

Which elements of two lists belong together is known from the differences: an element that is
`missing` or `extra` stands alone, the others as `shadow.report.view.list_pairs` says.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from shadow.diff.pairing import Pair
from shadow.report.view.json_reader import Array, Node, Object, Scalar
from shadow.report.view.list_pairs import compared_pairs
from shadow.report.view.marks import Mark, Marks
from shadow.report.view.rows import Row, row

_STEP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """A value of one document: what stands before and behind it, and its JSON Pointer."""

    node: Node
    pointer: str = ""
    before: str = ""
    behind: str = ""

    @property
    def opening(self) -> str:
        """Its first line, which is all of it for what holds nothing."""
        match self.node:
            case Scalar(text=text):
                return f"{self.before}{text}{self.behind}"
            case Object(members=members):
                return f"{self.before}{{" + ("" if members else f"}}{self.behind}")
            case Array(elements=elements):
                return f"{self.before}[" + ("" if elements else f"]{self.behind}")

    @property
    def closing(self) -> str:
        """Its last line."""
        return f"{_indent(self.before)}{'}' if isinstance(self.node, Object) else ']'}{self.behind}"

    def inside(self) -> "_Named":
        """What it holds, by name or position."""
        indent = _indent(self.before) + _STEP
        match self.node:
            case Scalar():
                return []
            case Object(members=members):
                held = [
                    (name, _Side(node=node, before=f"{indent}{_quoted(name)}: "))
                    for name, node in members
                ]
            case Array(elements=elements):
                held = [
                    (str(position), _Side(node=node, before=indent))
                    for position, node in enumerate(elements)
                ]
        last = len(held) - 1
        return [
            (
                name,
                replace(
                    side,
                    pointer=f"{self.pointer}/{_step(name)}",
                    behind="," if position < last else "",
                ),
            )
            for position, (name, side) in enumerate(held)
        ]

    def lines(self) -> Iterator[str]:
        """All of its lines."""
        yield self.opening
        held = self.inside()
        for _, side in held:
            yield from side.lines()
        if held:
            yield self.closing


type _Named = list[tuple[str, _Side]]
type _Pair = tuple[_Side | None, _Side | None]


def json_rows(primary: Node, candidate: Node, marks: Marks, *, is_cut: bool) -> Iterator[Row]:
    """Yield the rows of two documents; where one `is_cut`, what is on one side says nothing."""
    walk = _Walk(
        marks=marks,
        differing_here=_with_all_above(marks.primary),
        differing_there=_with_all_above(marks.candidate),
        is_cut=is_cut,
    )
    return walk.pair(_Side(node=primary), _Side(node=candidate))


def json_lines(node: Node) -> Iterator[str]:
    """Yield the lines of one document."""
    return _Side(node=node).lines()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """Where the marks are, and the pointers of what holds one, on either side."""

    marks: Marks
    differing_here: frozenset[str]
    differing_there: frozenset[str]
    is_cut: bool

    @property
    def alone(self) -> Mark | None:
        """The mark of what stands alone without one."""
        return None if self.is_cut else Mark.UNCOUNTED

    def pair(self, primary: _Side, candidate: _Side) -> Iterator[Row]:
        mark = self.marks.primary.get(primary.pointer)
        if type(primary.node) is not type(candidate.node):
            lines = zip_longest(primary.lines(), candidate.lines())
            return (row(one, other, mark or Mark.UNCOUNTED) for one, other in lines)
        if isinstance(primary.node, Scalar):
            unequal = None if primary.node == candidate.node else Mark.UNCOUNTED
            return iter((row(primary.opening, candidate.opening, mark or unequal),))
        return self._containers(primary, candidate, mark)

    def _containers(self, primary: _Side, candidate: _Side, mark: Mark | None) -> Iterator[Row]:
        yield row(primary.opening, candidate.opening, mark)
        here, there = primary.inside(), candidate.inside()
        by_name = isinstance(primary.node, Object)
        for one, other in _by_name(here, there) if by_name else self._compared(here, there):
            yield from self._either(one, other)
        if here or there:
            yield row(primary.closing if here else None, candidate.closing if there else None, None)

    def _either(self, primary: _Side | None, candidate: _Side | None) -> Iterator[Row]:
        if primary is not None and candidate is not None:
            yield from self.pair(primary, candidate)
        elif primary is not None:
            mark = self.marks.primary.get(primary.pointer, self.alone)
            yield from (row(line, None, mark) for line in primary.lines())
        elif candidate is not None:
            mark = self.marks.candidate.get(candidate.pointer, self.alone)
            yield from (row(None, line, mark) for line in candidate.lines())

    def _compared(self, primary: _Named, candidate: _Named) -> Iterator[_Pair]:
        """Pair the elements of two lists; what stands alone comes where it stands on its side."""
        here = [side for _, side in primary if side.pointer not in self.marks.missing]
        there = [side for _, side in candidate if side.pointer not in self.marks.candidate]
        places = {side.pointer: place for place, (_, side) in enumerate(candidate)}
        partners = {here[i].pointer: there[j] for i, j in self._pairs(here, there)}
        taken = {side.pointer for side in partners.values()}
        alone = deque(side for _, side in candidate if side.pointer not in taken)
        for _, one in primary:
            other = partners.get(one.pointer)
            while other is not None and alone and places[alone[0].pointer] < places[other.pointer]:
                yield None, alone.popleft()
            yield one, other
        yield from ((None, side) for side in alone)

    def _pairs(self, primary: Sequence[_Side], candidate: Sequence[_Side]) -> Iterable[Pair]:
        if self.is_cut or len(primary) != len(candidate):
            shorter = min(len(primary), len(candidate))
            return zip(range(shorter), range(shorter), strict=True)
        return compared_pairs(
            [side.node for side in primary],
            [side.node for side in candidate],
            lambda pair: (
                primary[pair[0]].pointer in self.differing_here
                or candidate[pair[1]].pointer in self.differing_there
            ),
        )


def _with_all_above(pointers: Iterable[str]) -> frozenset[str]:
    """The pointers and those of all that holds what they point at."""
    found: set[str] = set()
    for pointer in pointers:
        above = pointer
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return frozenset(found)


def _by_name(primary: _Named, candidate: _Named) -> Iterator[_Pair]:
    """Pair members by name, and by how often that name came before; extra ones come last."""
    others = dict(_numbered(candidate))
    for key, side in _numbered(primary):
        yield side, others.pop(key, None)
    yield from ((None, side) for side in others.values())


def _numbered(members: _Named) -> Iterator[tuple[tuple[str, int], _Side]]:
    seen: Counter[str] = Counter()
    for name, side in members:
        seen[name] += 1
        yield (name, seen[name]), side


def _indent(before: str) -> str:
    return before[: len(before) - len(before.lstrip(" "))]


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _step(name: str) -> str:
    """A step of a pointer as `shadow.diff.location` writes it."""
    storable = name.encode("utf-8", "backslashreplace").decode()
    return storable.replace("~", "~0").replace("/", "~1")
