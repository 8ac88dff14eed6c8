"""HTML, as a browser reads it, without what is new at each rendering."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_LONGEST = 4 * 1024 * 1024
_DEEPEST = 4_000
_MOST_ATTRIBUTES = 1_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_SPACES = re.compile(r"[ \t\n\f\r]+")
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "p", "li", "td", "tr", "th", "dt", "dd", "option", "tbody"),
        *("thead", "tfoot"),
    }
)
"""Elements without end tags, or with ones that may be left out."""
_VERBATIM = frozenset({"pre", "textarea", "script", "style"})
_TOKENS = frozenset(
    {
        *("csrf_token", "csrf-token", "_csrf", "_token", "authenticity_token"),
        *("csrfmiddlewaretoken", "__requestverificationtoken", "__viewstate"),
        *("__eventvalidation", "__viewstategenerator", "xsrf-token"),
    }
)
_ONCE = "(new each time)"


def read_html(content: Content) -> Json:
    """An element as `{tag: [texts and elements], "@name": value}`, as XML is read.

    Comments and the document type are left out; white space is as a browser shows it; classes are
    sorted; nonces and the values of CSRF tokens are the same text everywhere. Raises
    UnreadableError for what is no text, and what no browser's page is like.
    """
    text = decode_text(content)
    if text is None or len(text) > _LONGEST or _is_hostile(text):
        raise UnreadableError("no HTML of a reasonable size")
    root = LexborHTMLParser(text).root
    if root is None:
        raise UnreadableError("no HTML")
    return _read(root)


def _is_hostile(text: str) -> bool:
    """Whether nesting or attributes are so many that a parser takes their square in time."""
    depth = 0
    for tag in _TAG.finditer(text):
        closes, name, attributes = tag.groups()
        if name.lower() not in _VOID:
            depth = max(0, depth - 1) if closes else depth + 1
        if depth > _DEEPEST:
            return True
        if len(attributes) > _MOST_ATTRIBUTES:
            bare = _QUOTED.sub("", attributes)
            if sum(map(bare.count, " \t\n\f\r/")) + attributes.count("=") > _MOST_ATTRIBUTES:
                return True
    return False


def _read(root: LexborNode) -> Json:
    """Read a tree from its leaves up, so that no depth is a limit."""
    order = list(_from_above(root))
    made: dict[int, dict[str, Json]] = {}
    for node in reversed(order):
        children: list[Json] = []
        for child in _children(node):
            if child.is_text_node:
                _add_text(children, child.text_content or "", str(node.tag))
            elif child.mem_id in made:
                children.append(made.pop(child.mem_id))
        made[node.mem_id] = {str(node.tag): _content(node, children), **_attributes(node)}
    return made[root.mem_id]


def _from_above(root: LexborNode) -> Iterator[LexborNode]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += [child for child in _children(node) if child.is_element_node]


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _add_text(children: list[Json], text: str, tag: str) -> None:
    if tag in _VERBATIM:
        children.append(text)
    elif shown := _SPACES.sub(" ", text).strip(" "):
        children.append(shown)


def _content(node: LexborNode, children: list[Json]) -> Json:
    kind = (node.attributes.get("type") or "") if node.tag == "script" else ""
    if kind.endswith("json") and len(children) == 1 and isinstance(children[0], str):
        try:
            return [parse_json(children[0].encode())]
        except (UnreadableError, TooLargeToReadError):
            return children
    return children


def _attributes(node: LexborNode) -> dict[str, Json]:
    attributes = node.attributes
    token = (attributes.get("name") or "").lower() in _TOKENS
    read: dict[str, Json] = {}
    for name, value in sorted(attributes.items()):
        if name == "nonce" or (token and name in {"value", "content"}):
            read[f"@{name}"] = _ONCE if value else value
        elif name == "class":
            read["@class"] = " ".join(sorted((value or "").split()))
        else:
            read[f"@{name}"] = value
    return read
