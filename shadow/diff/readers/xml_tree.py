"""The tree of an XML document, out of what a parser reports."""

import re
from collections.abc import Iterable

from shadow.diff.parse import Json
from shadow.diff.readers.content import UnreadableError

SEPARATOR = "}"
"""What the parser puts between a namespace and a name."""

_DEEPEST = 256
_BLANK = " \t\r\n"
_XHTML = "http://www.w3.org/1999/xhtml}"
_SPACE = "http://www.w3.org/XML/1998/namespace}space"
_TYPE = "http://www.w3.org/2001/XMLSchema-instance}type"
_PREFIX = re.compile(r"(?<![\w.-])([\w.-]++):")

type _Element = dict[str, Json]
type _Open = tuple[str, _Element, list[Json], bool]
"""An element whose end is yet to come: its tag, itself, its children, if all white space counts."""


class XmlTree:
    """A tree under construction; its methods are the handlers of a parser's events.

    `keeps_space` says whether any element may ask that its white space be kept.
    """

    def __init__(self, *, keeps_space: bool) -> None:
        self._may_keep_space = keeps_space
        self._home: str | None = None
        self._root: _Element | None = None
        self._above: list[_Open] = []
        self._outside: tuple[list[Json], list[Json]] = [], []
        self._tag = ""
        self._element: _Element = {}
        self._children: list[Json] = []
        self._keeps_space = False
        self._names: dict[str, str] = {}
        self._bound: dict[str, list[str]] = {}

    def root(self) -> Json:
        """The root element, with its namespace and the processing instructions around it."""
        if self._root is None:
            raise UnreadableError("XML without a root")
        before, after = self._outside
        around = {"@xmlns": self._home, "?before": before, "?after": after}
        return {**self._root, **{name: value for name, value in around.items() if value}}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if self._home is None:
            self._home = _namespace(name)
        if len(self._above) >= _DEEPEST:
            raise UnreadableError("XML that is nested too deep")
        self._above.append((self._tag, self._element, self._children, self._keeps_space))
        tag = self._names.get(name) or self._name(name)
        element: _Element = {tag: []}
        if attributes:
            self._add_attributes(element, attributes)
        self._tag, self._element, self._children = tag, element, []
        if self._may_keep_space:
            said = attributes.get(_SPACE)
            self._keeps_space = self._keeps_space if said is None else said == "preserve"

    def end(self, name: str) -> None:
        """End the element that was begun last."""
        element, children = self._element, self._children
        if children:
            if len(children) > 1 and not self._keeps_space and not name.startswith(_XHTML):
                children = _without_indentation(children)
            element[self._tag] = children
            if self._bound:
                self._bind_in(element, children)
        self._tag, self._element, self._children, self._keeps_space = self._above.pop()
        if self._above:
            self._children.append(element)
        else:
            self._root = element

    def add_text(self, text: str) -> None:
        """Add a text, to the one before it if there is one."""
        children = self._children
        if children and isinstance(last := children[-1], str):
            children[-1] = last + text
        else:
            children.append(text)

    def add_instruction(self, target: str, data: str) -> None:
        """Add a processing instruction."""
        instruction: Json = {f"?{target}": data}
        if self._above:
            self._children.append(instruction)
        else:
            self._outside[self._root is not None].append(instruction)

    def bind(self, prefix: str | None, namespace: str | None) -> None:
        """Begin the scope of a prefix; none is that of names without one."""
        self._bound.setdefault(prefix or "", []).append(namespace or "")

    def unbind(self, prefix: str | None) -> None:
        """End the scope of a prefix."""
        self._bound[prefix or ""].pop()

    def _name(self, name: str) -> str:
        namespace, _, local = name.rpartition(SEPARATOR)
        read = local if namespace == self._home else f"{{{namespace}}}{local}"
        self._names[name] = read
        return read

    def _add_attributes(self, element: _Element, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            element[f"@{{{name}" if SEPARATOR in name else f"@{name}"] = value
        if not self._bound:
            return
        self._bind_in(element, attributes.values())
        if ":" not in attributes.get(_TYPE, ":") and self._bound.get(""):
            element["@xmlns:"] = self._bound[""][-1]

    def _bind_in(self, element: _Element, values: Iterable[Json]) -> None:
        """Keep the bindings of what may be prefixes in texts: names can stand in these too."""
        for value in values:
            if isinstance(value, str) and ":" in value:
                for prefix in _PREFIX.findall(value):
                    if namespaces := self._bound.get(prefix):
                        element[f"@xmlns:{prefix}"] = namespaces[-1]


def _namespace(name: str) -> str:
    return name.rpartition(SEPARATOR)[0]


def _without_indentation(children: list[Json]) -> list[Json]:
    """Without the white space that puts elements on lines, where there is no other text."""
    texts = [child for child in children if isinstance(child, str)]
    if not texts or any(text.strip(_BLANK) for text in texts):
        return children
    return [child for child in children if not isinstance(child, str) or "\n" not in child]
