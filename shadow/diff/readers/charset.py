"""Bytes to text: by byte order mark, by what the headers say, by what it looks like."""

import codecs
from functools import lru_cache

from charset_normalizer import from_bytes

from shadow.diff.readers.content import Content

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii"),
        *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "big5", "gb2312", "gbk", "gb18030"),
        *("koi8-r", "koi8-u"),
    )
)
"""Charsets of the web; Python knows codecs that are none, and some that are slow."""
_SNIFFED = 65_536


def decode_text(content: Content) -> str | None:
    """The body as text, None where it is none: no replacement makes two bodies equal."""
    for mark, charset in _MARKS:
        if content.body.startswith(mark):
            return _decoded(content.body[len(mark) :], charset)
    named = _web_charset(content.parameters.get("charset", ""))
    text = _decoded(content.body, named or "utf-8")
    return text if text is not None or named else _sniffed(content.body)


@lru_cache(maxsize=256)
def _web_charset(name: str) -> str | None:
    try:
        found = codecs.lookup(name.strip("\"' ")).name if name else None
    except (LookupError, ValueError):
        return None
    return found if found in _CHARSETS else None


def _decoded(body: bytes, charset: str) -> str | None:
    try:
        text = body.decode(charset)
    except UnicodeError:
        return None
    return None if "\0" in text else text


def _sniffed(body: bytes) -> str | None:
    if b"\0" in body:
        return None
    best = from_bytes(body[:_SNIFFED], cp_isolation=["cp1252", "cp1251", "shift_jis", "gb18030"])
    found = best.best()
    return None if found is None else _decoded(body, found.encoding)
