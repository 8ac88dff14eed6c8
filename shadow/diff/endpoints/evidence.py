"""Which words at a place of the paths are names of one sort, on evidence.

Many words alone are none: so do routes stand. Evidence is that the same words stand below them,
or that their answers have one shape. It weighs less where routes are usual, which is below the
start of a path, `api` and versions, and where identifiers stand below: `/orders/17` and
`/items/17` are two collections. There it takes a crowd.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import mean

from shadow.diff.endpoints.segments import is_typed
from shadow.diff.endpoints.siblings import MANY
from shadow.diff.endpoints.tree import Node
from shadow.diff.endpoints.words import literals, may_be_name

CROWD = 40
_LARGE_CROWD = 100
_MANY_WITH_ONE = 10
_MANY_WITH_A_PLACE = 16
_FEW_VISITS = 4
_SOME_VISITS = 20

type Words = Mapping[str, Node]


def by_steps(words: Words, identified: Node, *, entrance: bool) -> set[str]:
    """Words below which mostly such words stand as stand below many of them, or identifiers."""
    steps = {word: literals(node) for word, node in words.items()}
    group = _alike(steps, literals(identified))
    if len(group) >= MANY and _are_names(words, group, entrance=entrance):
        return set(group)
    return _by_identifiers(words)


def _alike(
    steps: Mapping[str, frozenset[str]], known: frozenset[str] = frozenset()
) -> dict[str, frozenset[str]]:
    """The words half of whose steps are known or common to many words."""
    counted = Counter(step for some in steps.values() for step in some)
    common = known | {step for step, number in counted.items() if number >= MANY}
    return {
        word: some for word, some in steps.items() if some and len(some & common) * 2 >= len(some)
    }


def _are_names(words: Words, group: Mapping[str, frozenset[str]], *, entrance: bool) -> bool:
    number = len(group)
    visits = mean(words[word].hits for word in group)
    identified = sum(any(map(_is_member, words[word].below)) for word in group)
    if identified * 2 > number:
        return number >= _LARGE_CROWD
    counted = Counter(step for steps in group.values() for step in steps)
    odd = sum(any(counted[step] == 1 for step in steps) for steps in group.values())
    if number >= CROWD:
        return odd * 2 <= number and (
            not entrance or visits <= _SOME_VISITS or number >= _LARGE_CROWD
        )
    return odd * 4 <= number and _are_few_names(words, group, visits, entrance=entrance)


def _is_member(step: str) -> bool:
    """Whether a step is what collections have below them; versions stand below names."""
    return is_typed(step) and step != "{version}"


def _are_few_names(
    words: Words, group: Mapping[str, frozenset[str]], visits: float, *, entrance: bool
) -> bool:
    """Whether few words are names: each seldom visited, or several words below most of them."""
    counted = Counter(step for steps in group.values() for step in steps)
    widespread = [step for step, number in counted.items() if number * 2 > len(group)]
    if entrance:
        return len(widespread) >= 4 or (len(widespread) >= 2 and visits <= _FEW_VISITS)
    if visits <= _FEW_VISITS:
        return len(widespread) >= (1 if len(group) >= _MANY_WITH_ONE else 2)
    if len(widespread) == 1 and len(group) >= _MANY_WITH_A_PLACE:
        return _has_many_below([words[word] for word in group], widespread[0])
    return len(widespread) >= 2


def _has_many_below(nodes: Iterable[Node], step: str) -> bool:
    """Whether many things or identifiers stand below a step, as below `/{name}/orders`."""
    below = {lower for node in nodes if step in node.below for lower in node.below[step].below}
    return len(below) >= MANY or any(map(is_typed, below))


def _by_identifiers(words: Words) -> set[str]:
    """A large crowd of words, each seldom visited, below which one sort of identifier stands."""
    steps = {word: frozenset(filter(is_typed, node.below)) for word, node in words.items()}
    group = _alike(steps)
    if len(group) < _LARGE_CROWD:
        return set()
    return set(group) if mean(words[word].hits for word in group) <= _SOME_VISITS else set()


def by_lower_steps(words: Words, *, entrance: bool) -> set[str]:
    """Words below which names stand that have the same words below: `/{name}/{name}/issues`."""
    middle = _middle_of(words.values())
    names = by_steps(middle, Node(), entrance=False)
    if not names:
        return set()
    steps = {word: _lower_literals(node, names) for word, node in words.items()}
    group = _alike(steps)
    held = sum(name in names for word in group for name in words[word].below)
    if len(group) < MANY or held * 2 > len(group) * len(names):
        return set()
    visits = mean(words[word].hits for word in group)
    if len(group) >= CROWD or _are_few_names(words, group, visits, entrance=entrance):
        return set(group)
    return set()


def _middle_of(nodes: Iterable[Node]) -> dict[str, Node]:
    """What stands below any of several places, with what stands below that."""
    middle: defaultdict[str, Node] = defaultdict(Node)
    for node in nodes:
        for step, below in node.below.items():
            if below.below and may_be_name(step, 2):
                middle[step].hits += below.hits
                middle[step].below.update(below.below)
    return middle


def _lower_literals(node: Node, names: set[str]) -> frozenset[str]:
    return frozenset(
        step for name, below in node.below.items() if name in names for step in literals(below)
    )


def by_shape(words: Words, *, entrance: bool) -> set[str]:
    """Words whose answers to one method mostly have one shape."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for word, node in words.items():
        if node.shapes and not any(map(is_typed, node.below)):
            groups[usual_shape(node)].add(word)
    least = CROWD if entrance else MANY
    largest: dict[str, set[str]] = {}
    for (method, _), group in sorted(groups.items()):
        if len(group) > len(largest.get(method, ())):
            largest[method] = group
    return {
        word
        for (method, _), group in groups.items()
        if len(group) >= (least if group is largest[method] else CROWD)
        for word in group
    }


def usual_shape(node: Node) -> tuple[str, str]:
    """The method and the shape that most good answers at a place have."""
    return min(node.shapes, key=lambda shape: (-node.shapes[shape], shape))
