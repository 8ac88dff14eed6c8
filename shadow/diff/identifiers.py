"""What an identifier looks like: in a path, as the name of an object's member, as a value."""

import re
from functools import lru_cache
from itertools import pairwise

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
PREFIXED = re.compile(r"[a-z]{2,10}(?:_[a-z]{2,10})?_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{8,}")
DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_ADDRESS = re.compile(r"[^@\s:]+@(?![1-4]x\.)[^@\s:]+\.[^@\s.:]+")
"""An e-mail address, which neither `1362@2x.png` nor `ann@example.com:sign` is."""

_DIGITS = re.compile(r"[0-9]+")
_MOMENT = re.compile(
    DATE.pattern + r"[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
_HEX = re.compile(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{8,}", re.IGNORECASE)
_OPAQUE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_-]{10,}")
_MAX_LENGTH = 256
_REMEMBERED = 8_192
"""Names that are asked about again and again: those of members."""

_KINDS = (
    ("uuid", UUID),
    ("int", _DIGITS),
    ("date", DATE),
    ("date", _MOMENT),
    ("email", _ADDRESS),
    ("hex", _HEX),
    ("id", ULID),
)
_WORDS = re.compile(
    r"IPv[46]|[Vv]\d+(?![0-9A-Za-z])|V\d+|[A-Z]?[a-z]{3,}|[A-Z][a-z]{2,}"
    r"|(?<![0-9A-Za-z])[a-z]{2}(?![0-9A-Za-z])"
)


def identifier_kind(text: str) -> str | None:
    """One of uuid, int, date, email, hex, id (ULID or prefixed) and token; None for a word."""
    return _kind_of(text) if len(text) <= _MAX_LENGTH else None


@lru_cache(maxsize=_REMEMBERED)
def _kind_of(text: str) -> str | None:
    for kind, pattern in _KINDS:
        if pattern.fullmatch(text):
            return kind
    if PREFIXED.fullmatch(text):
        return None if has_only_words(text.rpartition("_")[2]) else "id"
    opaque = _OPAQUE.fullmatch(text) and is_jumbled(text) and not _is_readable(text)
    return "token" if opaque else None


def has_only_words(text: str) -> bool:
    """Whether all letters of a text are in words, be they joined (`checkoutFlow`) or apart."""
    return sum(map(str.isalpha, _WORDS.sub("", text))) == 0


def _is_readable(text: str) -> bool:
    """Whether most of a text is words, joined (`OAuth2ClientV2`) or apart (`us-east1-b`)."""
    characters = sum(character not in "-_" for character in text)
    return sum(map(len, _WORDS.findall(text))) * 4 >= characters * 3


def is_jumbled(text: str) -> bool:
    """Tell a random token (dQw4w9WgXcQ) from words and slugs (OAuth2Callback, my-post-2024)."""
    classes = [_character_class(character) for character in text]
    turns = sum(1 for here, there in pairwise(classes) if here != there)
    if {"upper", "lower", "digit"} <= set(classes) and classes.count("digit") >= 2:
        return turns * 3 >= len(text)
    return turns * 5 >= len(text) * 2 if "separator" not in classes else turns * 2 >= len(text)


def _character_class(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "separator"
