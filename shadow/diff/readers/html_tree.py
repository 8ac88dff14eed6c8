"""The tree of a page, out of the text that a parser of HTML wrote of it.

In that text each element has its end tag and each attribute its quotes. Going through it once is
many times as fast as asking the parser for node after node.
"""

import re

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import TooLargeToReadError, UnreadableError
from shadow.diff.readers.html_space import VERBATIM, as_shown, is_as_shown

_ATTRIBUTES = r"((?: =?[^ =]*+=\"[^\"]*+\")*+)"
_TOKEN = re.compile(
    r"([^<]*+)<(?:/([^>]*+)>|!--.*?-->|\?[^>]*+>|!DOCTYPE ([^>]*+)>"
    rf"|(script|style|xmp|iframe|noembed|noframes){_ATTRIBUTES}>(.*?)</\4>"
    rf"|([^ >]++){_ATTRIBUTES}>(?:([^<]*+)</\7>)?+)",
    re.DOTALL,
)
"""A text and what follows it.

That is an end tag, a comment, the document type, an element of raw text, a start tag, or an element
in which there is no other.
"""
_END, _DOCTYPE, _RAW, _START, _ONLY_TEXT = 2, 3, 6, 8, 9
"""The last group of each sort of token; a comment has none but its text."""
_ATTRIBUTE = re.compile(r" (=?[^ =]*+)=\"([^\"]*+)\"")
_SPACES = re.compile(r"[ \t\n\f\r]+")
_VOID = frozenset(
    {
        *("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img"),
        *("input", "keygen", "link", "meta", "param", "source", "track", "wbr"),
    }
)
"""Elements that have no end tag."""
_TOKENS = frozenset(
    {
        *("csrf_token", "csrf-token", "_csrf", "_token", "authenticity_token"),
        *("csrfmiddlewaretoken", "__requestverificationtoken", "__viewstate"),
        *("__eventvalidation", "__viewstategenerator", "xsrf-token"),
    }
)
_ONCE = "(new each time)"

type _Element = dict[str, Json]
type _Open = tuple[str, _Element, list[Json], bool]
"""An element whose end is yet to come: its tag, itself, its children, if all white space counts."""


def read_tree(written: str) -> Json:
    """The root element: `{tag: [texts and elements], "@name": value}`, and so on below.

    The document type is its `!doctype`. Raises UnreadableError for what could be the text of
    several trees.
    """
    if "<plaintext" in written:
        raise UnreadableError("HTML with a text that has no end")
    tree, at = _Tree(), 0
    for token in _TOKEN.finditer(written):
        if token.start() != at:
            break
        at = token.end()
        if text := token[1]:
            tree.add_text(text)
        tree.add(token)
    if at != len(written):
        raise UnreadableError("HTML with tags that have no end")
    return tree.root()


class _Tree:
    """A tree under construction: the elements that are open, and attributes met before."""

    def __init__(self) -> None:
        self.doctype: str | None = None
        self._root: list[Json] = []
        self._children = self._root
        self._is_verbatim = False
        self._open: list[_Open] = []
        self._known: dict[str, tuple[_Element, bool]] = {}

    def root(self) -> Json:
        """The root element, once all are closed, with the document type."""
        match self._root:
            case [dict(root)] if not self._open:
                return root if self.doctype is None else {**root, "!doctype": self.doctype}
        raise UnreadableError("HTML without a root")

    def add_text(self, text: str) -> None:
        """Add a text, to the one before it where nothing but a comment stands between them."""
        children = self._children
        text = _plain(text)
        if children and isinstance(last := children[-1], str):
            children[-1] = last + text
        else:
            children.append(text)

    def add(self, token: re.Match[str]) -> None:
        """Add what follows a text."""
        sort = token.lastindex
        if sort == _ONLY_TEXT:
            self.add_leaf(token[7], token[8], token[9])
        elif sort == _END:
            self.close(token[2])
        elif sort == _START:
            self.open(token[7], token[8])
        elif sort == _RAW:
            self.add_raw(token[4], token[5], token[6])
        elif sort == _DOCTYPE:
            self.doctype = token[3]

    def open(self, tag: str, attributes: str) -> None:
        """Begin an element; one that has no end tag is whole at once."""
        element, keeps_space = self._element(tag, attributes)
        self._children.append(element)
        if tag not in _VOID:
            self._open.append((tag, element, self._children, self._is_verbatim))
            self._children = []
            self._is_verbatim = self._is_verbatim or keeps_space or tag in VERBATIM

    def add_leaf(self, tag: str, attributes: str, text: str) -> None:
        """Add an element that holds nothing but a text, or nothing."""
        element, keeps_space = self._element(tag, attributes)
        self._children.append(element)
        if text:
            text = _plain(text)
            is_verbatim = self._is_verbatim or keeps_space or tag in VERBATIM
            element[tag] = [text] if is_verbatim or is_as_shown(text) else as_shown([text], tag)

    def close(self, tag: str) -> None:
        """End the element that is open."""
        if not self._open or self._open[-1][0] != tag:
            raise UnreadableError("HTML with an end tag in a script")
        _, element, above, was_verbatim = self._open.pop()
        children = self._children
        if children:
            element[tag] = children if self._is_verbatim else as_shown(children, tag)
        self._children, self._is_verbatim = above, was_verbatim

    def add_raw(self, tag: str, attributes: str, text: str) -> None:
        """Add an element that holds a text in which no tag is one."""
        element, _ = self._element(tag, attributes)
        if text:
            kind = element.get("@type")
            is_json = tag == "script" and isinstance(kind, str) and kind.lower().endswith("json")
            element[tag] = [_data(text) if is_json else text]
        self._children.append(element)

    def _element(self, tag: str, attributes: str) -> tuple[_Element, bool]:
        """An element yet without children, and whether it asks for its white space to be kept."""
        if not attributes:
            return {tag: []}, False
        known = self._known.get(attributes)
        if known is None:
            known = _attributes(attributes), _keeps_space(attributes)
            self._known[attributes] = known
        return {tag: [], **known[0]}, known[1]


def _plain(text: str) -> str:
    if "&" not in text:
        return text
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\xa0"), ("&quot;", '"')):
        text = text.replace(entity, character)
    return text.replace("&amp;", "&")


def _keeps_space(attributes: str) -> bool:
    return "white-space" in attributes or 'xml:space="preserve"' in attributes


def _data(text: str) -> Json:
    """An object or a list of JSON; any other JSON is text."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return parse_json(text.encode())
    except (UnreadableError, TooLargeToReadError):
        return text


def _attributes(text: str) -> _Element:
    given = {name: _plain(value) for name, value in _ATTRIBUTE.findall(text)}
    is_token = given.get("name", "").lower() in _TOKENS
    read: _Element = {}
    for name, value in given.items():
        if name == "nonce" or (is_token and name in {"value", "content"}):
            read[f"@{name}"] = value and _ONCE
        elif name == "class":
            read["@class"] = " ".join(sorted(filter(None, _SPACES.split(value))))
        else:
            read[f"@{name}"] = value
    return read
