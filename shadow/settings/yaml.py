"""YAML as settings are written in: plain values, and the place of each; bounded in every way."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import override

import yaml

from shadow.errors import Mistake

MOST_FILE_BYTES = 1024 * 1024
"""A settings file may be this large."""

_MOST_DEEP = 20
_MOST_VALUES = 20_000
_MOST_MISTAKES = 50
_LONGEST_PART_SHOWN = 80
_QUOTES_HINT = "text that begins with * & ! % @ ` or holds { [ : # may need quotes"
_WITHOUT_CONTENT = re.compile(r"((?:[^'\"]|'(?:\\?.|<[\w ]+>)')*)(.*)", re.DOTALL)
"""YAML's own words (single characters, <names> of its parts), and the rest, which quotes text."""

type Path = tuple[str | int, ...]
"""Where a setting is: the names of sections and settings, and positions in lists."""

type Placing = Callable[[int, Path], str]
"""Says in words where a line and a path are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Values that were written somewhere, the place of each, and what could not be read."""

    value: object = None
    places: Mapping[Path, str] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


def dotted(path: Path) -> str:
    """Write a path as people do: `rules[0].location`."""
    return below(path).removeprefix(".")


def below(path: Path) -> str:
    """Write a path that continues another: `.location`, `[0].location`, or nothing."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_printable(part)}" for part in path)
    return "".join(parts)


def parse_yaml(text: str, placing: Placing) -> Given:
    """Read one YAML document without building anything but plain values.

    Keys are always text. Nothing is raised: what is wrong with the text is among the mistakes.
    """
    loader = None
    try:
        loader = _BoundedLoader(text)
        tree = _Tree(loader, placing)
        node = loader.get_single_node()
        value = None if node is None else tree.value(node, ())
    except yaml.YAMLError as error:
        problem, line = _explained(error, text)
        mistake = Mistake(place=placing(line, ()), problem=problem, hint=_QUOTES_HINT)
        return Given(mistakes=(mistake,))
    finally:
        if loader is not None:
            loader.dispose()
    return Given(value=value, places=tree.places, mistakes=tuple(tree.mistakes))


class _BoundedLoader(yaml.SafeLoader):
    """A safe loader that stops at deep nesting instead of at the interpreter's own limit.

    Dates are texts to it: what is none is told with all other mistakes.
    """

    _depth = 0

    @override
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _MOST_DEEP:
            raise _too_deep(parent.start_mark if parent else None)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_BoundedLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Tree:
    """Turns nodes into values; an alias counts each time it is used, so that none can explode."""

    def __init__(self, loader: _BoundedLoader, placing: Placing) -> None:
        self.places: dict[Path, str] = {}
        self.mistakes: list[Mistake] = []
        self._loader = loader
        self._placing = placing
        self._values = 0

    def value(self, node: yaml.Node, path: Path) -> object:
        """The plain value of a node that stands at `path`."""
        self._values += 1
        if self._values > _MOST_VALUES:
            problem = f"holds more than {_MOST_VALUES} values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        if len(path) > _MOST_DEEP:
            raise _too_deep(node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        self._refuse_tag(node, "map", path)
        values: dict[str, object] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if not isinstance(key_node, yaml.ScalarNode) or not _is_unicode(key_node.value):
                self._mistake(line, path, "has a key that is not a word")
            elif (key := key_node.value) in values:
                hint = f"it is on line {lines[key]} too: remove one"
                self._mistake(line, (*path, key), "is given twice", hint)
            else:
                lines[key] = line
                self.places[*path, key] = self._placing(line, (*path, key))
                values[key] = self.value(value_node, (*path, key))
        return values

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[object]:
        self._refuse_tag(node, "seq", path)
        values = []
        for position, item in enumerate(node.value):
            self.places[*path, position] = self._placing(_line(item), (*path, position))
            values.append(self.value(item, (*path, position)))
        return values

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        try:
            value: object = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._mistake(_line(node), path, "cannot be read as a value", _QUOTES_HINT)
            return None
        return value

    def _refuse_tag(self, node: yaml.Node, plain: str, path: Path) -> None:
        if node.tag != f"tag:yaml.org,2002:{plain}":
            self._mistake(_line(node), path, "has a tag", "settings are plain: remove the !tag")

    def _mistake(self, line: int, path: Path, problem: str, hint: str = "") -> None:
        if len(self.mistakes) < _MOST_MISTAKES:
            place = self._placing(line, path)
            self.mistakes.append(Mistake(place=place, problem=problem, hint=hint))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _printable(part: str) -> str:
    name, colon, _ = part.partition(": ")
    # A name and its value, written as one name: the value may be a secret.
    part = f"{name}: …" if colon else part
    short = part if len(part) <= _LONGEST_PART_SHOWN else part[:_LONGEST_PART_SHOWN] + "…"
    return short if short.isprintable() else ascii(short)


def _too_deep(mark: yaml.Mark | None) -> yaml.MarkedYAMLError:
    problem = f"is nested more than {_MOST_DEEP} deep"
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _explained(error: yaml.YAMLError, text: str) -> tuple[str, int]:
    """What is wrong and on which line, without a word of the text: it may be a secret."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        problem = _WITHOUT_CONTENT.sub(r"\1", error.problem or "", count=1).rstrip()
        return f"is not valid YAML: {problem}", error.problem_mark.line + 1
    position = getattr(error, "position", 0)
    problem = "is not valid YAML: it holds a character that no text may have"
    return problem, text.count("\n", 0, position) + 1
