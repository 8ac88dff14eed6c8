"""Templates of many paths together: which names are parameters, on evidence.

A name becomes a parameter where many names stand, and where the same things stand below them or
their answers have one shape. That many stand there is no evidence alone: so do routes. Paths that
the primary does not know say nothing. The outcome does not depend on the order of the paths.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shadow.diff.endpoints.router import NOT_FOUND, is_typed, typed_segments

OTHER = "(other)"
"""The template of all that is beyond the bound."""

_NAME = "{name}"
_MANY = 8
_MOST_TEMPLATES = 1_000
_HTTP_NOT_FOUND = 404
_ROUTES = frozenset(
    {
        *("me", "self", "current", "latest", "new", "search", "count", "export", "import", "login"),
        *("logout", "all", "batch", "bulk", "health", "status", "stats", "settings", "edit"),
        *("default", "recent", "popular", "trending", "autocomplete", "suggest", "metrics"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request as a log tells of it; `shape` is any word that names the form of the answer."""

    method: str
    path: str
    status: int | None = None
    shape: str = ""


type _Segments = tuple[str, ...]


@dataclass(slots=True)
class _Node:
    """What was seen at one place of the paths, and below it."""

    below: dict[str, "_Node"] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)


class Templates:
    """The templates of all visits; `of` names one's."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        visits = [visit for visit in visits if visit.status != _HTTP_NOT_FOUND]
        self._root = _Node()
        for visit in visits:
            self._add(visit)
        _merge(self._root)
        counted = Counter((visit.method, self._template(visit)) for visit in visits)
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        self._kept = frozenset(key for key, _ in ranked[:_MOST_TEMPLATES])

    def of(self, visit: Visit) -> str:
        """The template of a visit's path."""
        template = self._template(visit)
        if (visit.method, template) in self._kept:
            return template
        if visit.status == _HTTP_NOT_FOUND:
            return template if is_typed(template) else NOT_FOUND
        return OTHER

    def _add(self, visit: Visit) -> None:
        node = self._root
        for segment in typed_segments(visit.path):
            node = node.below.setdefault(segment, _Node())
        node.ends.add(visit.method)
        if visit.shape:
            node.shapes.add(f"{visit.method} {visit.shape}")

    def _template(self, visit: Visit) -> str:
        return "/" + "/".join(self._names(typed_segments(visit.path)))

    def _names(self, segments: Sequence[str]) -> Iterator[str]:
        node: _Node | None = self._root
        for segment in segments:
            name = segment
            if node is not None and segment not in node.below and _NAME in node.below:
                name = _NAME if _may_be_name(segment) else segment
            yield name
            node = None if node is None else node.below.get(name)


def _may_be_name(segment: str) -> bool:
    return not is_typed(segment) and segment.lower() not in _ROUTES


def _merge(root: _Node) -> None:
    """Merge names from the deepest places up, as evidence is what stands below."""
    order = [root]
    for node in order:
        order += node.below.values()
    for node in reversed(order):
        names = _names_in(node)
        if names:
            merged = _Node()
            for name in sorted(names):
                _join(merged, node.below.pop(name))
            node.below[_NAME] = merged
            _merge_again(merged)


def _merge_again(node: _Node) -> None:
    """What was too little evidence under each name may be enough under all of them."""
    stack = [node]
    while stack:
        here = stack.pop()
        names = _names_in(here)
        if names:
            merged = here.below.setdefault(_NAME, _Node())
            for name in sorted(names):
                _join(merged, here.below.pop(name))
        stack += here.below.values()


def _names_in(node: _Node) -> set[str]:
    """The segments at a place that are names of one sort of thing."""
    words = {word: below for word, below in node.below.items() if _may_be_name(word)}
    if len(words) < _MANY:
        return set()
    return _by_shape(words) | _by_continuation(words)


def _by_shape(words: Mapping[str, _Node]) -> set[str]:
    groups: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for word, node in words.items():
        if node.shapes:
            groups[frozenset(node.shapes)].add(word)
    return {word for group in groups.values() if len(group) >= _MANY for word in group}


def _by_continuation(words: Mapping[str, _Node]) -> set[str]:
    """Words below which only such things stand as stand below many."""
    below = {word: frozenset(node.below) for word, node in words.items() if node.below}
    counted = Counter(step for steps in below.values() for step in steps)
    common = {step for step, number in counted.items() if number >= _MANY}
    return {word for word, steps in below.items() if steps <= common}


def _join(into: _Node, other: _Node) -> None:
    stack = [(into, other)]
    while stack:
        here, there = stack.pop()
        here.ends |= there.ends
        here.shapes |= there.shapes
        for segment, node in there.below.items():
            stack.append((here.below.setdefault(segment, _Node()), node))
