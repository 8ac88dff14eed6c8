"""Which words at a place of the paths are names of one sort, on evidence.

Many words alone are none: so do routes stand. Evidence is that the same words stand below them,
or that their answers have one shape. It weighs less where routes are usual, which is below the
start of a path, `api` and versions, and where identifiers stand below: `/orders/17` and
`/items/17` are two collections. There it takes a crowd.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from statistics import mean

from shadow.diff.endpoints.segments import MORE, is_typed
from shadow.diff.endpoints.siblings import MANY
from shadow.diff.endpoints.tree import NAME, Node, bare, is_glued, is_literal, is_locale, is_version

_CROWD = 40
_LARGE_CROWD = 100
_MANY_WITH_ONE = 10
_MANY_WITH_A_PLACE = 16
_FEW_VISITS = 4
_SOME_VISITS = 20
_ROUTES = frozenset(
    {
        *("me", "self", "current", "latest", "new", "search", "count", "export", "import", "login"),
        *("logout", "all", "batch", "bulk", "health", "status", "stats", "settings", "edit"),
        *("recent", "popular", "trending", "autocomplete", "suggest", "metrics"),
        *("verify", "validate", "public", "featured", "random", "top", "mine", "upload"),
        *("download", "config", "info", "create", "update", "delete", "register", "signup"),
    }
)
_USUAL_ACTIONS = frozenset(
    {
        *(
            "get",
            "list",
            "create",
            "update",
            "delete",
            "add",
            "edit",
            "new",
            "show",
            "save",
            "find",
        ),
        *("remove", "query", "search", "count", "index", "details", "export", "import", "print"),
        *("batch", "bulk", "batchget", "batchcreate", "batchupdate", "batchdelete", "validate"),
        *("health", "metrics", "ready", "live", "info", "version", "docs", "swagger", "actuator"),
        *("overview", "faq", "pricing", "about", "intro", "introduction", "help", "contact"),
        *("getall", "latest", "all", "schema", "describe", "upload", "download", "copy", "move"),
    }
)
"""What stands below collections and services as it does below names."""

_ENTRANCES = frozenset({"", "api", "apis", "rest", "admin", "services"})
_FILE = re.compile(r".+\.(?:js|css|map|php|htm|md|png|jpe?g|gif|svg|webp|zip|mp[34])")
_NEVER_FIRST = ("_", "$", ".", "(")

type Words = Mapping[str, Node]


def names_at(place: Node, depth: int, step: str) -> set[str]:
    """The words at a place that are names; `step` leads to it, and `depth` steps do."""
    words = {word: node for word, node in place.below.items() if may_be_name(word, depth)}
    if len(words) < MANY:
        return set()
    entrance = step in _ENTRANCES or is_version(step)
    owners = _by_lower_steps(words, entrance=entrance)
    by_steps = owners or _by_steps(words, _identified(place), entrance=entrance)
    names = by_steps | _by_shape(words, entrance=entrance)
    if owners and not entrance:
        names |= {word for word, node in words.items() if node.below and _has_names_only(node)}
    followers = _followers(words, names, _identified(place)) if names else set()
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


def _identified(place: Node) -> Node:
    """The identifiers at a place, all together."""
    together = Node()
    for step, node in place.below.items():
        if is_typed(step) and node.hits >= MANY:
            together.below.update(node.below)
            together.ends.update(node.ends)
    return together


def _by_steps(words: Words, identified: Node, *, entrance: bool) -> set[str]:
    """Words below which mostly such words stand as stand below many of them, or identifiers."""
    steps = {word: _literals(node) for word, node in words.items()}
    group = _alike(steps, _literals(identified))
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
    if number >= _CROWD:
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


def _by_lower_steps(words: Words, *, entrance: bool) -> set[str]:
    """Words below which names stand that have the same words below: `/{name}/{name}/issues`."""
    middle = _middle_of(words.values())
    names = _by_steps(middle, Node(), entrance=False)
    if not names:
        return set()
    steps = {word: _lower_literals(node, names) for word, node in words.items()}
    group = _alike(steps)
    held = sum(name in names for word in group for name in words[word].below)
    if len(group) < MANY or held * 2 > len(group) * len(names):
        return set()
    visits = mean(words[word].hits for word in group)
    if len(group) >= _CROWD or _are_few_names(words, group, visits, entrance=entrance):
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
    return frozenset(step for step in node.below if is_literal(step) and not _is_usual(step))


def _is_usual(step: str) -> bool:
    return bare(step).lower() in _USUAL_ACTIONS


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


def _followers(words: Words, names: set[str], identified: Node) -> set[str]:
    """Words that are as the names are: the same methods, the same steps below, seldom visited."""
    methods = Counter(method for name in names for method in words[name].ends)
    usual = {method for method, number in methods.items() if number >= MANY}
    if identified.below.keys() & {step for name in names for step in _literals(words[name])}:
        usual |= identified.ends.keys()
    steps = {step for name in names for step in words[name].below}
    shapes = {_usual_shape(words[name]) for name in names if words[name].shapes}
    most = 2 * mean(words[name].hits for name in names)
    return {
        word
        for word, node in words.items()
        if not (_FILE.fullmatch(word) and word.rpartition(".")[0] in words)
        and node.ends.keys() <= usual
        and node.below.keys() <= steps
        and node.hits <= most
        and (not node.shapes or not shapes or _usual_shape(node) in shapes)
    }
