"""Templates of many paths together: which words are parameters, on evidence.

Paths that the primary does not know say nothing. The outcome does not depend on the order of the
paths, unless there are more of them than are looked at.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from shadow.diff.endpoints.names import names_at, tokens_at
from shadow.diff.endpoints.router import NOT_FOUND
from shadow.diff.endpoints.segments import is_typed, segments_of
from shadow.diff.endpoints.siblings import sibling_form, siblings_at
from shadow.diff.endpoints.tree import NAME, Node, Step, Tree, path_of, steps_of
from shadow.diff.endpoints.words import may_be_name
from shadow.model import OTHER

_MOST_TEMPLATES = 1_000
_MOST_MISSED = 50
_FEW_MISSED = 3
_OFTEN = 8
_MOST_NODES = 250_000
_MOST_REMEMBERED = 500_000
_MOST_NAMED = 1_000_000
_HTTP_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request as a log tells of it; `shape` is any word that names the form of the answer."""

    method: str
    path: str
    status: int | None = None
    shape: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the primary does not know the path."""
        return self.status == _HTTP_NOT_FOUND

    @property
    def good_shape(self) -> str:
        """The shape of an answer that is no error."""
        return self.shape if self.status is None or 200 <= self.status < 300 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A path's template. A word is `new` that no visit had that was answered."""

    template: str
    has_new_word: bool
    has_new_name: bool


class Templates:
    """The templates of all visits; `of` names one's."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        counted = Counter(visits)
        self._remembered: dict[str, tuple[Step, ...]] = {}
        self._room = _MOST_REMEMBERED
        self._names: dict[str, _Named] = {}
        tree = Tree(_MOST_NODES)
        for visit, number in counted.items():
            if not visit.is_missed:
                tree.add(self._steps(visit.path), visit.method, visit.good_shape, number)
        _merge(tree)
        self._root = tree.root
        self._kept = self._most_visited(counted)
        self._missed = self._most_missed(counted)

    def of(self, visit: Visit) -> str:
        """The template of a visit's path."""
        named = self._named(visit.path)
        if not visit.is_missed:
            return named.template if (visit.method, named.template) in self._kept else OTHER
        if self._is_known(visit):
            return named.template
        missed = _typed(self._steps(visit.path))
        return missed if (visit.method, missed) in self._missed else NOT_FOUND

    def is_learned(self, visit: Visit) -> bool:
        """Whether a path by itself, as a worker sees it, would have another template."""
        template = self._named(visit.path).template
        return not visit.is_missed and template != _typed(self._steps(visit.path))

    def _is_known(self, visit: Visit) -> bool:
        named = self._named(visit.path)
        return not named.has_new_word and (visit.method, named.template) in self._kept

    def _most_visited(self, counted: Counter[Visit]) -> frozenset[tuple[str, str]]:
        templates: Counter[tuple[str, str]] = Counter()
        for visit, number in counted.items():
            if not visit.is_missed:
                templates[visit.method, self._named(visit.path).template] += number
        return _most_frequent(templates, _MOST_TEMPLATES)

    def _most_missed(self, counted: Counter[Visit]) -> frozenset[tuple[str, str]]:
        """The few templates with identifiers to which the answer was always 404."""
        templates: Counter[tuple[str, str]] = Counter()
        for visit, number in counted.items():
            if visit.is_missed and not self._is_known(visit):
                template = _typed(self._steps(visit.path))
                if is_typed(template) and not self._named(visit.path).has_new_name:
                    templates[visit.method, template] += number
        if len(templates) > _FEW_MISSED:
            templates = Counter({key: n for key, n in templates.items() if n >= _OFTEN})
        return _most_frequent(templates, _MOST_MISSED)

    def _steps(self, path: str) -> tuple[Step, ...]:
        """The steps of a path; those of the first paths are remembered."""
        known = self._remembered.get(path)
        if known is not None:
            return known
        steps = _steps_of(path)
        if self._room > 0:
            self._room -= len(steps)
            self._remembered[path] = steps
        return steps

    def _named(self, path: str) -> _Named:
        named = self._names.get(path)
        if named is None:
            named = _named(self._root, self._steps(path))
            if len(self._names) < _MOST_NAMED:
                self._names[path] = named
        return named


def _steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path in a log, where UTF-8 stands as it is read."""
    return steps_of(segments_of(path.encode("utf-8", "replace").decode("latin-1")))


def _merge(tree: Tree) -> None:
    """Merge names from the start of the paths down, as what stands below them is the evidence."""
    places = [(tree.root, 0, "")]
    while places:
        place, depth, step = places.pop()
        if len(place.below) > 1:
            for form, words in siblings_at(place).items():
                place.become(form, words)
            place.become(NAME, names_at(place, depth, step))
            place.become(NAME, tokens_at(place))
        places += [(node, depth + 1, below) for below, node in place.below.items()]


def _named(root: Node, steps: tuple[Step, ...]) -> _Named:
    place: Node | None = root
    taken = []
    has_new_word = has_new_name = False
    for depth, step in enumerate(steps):
        name = _taken(place, step)
        if name is None:
            has_new_word |= not step.is_typed
            name = step.template if place is None else _new_step(place, step, depth)
            has_new_name |= name == NAME
        taken.append(name)
        place = None if place is None else place.below.get(name)
    return _Named(template=path_of(taken), has_new_word=has_new_word, has_new_name=has_new_name)


def _taken(place: Node | None, step: Step) -> str | None:
    """What a step that was seen at a place became."""
    if place is None or step.template in place.below:
        return None if place is None else step.template
    name = place.aliases.get(step.template)
    return place.aliases.get(name, name) if name else None


def _new_step(place: Node, step: Step, depth: int) -> str:
    """What a step that was not seen at a place is there."""
    if step.is_typed:
        return step.template
    if NAME in place.below and may_be_name(step.template, depth):
        return NAME
    return sibling_form(place, step.template) or step.template


def _typed(steps: tuple[Step, ...]) -> str:
    return path_of([step.template for step in steps])


def _most_frequent(counted: Counter[tuple[str, str]], most: int) -> frozenset[tuple[str, str]]:
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return frozenset(key for key, _ in ranked[:most])
