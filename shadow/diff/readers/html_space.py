"""White space in HTML: which of it a browser shows."""

import re
from collections.abc import Callable, Iterable

from shadow.diff.parse import Json

VERBATIM = frozenset({"pre", "listing", "plaintext", "textarea", "xmp", "script", "style"})
"""Elements in which white space is as it stands, and in all that is in them."""

_SPACES = re.compile(r"[ \t\n\f\r]+")
_UNCOLLAPSED = re.compile(r"[\t\n\f\r]|  ")
_UNSETTLED = re.compile(r"[\t\n\f\r]|^ |  | \Z")
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "col"),
        *("colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "frameset", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main"),
        *("menu", "nav", "ol", "optgroup", "option", "p", "plaintext", "pre", "search", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul", "xmp"),
    }
)
"""Elements at whose borders, inside and outside, a line begins anew."""
_UNSEEN = frozenset({"base", "link", "meta", "script", "source", "style", "template", "track"})
"""Elements beside which white space is as if they were not there."""
_OF_ELEMENTS = frozenset(
    {
        *("audio", "colgroup", "datalist", "defs", "frameset", "g", "head", "html", "optgroup"),
        *("picture", "select", "svg", "symbol", "table", "tbody", "tfoot", "thead", "tr", "video"),
    }
)
"""Elements that lay out other elements, and show no white space between them."""


def is_as_shown(text: str) -> bool:
    """Whether no white space of a text can be left out, wherever it stands."""
    return not _UNSETTLED.search(text)


def as_shown(children: list[Json], tag: str) -> list[Json]:
    """The texts and elements in an element, with each run of white space one space, or none.

    None is shown at the borders of blocks, and none between the parts of tables and their like.
    """
    if not any(isinstance(child, str) for child in children):
        return children
    spaced = [_collapsed(child) if isinstance(child, str) else child for child in children]
    if tag in _OF_ELEMENTS:
        spaced = [child for child in spaced if child != " "]
    begun = _without_space(spaced, str.lstrip, at_border=tag in _BLOCKS)
    ended = _without_space(reversed(begun), str.rstrip, at_border=tag in _BLOCKS)
    ended.reverse()
    return ended


def _collapsed(text: str) -> str:
    return _SPACES.sub(" ", text) if _UNCOLLAPSED.search(text) else text


def _without_space(
    children: Iterable[Json], strip: Callable[[str, str], str], *, at_border: bool
) -> list[Json]:
    """Children in the order they are given in, each text stripped that comes behind a border."""
    kept: list[Json] = []
    for child in children:
        if isinstance(child, str):
            text = strip(child, " ") if at_border else child
            if text:
                kept.append(text)
                at_border = False
        else:
            kept.append(child)
            tag = _tag(child)
            if tag not in _UNSEEN:
                at_border = tag in _BLOCKS
    return kept


def _tag(element: Json) -> str:
    """The tag of an element: its first name."""
    return next(iter(element), "") if isinstance(element, dict) else ""
