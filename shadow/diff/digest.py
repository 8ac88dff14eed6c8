"""What two lists have in common where rules say that order or repeats mean nothing.

A value's digest is the same for all values that such rules call equal. Digests are made from the
bottom up and once for each container, so lists nested in lists cost no more than their size.
"""

from collections.abc import Iterator
from hashlib import blake2b

from shadow.diff.canonical import exact_text
from shadow.diff.excuses import Node
from shadow.diff.parse import Json

_BYTES = 16


class Digests:
    """The digests of one pair of documents, which stay unchanged while it lives.

    Where they are `folded`, values that rules let stand for one another have one digest too.
    """

    def __init__(self, *, are_folded: bool = False) -> None:
        self._are_folded = are_folded
        self._known: dict[tuple[int, Node], str] = {}

    def of_elements(self, node: Node, elements: list[Json]) -> list[str]:
        """A digest for each element of a list that stands at `node`."""
        return [self._of(node.element(at), element) for at, element in enumerate(elements)]

    def _of(self, node: Node | None, value: Json) -> str:
        if node is not None and isinstance(value, dict | list):
            for part in _from_below(node, value):
                if (id(part[1]), part[0]) not in self._known:
                    self._known[id(part[1]), part[0]] = self._made(*part)
        return self._part(node, value)

    def _made(self, node: Node, value: dict[str, Json] | list[Json]) -> str:
        if isinstance(value, dict):
            texts = sorted(
                f"{exact_text(name)}:{self._part(below, inner)}"
                for name, inner in value.items()
                if not self._drops(below := node.member(name), inner)
            )
            return _digest("{", texts)
        texts = [self._part(node.element(at), element) for at, element in enumerate(value)]
        if node.set_rule is not None:
            texts = sorted(set(texts))
        elif node.is_unordered:
            texts = sorted(texts)
        return _digest("[", texts)

    def _part(self, node: Node | None, value: Json) -> str:
        if node is None:
            return exact_text(value)
        folded = node.folded(value) if self._are_folded else None
        if folded is not None:
            return _digest("folded", [folded])
        return self._known[id(value), node] if isinstance(value, dict | list) else exact_text(value)

    def _drops(self, node: Node | None, value: Json) -> bool:
        return self._are_folded and node is not None and node.drops(value)


def _from_below(
    node: Node, value: dict[str, Json] | list[Json]
) -> Iterator[tuple[Node, dict[str, Json] | list[Json]]]:
    """All containers that rules speak of, each after those that it holds."""
    found = []
    stack = [(node, value)]
    while stack:
        at, container = stack.pop()
        found.append((at, container))
        for below, inner in _parts(at, container):
            if below is not None and isinstance(inner, dict | list):
                stack.append((below, inner))
    return reversed(found)


def _parts(
    node: Node, container: dict[str, Json] | list[Json]
) -> Iterator[tuple[Node | None, Json]]:
    if isinstance(container, dict):
        return ((node.member(name), inner) for name, inner in container.items())
    return ((node.element(at), element) for at, element in enumerate(container))


def _digest(opening: str, texts: list[str]) -> str:
    digest = blake2b(opening.encode(), digest_size=_BYTES)
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d " % len(content))
        digest.update(content)
    return digest.hexdigest()
