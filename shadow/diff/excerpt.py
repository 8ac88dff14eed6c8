"""Short texts of values, for people.

An excerpt is a whole value, or whole words of it, or a description; never a part of a word. What
is secret in it can so be recognised and redacted, which a piece of a secret could not be.
"""

import hashlib
import re

import orjson

from shadow.diff.canonical import exact_text
from shadow.diff.parse import Json

_WORD_CHARACTER = re.compile(r"[^\s\"'<>(){}\[\],;]")
_BLOCK_CHARS = 4_096


def describe_bytes(content: bytes) -> str:
    """Size and digest: `1,024 bytes sha256:0a1b2c3d4e5f`."""
    return f"{len(content):,} bytes sha256:{hashlib.sha256(content).hexdigest()[:12]}"


def json_excerpt(value: Json, max_chars: int) -> str:
    """The value's JSON text where it is short, else words from its start or what it is."""
    if isinstance(value, str):
        return _quoted_excerpt(value, 0, max_chars)
    if isinstance(value, dict | list) and len(value) > max_chars:
        return _describe_json(value)
    text = json_text(value)
    return text if len(text) <= max_chars else _describe_json(value)


def json_excerpts(primary: Json, candidate: Json, max_chars: int) -> tuple[str, str]:
    """Texts of two values; long strings are shown around the place where they part."""
    if isinstance(primary, str) and isinstance(candidate, str):
        at = _first_difference(primary, candidate)
        return _quoted_excerpt(primary, at, max_chars), _quoted_excerpt(candidate, at, max_chars)
    return json_excerpt(primary, max_chars), json_excerpt(candidate, max_chars)


def text_excerpts(primary: str, candidate: str, max_chars: int) -> tuple[str, str]:
    """Parts of two texts around the first character in which they differ."""
    at = _first_difference(primary, candidate)
    return text_excerpt(primary, max_chars, at), text_excerpt(candidate, max_chars, at)


def text_excerpt(text: str, max_chars: int, at: int = 0) -> str:
    """The whole text where it is short, else whole words around `at`."""
    if len(text) <= max_chars:
        return text
    return _words_around(text, at, max_chars) or _describe_text(text)


def json_text(value: Json) -> str:
    """The value as JSON, whatever is in it; bytes are JSON that nobody has parsed."""
    try:
        return orjson.dumps(value, default=_as_it_is).decode()
    except orjson.JSONEncodeError:
        return exact_text(value)


def _as_it_is(value: object) -> orjson.Fragment:
    if not isinstance(value, bytes):
        raise TypeError(value)
    return orjson.Fragment(value)


def _quoted_excerpt(text: str, at: int, max_chars: int) -> str:
    if len(text) <= max_chars:
        return json_text(text)
    words = _words_around(text, at, max_chars)
    return json_text(words) if words else _describe_text(text)


def _words_around(text: str, at: int, max_chars: int) -> str:
    start = max(0, min(at - max_chars // 4, len(text) - max_chars))
    end = min(len(text), start + max_chars)
    while start < end and _splits_word(text, start):
        start += 1
    while end > start and _splits_word(text, end):
        end -= 1
    words = text[start:end]
    if not words.strip():
        return ""
    return ("…" if start else "") + words + ("…" if end < len(text) else "")


def _splits_word(text: str, at: int) -> bool:
    if at in {0, len(text)}:
        return False
    return all(_WORD_CHARACTER.match(character) for character in text[at - 1 : at + 1])


def _describe_text(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{len(text):,} characters sha256:{digest}"


def _describe_json(value: Json) -> str:
    if isinstance(value, dict):
        return f"object of {len(value):,} members"
    if isinstance(value, list):
        return f"array of {len(value):,} elements"
    return f"number of {len(json_text(value)):,} characters"


def _first_difference(primary: str, candidate: str) -> int:
    """Index of the first character that is not the same."""
    shorter = min(len(primary), len(candidate))
    at = 0
    while at < shorter and primary[at : at + _BLOCK_CHARS] == candidate[at : at + _BLOCK_CHARS]:
        at += _BLOCK_CHARS
    while at < shorter and primary[at] == candidate[at]:
        at += 1
    return min(at, shorter)
