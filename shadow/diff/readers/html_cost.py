"""What HTML would cost to parse: a parser takes the square of some pages' nesting in time.

The tags are followed roughly as a browser follows them, and rather too deep than not deep enough.
"""

import re
from collections import Counter
from collections.abc import Collection

_DEEPEST = 500
_MOST_STEPS = 40_000_000
_MOST_COPIES = 4_000_000
_MOST_ATTRIBUTES = 1_000
_NAME = r"(?:=[^\s/>=]*+|[^\s/>=]++)"
_VALUE = r"(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]++)?+)?+"
_INSIDE = rf"((?:[\s/]++|{_NAME}{_VALUE})*+)"
"""What stands in a tag behind its name: a quote is one only where a value begins with it."""
_ATTRIBUTE = re.compile(_NAME + _VALUE)
_ATTRIBUTES = re.compile(rf"<[a-zA-Z]{_INSIDE}")
_RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})
"""Elements in which no tag is one, but their end; not so in pictures and formulas."""
_FOREIGN = frozenset({"math", "svg"})
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
_OPEN_ENDED = frozenset(
    {*("dd", "dt", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th")}
    | {*("thead", "tr")}
)
"""Elements whose end tags may be left out: the next of their sort ends them."""
_FORMATTING = frozenset(
    {
        *("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong"),
        *("tt", "u"),
    }
)
"""Elements that a browser opens again in every block that begins before they are closed."""
_INLINE = _FORMATTING | {"abbr", "bdi", "bdo", "cite", "del", "ins", "label", "q", "span", "sub"}
_HTML_INSIDE = frozenset({"annotation-xml", "desc", "foreignobject", "title"})
_BARRIERS = _HTML_INSIDE | {"applet", "caption", "marquee", "object", "table", "template"}
"""Elements out of which no end tag reaches; the first hold HTML again in pictures and formulas."""


_UNNESTED = _VOID | _OPEN_ENDED - {"tr"}
_TAG = re.compile(rf"<(?:!(--)|(/?)([a-zA-Z][^ \t\n\f\r/>]*+){_INSIDE})")
_FOREIGN_TAG = re.compile("<(?:" + "|".join(_FOREIGN) + ")", re.IGNORECASE)


def is_costly(text: str) -> bool:
    """Whether nesting or attributes are so many that parsing them takes far more than its length.

    That is: more than 500 levels, 1,000 attributes in a tag, or so many tags on so many levels that
    searching the levels for each, or opening all formatting anew, takes seconds.
    """
    if any(map(_has_many, _ATTRIBUTES.findall(text))):
        return True
    outline = _outline(text)
    tags = text.count("<")
    return (
        outline.levels > _DEEPEST
        or outline.levels * tags > _MOST_STEPS
        or outline.formatting * tags > _MOST_COPIES
    )


def _outline(text: str) -> "_Outline":
    """The tags of a page, followed to its end or down to the deepest level that may be."""
    outline, at = _Outline(), 0
    unnested: Collection[str] = () if _FOREIGN_TAG.search(text) else _UNNESTED
    for tag in _TAG.finditer(text):
        comment, closes, name, attributes = tag.groups()
        if tag.start() < at:
            continue
        if comment:
            at = text.find("-->", tag.start() + 2)
            if at < 0:
                break
        elif (name := name.lower()) not in unnested:
            if closes:
                outline.close(name)
            elif outline.open(name, is_closed=attributes.endswith("/")):
                at = _end_of_raw(text, name, tag.end())
            if outline.levels > _DEEPEST:
                break
    return outline


def _has_many(attributes: str) -> bool:
    if len(attributes) <= _MOST_ATTRIBUTES:
        return False
    return sum(1 for _ in _ATTRIBUTE.finditer(attributes)) > _MOST_ATTRIBUTES


class _Outline:
    """The elements that are open; `levels` and `formatting` are the most there have been."""

    def __init__(self) -> None:
        self.levels = 0
        self.formatting = 0
        self._open: list[str] = []
        self._foreign = [False]
        self._counts: Counter[str] = Counter()
        self._formatting = 0

    def open(self, name: str, *, is_closed: bool) -> bool:
        """Follow a start tag; whether all is text up to the element's end."""
        if self._foreign[-1]:
            if not is_closed:
                self._push(name)
            return False
        if name in _RAW or name in _VOID:
            return name in _RAW
        if name in _FORMATTING:
            self._formatting += 1
            self.formatting = max(self.formatting, self._formatting)
        if name == "tr":
            self._leave_row()
        elif name not in _OPEN_ENDED and not (name in _FOREIGN and is_closed):
            self._push(name)
        return False

    def close(self, name: str) -> None:
        """Follow an end tag: it ends all that was opened in its element, or nothing."""
        if name in _FORMATTING and self._formatting:
            self._formatting -= 1
        if self._open and self._open[-1] == name:
            self._pop(len(self._open) - 1)
        elif (at := self._reached(name)) is not None:
            self._pop(at)

    def _leave_row(self) -> None:
        """Whatever is open in a row of a table ends with it, and so does formatting."""
        self._formatting = 0
        at = self._reached("table")
        if at is not None:
            self._pop(at + 1)

    def _pop(self, at: int) -> None:
        while len(self._open) > at:
            self._counts[self._open.pop()] -= 1
            self._foreign.pop()

    def _push(self, name: str) -> None:
        is_foreign = self._foreign[-1] and name not in _HTML_INSIDE
        self._open.append(name)
        self._foreign.append(is_foreign or name in _FOREIGN)
        self._counts[name] += 1
        self.levels = max(self.levels, len(self._open))

    def _reached(self, name: str) -> int | None:
        """Where the element is open that an end tag of this name ends."""
        if not self._counts[name]:
            return None
        for at in range(len(self._open) - 1, -1, -1):
            other = self._open[at]
            if other == name:
                return at
            if other in _BARRIERS or (name in _INLINE and other not in _INLINE):
                return None
        return None


def _end_of_raw(text: str, name: str, at: int) -> int:
    end = re.compile(rf"</{name}\b", re.IGNORECASE).search(text, at)
    return len(text) if end is None else end.start()
