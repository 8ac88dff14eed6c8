"""Which words at a place of the paths are names of one sort, with those that go with them."""

import re
from collections import Counter
from statistics import mean

from shadow.diff.endpoints.evidence import (
    CROWD,
    Words,
    by_lower_steps,
    by_shape,
    by_steps,
    usual_shape,
)
from shadow.diff.endpoints.segments import is_typed
from shadow.diff.endpoints.siblings import MANY
from shadow.diff.endpoints.tree import NAME, Node
from shadow.diff.endpoints.words import is_entrance, literals, may_be_name

_FILE = re.compile(r".+\.(?:js|css|map|php|htm|md|png|jpe?g|gif|svg|webp|zip|mp[34])")


def names_at(place: Node, depth: int, step: str) -> set[str]:
    """The words at a place that are names; `step` leads to it, and `depth` steps do."""
    words = {word: node for word, node in place.below.items() if may_be_name(word, depth)}
    if len(words) < MANY:
        return set()
    entrance = is_entrance(step)
    owners = by_lower_steps(words, entrance=entrance)
    found = owners or by_steps(words, _identified(place), entrance=entrance)
    names = found | by_shape(words, entrance=entrance)
    if owners and not entrance:
        names |= {word for word, node in words.items() if node.below and _has_names_only(node)}
    followers = _followers(words, names, _identified(place)) if names else set()
    return names if entrance and len(followers) < CROWD else names | followers


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


def _identified(place: Node) -> Node:
    """The identifiers at a place, all together."""
    together = Node()
    for step, node in place.below.items():
        if is_typed(step) and node.hits >= MANY:
            together.below.update(node.below)
            together.ends.update(node.ends)
    return together


def _has_names_only(node: Node) -> bool:
    return all(may_be_name(step, 2) for step in node.below)


def _followers(words: Words, names: set[str], identified: Node) -> set[str]:
    """Words that are as the names are: the same methods, the same steps below, seldom visited."""
    methods = Counter(method for name in names for method in words[name].ends)
    usual = {method for method, number in methods.items() if number >= MANY}
    if identified.below.keys() & {step for name in names for step in literals(words[name])}:
        usual |= identified.ends.keys()
    steps = {step for name in names for step in words[name].below}
    shapes = {usual_shape(words[name]) for name in names if words[name].shapes}
    most = 2 * mean(words[name].hits for name in names)
    return {
        word
        for word, node in words.items()
        if not (_FILE.fullmatch(word) and word.rpartition(".")[0] in words)
        and node.ends.keys() <= usual
        and node.below.keys() <= steps
        and node.hits <= most
        and (not node.shapes or not shapes or usual_shape(node) in shapes)
    }
