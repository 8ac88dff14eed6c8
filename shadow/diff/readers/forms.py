"""Forms, as browsers send them."""

import re
from urllib.parse import parse_qsl

from shadow.diff.parse import Json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_MOST_FIELDS = 10_000
_SPACE = re.compile(r"[\x00-\x20]")
"""A form has a sign for every space: with one in it, this is some other text."""


def read_form(content: Content) -> Json:
    """Each name with its values, in their order: `{"tag": ["a", "b"]}`.

    Raises UnreadableError for what is no ASCII or has white space, TooLargeToReadError for too
    many fields.
    """
    try:
        text = content.body.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableError("no form") from None
    if _SPACE.search(text):
        raise UnreadableError("a form with white space in it")
    if text.count("&") >= _MOST_FIELDS:
        raise TooLargeToReadError(f"more than {_MOST_FIELDS:,} fields")
    fields: dict[str, Json] = {}
    # Bytes that are no UTF-8 stay apart as halves of characters.
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        values = fields.setdefault(name, [])
        if isinstance(values, list):
            values.append(value)
    return fields
