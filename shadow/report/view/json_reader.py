"""JSON read for being shown: order, repeated names and digits kept; of a cut text what is there.

What is no JSON, or nested too deep to be read by people, is None: it is shown as text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

MAX_DEPTH = 64
"""Documents that are nested deeper are shown as text."""

_SYMBOL = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|")', re.DOTALL)
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A string, number, boolean or null, as it is written in JSON."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """A list."""

    elements: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """Names with their values, in the order they came."""

    members: "tuple[tuple[str, Node], ...]"


type Node = Scalar | Array | Object


def read_json(text: str, *, is_cut: bool) -> Node | None:
    """Read a document; of one that `is_cut`, what is there."""
    reader = _Reader(text, is_cut=is_cut)
    try:
        node = reader.value(0)
        return None if reader.has_more() else node
    except ValueError:
        return None


class _Reader:
    """Steps through the symbols; None stands for the place where the text was cut."""

    def __init__(self, text: str, *, is_cut: bool) -> None:
        symbols = (found[1] for found in _SYMBOL.finditer(text))
        # A quote that stands alone begins a string which the cut took the end of.
        self._symbols = takewhile(lambda symbol: symbol != '"', symbols) if is_cut else symbols
        self._is_cut = is_cut

    def has_more(self) -> bool:
        return next(self._symbols, None) is not None

    def value(self, depth: int) -> Node | None:
        symbol = self._next()
        return None if symbol is None else self._node(symbol, depth)

    def _next(self) -> str | None:
        symbol = next(self._symbols, None)
        if symbol is None and not self._is_cut:
            raise ValueError
        return symbol

    def _node(self, symbol: str, depth: int) -> Node:
        if symbol not in {"[", "{"}:
            return _scalar(symbol)
        if depth >= MAX_DEPTH:
            raise ValueError
        if symbol == "{":
            return Object(members=tuple(self._members(depth + 1)))
        return Array(elements=tuple(self._elements(depth + 1)))

    def _members(self, depth: int) -> Iterator[tuple[str, Node]]:
        symbol = self._next()
        while symbol is not None and symbol != "}":
            name = _string(symbol)
            value = self.value(depth) if self._next_is(":") else None
            if value is None:
                return
            yield name, value
            symbol = self._after_comma("}")

    def _elements(self, depth: int) -> Iterator[Node]:
        symbol = self._next()
        while symbol is not None and symbol != "]":
            yield self._node(symbol, depth)
            symbol = self._after_comma("]")

    def _after_comma(self, end: str) -> str | None:
        symbol = self._next()
        if symbol == ",":
            return self._next()
        if symbol not in {None, end}:
            raise ValueError
        return symbol

    def _next_is(self, wanted: str) -> bool:
        symbol = self._next()
        if symbol not in {None, wanted}:
            raise ValueError
        return symbol is not None


def _scalar(symbol: str) -> Scalar:
    if symbol.startswith('"'):
        return Scalar(text=json.dumps(_string(symbol), ensure_ascii=False))
    if not _WORD.fullmatch(symbol):
        raise ValueError
    return Scalar(text=symbol)


def _string(symbol: str) -> str:
    value = json.loads(symbol, strict=False) if symbol.startswith('"') else None
    if not isinstance(value, str):
        raise ValueError
    return value
