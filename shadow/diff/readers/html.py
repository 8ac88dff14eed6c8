"""HTML, as a browser reads it, without what is new at each rendering."""

import re

from selectolax.lexbor import LexborHTMLParser

from shadow.diff.parse import Json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.html_cost import is_costly
from shadow.diff.readers.html_tree import read_tree

_LONGEST = 4 * 1024 * 1024
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_FOREIGN = ("<svg", "<math")
_AMBIGUOUS = ":is(svg, math) :is(script, style, xmp, iframe, noembed, noframes) > *"


def read_html(content: Content) -> Json:
    """An element as `{tag: [texts and elements], "@name": value}`, as XML is read.

    The root has its `!doctype`. Comments are left out; white space is as a browser shows it;
    classes are sorted; nonces and the values of CSRF tokens are the same text everywhere. Raises
    UnreadableError for what is no text, has no markup, or is like no page of a browser's;
    TooLargeToReadError for more than 4 Mi characters.
    """
    text = decode_text(content)
    if text is None or not _MARKUP.search(text):
        raise UnreadableError("no HTML")
    if len(text) > _LONGEST:
        raise TooLargeToReadError(f"more than {_LONGEST:,} characters of HTML")
    if is_costly(text):
        raise UnreadableError("no HTML of a reasonable size")
    return read_tree(_parsed(text))


def _parsed(text: str) -> str:
    """The tree that a browser makes of a page, written with every tag and quote."""
    parser = LexborHTMLParser(text)
    written = parser.html
    if written is None:
        raise UnreadableError("no HTML")
    # Texts of these elements are written as they stand, though elements can be beside them.
    if any(name in written for name in _FOREIGN) and parser.css_first(_AMBIGUOUS) is not None:
        raise UnreadableError("HTML with elements in a script or a style")
    return written
