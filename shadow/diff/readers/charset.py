"""Bytes to text: by byte order mark, by what is declared, as UTF-8, and for texts by a guess.

Decoding is strict, so that no replacement character makes two bodies equal. A text is its
characters: a charset is a spelling of it, and so is a byte order mark.
"""

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from charset_normalizer import from_bytes

from shadow.diff.readers.binary import sniffed_type
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
        *("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
        *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))),
        *("euc_jp", "iso2022_jp", "big5hkscs", "gb18030", "koi8-r", "koi8-u", "mac-roman"),
    )
)
"""Charsets of the web; Python knows codecs that are none, and some that are slow."""
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
"""What browsers read where a name means less: the WHATWG's Encoding Standard."""
_LATIN = "cp1252"
_META = re.compile(rb"<meta\b[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([a-z0-9._:-]{1,40})", re.I)
_LOOKED_AT = 1_024
_SNIFFED = 65_536
_GUESSES = ["cp1252", "cp1251", "shift_jis", "gb18030"]
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1b"})
_MOST_CONTROLS = 0.1
_NEVER_GUESSED = ("image/", "audio/", "video/", "font/", "application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedText:
    """A text whose charset nobody declares; on a guess alone, two bodies are never the same."""

    text: str
    charset: str


def decode_text(content: Content) -> str | None:
    """The body as text; None where it is none: undecodable, or full of control characters.

    The charset is that of the byte order mark, else of the content type, else of an HTML page's
    `meta`, else UTF-8. A charset that is declared and does not fit makes no text.
    """
    for mark, charset in _MARKS:
        if content.body.startswith(mark):
            return _decoded(content.body[len(mark) :], charset)
    return _decoded(content.body, _declared(content) or "utf-8")


def guess_text(content: Content) -> GuessedText | None:
    """The body as text in a charset that it looks like, for one that declares none.

    None where a charset is declared, and for what looks like no text.
    """
    body = content.body
    is_binary = content.media_type.startswith(_NEVER_GUESSED) or sniffed_type(body) != "bytes"
    if is_binary or b"\0" in body or _declared(content) is not None:
        return None
    found = from_bytes(body[:_SNIFFED], cp_isolation=_GUESSES).best()
    text = None if found is None else _decoded(body, found.encoding)
    if found is None or text is None:
        return None
    return GuessedText(text=text, charset=codecs.lookup(found.encoding).name)


def _declared(content: Content) -> str | None:
    named = _web_charset(content.parameters.get("charset", ""))
    if named is not None or content.media_type != "text/html":
        return named
    meta = _META.search(content.body[:_LOOKED_AT])
    named = _web_charset(meta[1].decode("ascii")) if meta else None
    # What can be read byte by byte is not in the UTF-16 that it may claim.
    return named if named is None or not named.startswith("utf-") else "utf-8"


@lru_cache(maxsize=256)
def _web_charset(name: str) -> str | None:
    name = name.strip("\"' ").lower()
    try:
        found = _READ_AS.get(name) or codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    found = _READ_AS.get(found, found)
    return found if found in _CHARSETS else None


def _decoded(body: bytes, charset: str) -> str | None:
    try:
        text = body.decode(charset)
    except UnicodeError:
        # Of Latin-1, bytes that have no character in Windows-1252 are control characters.
        return _decoded(body, "iso8859-1") if charset == _LATIN else None
    return text if _is_text(text) else None


def _is_text(text: str) -> bool:
    if "\0" in text:
        return False
    start = text[:_SNIFFED].encode()
    controls = len(start) - len(start.translate(None, _CONTROLS))
    return controls <= _MOST_CONTROLS * len(start)
