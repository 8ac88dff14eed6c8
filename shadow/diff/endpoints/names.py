"""Which words at a place of the paths are names of one sort, on evidence.

Many words alone are none: so do routes stand. Evidence is that the same words stand below them,
or that their answers have one shape. It weighs less where routes are usual, which is below the
start of a path, `api` and versions, and where identifiers stand below: `/orders/17` and
`/items/17` are two collections. There it takes a crowd.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import mean

from shadow.diff.endpoints.segments import MORE, is_typed
from shadow.diff.endpoints.siblings import MANY
from shadow.diff.endpoints.tree import NAME, Node, is_glued, is_literal, is_locale, is_version

_CROWD = 40
_LARGE_CROWD = 100
_FEW_VISITS = 4
_SOME_VISITS = 20
_ROUTES = frozenset(
    {
        *("me", "self", "current", "latest", "new", "search", "count", "export", "import", "login"),
        *("logout", "all", "batch", "bulk", "health", "status", "stats", "settings", "edit"),
        *("default", "recent", "popular", "trending", "autocomplete", "suggest", "metrics"),
        *("verify", "validate", "public", "featured", "random", "top", "mine", "upload"),
        *("download", "config", "info", "create", "update", "delete", "register", "signup"),
    }
)
_ENTRANCES = frozenset({"", "api", "apis", "rest", "admin", "services"})
_NEVER_FIRST = ("_", "$", ".", "(")

type Words = Mapping[str, Node]


def names_at(place: Node, depth: int, step: str) -> set[str]:
    """The words at a place that are names; `step` leads to it, and `depth` steps do."""
    words = {word: node for word, node in place.below.items() if may_be_name(word, depth)}
    if len(words) < MANY:
        return set()
    entrance = step in _ENTRANCES or is_version(step)
    by_steps = _by_steps(words, entrance=entrance)
    owners = set() if by_steps else _by_lower_steps(words, entrance=entrance)
    names = by_steps | owners | _by_shape(words, entrance=entrance)
    if owners:
        names |= {word for word, node in words.items() if node.below and _has_names_only(node)}
    followers = _followers(words, names) if names else set()
    return names if entrance and len(followers) < _CROWD else names | followers


def tokens_at(place: Node) -> set[str]:
    """The tokens at a place that names stand at too: a token looks like a name half of the time."""
    name = place.below.get(NAME)
    if name is None:
        return set()
    return {
        step
        for step in ("{token}", "{id}")
        if (node := place.below.get(step))
        and node.ends.keys() <= name.ends.keys()
        and node.below.keys() <= name.below.keys()
    }


def may_be_name(step: str, depth: int) -> bool:
    """Whether a word could be a name: no word that routes have, no version and no language."""
    return not (
        step in {"", "-", MORE}
        or is_typed(step)
        or is_glued(step)
        or step.startswith(_NEVER_FIRST)
        or step.lower() in _ROUTES
        or is_version(step)
        or is_locale(step, depth)
    )


def _by_steps(words: Words, *, entrance: bool) -> set[str]:
    """Words below which mostly such words stand as stand below many of them."""
    steps = {word: _literals(node) for word, node in words.items()}
    group, common = _alike(steps)
    if len(group) >= MANY and _are_names(words, group, common, entrance=entrance):
        return set(group)
    return _by_identifiers(words)


def _alike(steps: Mapping[str, frozenset[str]]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """The words half of whose steps are common to many words, and the common steps."""
    counted = Counter(step for some in steps.values() for step in some)
    common = frozenset(step for step, number in counted.items() if number >= MANY)
    group = {
        word: some for word, some in steps.items() if some and len(some & common) * 2 >= len(some)
    }
    return group, common


def _are_names(
    words: Words, group: Mapping[str, frozenset[str]], common: frozenset[str], *, entrance: bool
) -> bool:
    number = len(group)
    visits = mean(words[word].hits for word in group)
    identified = sum(any(map(is_typed, words[word].below)) for word in group)
    if identified * 2 > number:
        return number >= _LARGE_CROWD
    odd = sum(not steps <= common for steps in group.values())
    if number >= _CROWD:
        return odd * 2 <= number and (
            not entrance or visits <= _SOME_VISITS or number >= _LARGE_CROWD
        )
    return odd * 4 <= number and _are_few_names(group, visits, entrance=entrance)


def _are_few_names(group: Mapping[str, frozenset[str]], visits: float, *, entrance: bool) -> bool:
    """Whether few words are names: each seldom visited, or several words below most of them."""
    counted = Counter(step for steps in group.values() for step in steps)
    widespread = sum(number * 2 > len(group) for number in counted.values())
    if entrance:
        return widespread >= 4 or (widespread >= 2 and visits <= _FEW_VISITS)
    return widespread >= 2 or visits <= _FEW_VISITS


def _by_identifiers(words: Words) -> set[str]:
    """A large crowd of words, each seldom visited, below which one sort of identifier stands."""
    steps = {word: frozenset(filter(is_typed, node.below)) for word, node in words.items()}
    group, _ = _alike(steps)
    if len(group) < _LARGE_CROWD:
        return set()
    return set(group) if mean(words[word].hits for word in group) <= _SOME_VISITS else set()


def _by_lower_steps(words: Words, *, entrance: bool) -> set[str]:
    """Words below which names stand that have the same words below: `/{name}/{name}/issues`."""
    middle = _middle_of(words.values())
    names = _by_steps(middle, entrance=False)
    if not names:
        return set()
    steps = {word: _lower_literals(node, names) for word, node in words.items()}
    group, _ = _alike(steps)
    holders = mean(sum(name in words[word].below for word in group) for name in names)
    if len(group) < MANY or holders * 2 > len(group):
        return set()
    visits = mean(words[word].hits for word in group)
    if len(group) >= _CROWD or _are_few_names(group, visits, entrance=entrance):
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
        step for name, below in node.below.items() if name in names for step in _literals(below)
    )


def _literals(node: Node) -> frozenset[str]:
    return frozenset(filter(is_literal, node.below))


def _has_names_only(node: Node) -> bool:
    return all(may_be_name(step, 2) for step in node.below)


def _by_shape(words: Words, *, entrance: bool) -> set[str]:
    """Words whose answers to one method mostly have one shape."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for word, node in words.items():
        if node.shapes and not any(map(is_typed, node.below)):
            groups[_usual_shape(node)].add(word)
    least = _CROWD if entrance else MANY
    largest: dict[str, set[str]] = {}
    for (method, _), group in sorted(groups.items()):
        if len(group) > len(largest.get(method, ())):
            largest[method] = group
    return {
        word
        for (method, _), group in groups.items()
        if len(group) >= (least if group is largest[method] else _CROWD)
        for word in group
    }


def _usual_shape(node: Node) -> tuple[str, str]:
    return min(node.shapes, key=lambda shape: (-node.shapes[shape], shape))


def _followers(words: Words, names: set[str]) -> set[str]:
    """Words that are as the names are: the same methods, the same steps below, seldom visited."""
    methods = Counter(method for name in names for method in words[name].ends)
    usual = {method for method, number in methods.items() if number >= MANY}
    steps = {step for name in names for step in words[name].below}
    shapes = {_usual_shape(words[name]) for name in names if words[name].shapes}
    most = 2 * mean(words[name].hits for name in names)
    return {
        word
        for word, node in words.items()
        if node.ends.keys() <= usual
        and node.below.keys() <= steps
        and node.hits <= most
        and (not node.shapes or not shapes or _usual_shape(node) in shapes)
    }
