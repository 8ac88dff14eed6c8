"""Known secrets wherever they come back: as they are, escaped, percent-encoded or in base64."""

import base64
import html
import json
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote, unquote_plus

from shadow.redact.secrets import Secrets

type Span = tuple[int, int]

_UNRESERVED = re.compile(r"[A-Za-z0-9_.-]*+")
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ENCODED_RUN = re.compile(r"[^\s\"'<>]++")
_SIGNS_OF_ENCODING = ("%", "\\u", "&")
_BASE64_TAIL = re.compile(r"[A-Za-z0-9+/_=-]{0,2}+[A-Za-z0-9+_=-]*+")
_BASE64_CHARS = frozenset(string.ascii_letters + string.digits + "+_-")
_OTHER_FORMS = {" ": ("+",), "/": ("\\/", "~1"), "~": ("~0",), "'": ("&apos;",)}
_MOST_SPELLED = 64
_LONGEST_SPELLED = 256
"""Of more or longer secrets only whole words are decoded: an expression for each would be dear."""
_CUT = "…"
_SHORTEST_PIECE = 4
_BETWEEN_WORDS = re.compile(r"[\s\"'<>(){}\[\],;]")
"""Where an excerpt may be cut; a secret without any of these is in it as a whole or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoes:
    """What to look for: secrets, and other forms in which they may come back."""

    secrets: tuple[str, ...]
    plain: tuple[str, ...]
    """Secrets to look for as they are."""
    special: tuple[tuple[str, str], ...]
    """Secrets of which single characters may be encoded, each after a part that stays as it is."""
    cores: tuple[str, ...]
    """The base64 of secrets."""
    of_words: tuple[str, ...]
    """Secrets that an excerpt may hold a piece of."""

    @classmethod
    def of(cls, secrets: Iterable[str]) -> "Echoes":
        """Prepare to look for secrets."""
        known = tuple(secrets)
        return cls(
            secrets=known,
            plain=known,
            special=tuple(map(_with_piece, filter(_is_special, known)))[:_MOST_SPELLED],
            cores=tuple(dict.fromkeys(chain.from_iterable(map(_cores, known)))),
            of_words=tuple(secret for secret in known if _BETWEEN_WORDS.search(secret)),
        )

    @property
    def anything(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.secrets or self.plain or self.special or self.cores or self.of_words)

    def within(self, text: str) -> "Echoes":
        """The same, less what a text cannot hold: cheaper for looking at its many parts."""
        if "\\" in text:
            return self
        return Echoes(
            secrets=self.secrets if _may_be_encoded(text) else (),
            plain=tuple(secret for secret in self.plain if secret in text),
            special=tuple((piece, secret) for piece, secret in self.special if piece in text),
            cores=tuple(core for core in self.cores if core in text),
            of_words=self.of_words if _CUT in text else (),
        )

    def spans(self, text: str) -> list[Span]:
        """Where a text holds a secret in one of its usual forms; spans may overlap."""
        spans = [span for secret in self.plain for span in _found(text, secret)]
        for piece, secret in self.special:
            if piece in text:
                spans += (match.span() for match in _spelled(secret).finditer(text))
        spans += (span for core in self.cores for span in _base64_around(text, core))
        return spans

    def encoded_spans(self, text: str) -> list[Span]:
        """Runs of text that hold a secret when decoded, however unusually it was encoded."""
        if not self.secrets or not _may_be_encoded(text):
            return []
        runs = (run for run in _ENCODED_RUN.finditer(text) if self._is_encoded_in(run[0]))
        return [run.span() for run in runs]

    def cut_spans(self, text: str) -> list[Span]:
        """Pieces of secrets at the ends of an excerpt, which `…` marks."""
        if _CUT not in text:
            return []
        inside = text.strip('"')
        first = text.find(inside)
        last = first + len(inside)
        spans: list[Span] = []
        for secret in self.of_words:
            if inside.startswith(_CUT):
                spans.append((first + 1, first + 1 + _rest_at_start(inside[1:], secret)))
            if inside.endswith(_CUT):
                spans.append((last - 1 - _part_at_end(inside[:-1], secret), last - 1))
        return spans

    def _is_encoded_in(self, run: str) -> bool:
        if not _may_be_encoded(run):
            return False
        decoded = _decodings(run)
        return any(secret in text for text in decoded for secret in self.secrets)


def hide_spans(text: str, spans: Iterable[Span], secrets: Secrets) -> str:
    """Put a token in place of each span; those that overlap become one."""
    pieces: list[str] = []
    done = 0
    for start, end in _merged(spans):
        pieces += (text[done:start], secrets.token(text[start:end]))
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    first, last = 0, 0
    for start, end in sorted(spans):
        if start < last:
            last = max(last, end)
            continue
        if first < last:
            yield first, last
        first, last = start, end
    if first < last:
        yield first, last


def _is_special(secret: str) -> bool:
    return len(secret) <= _LONGEST_SPELLED and not _UNRESERVED.fullmatch(secret)


def _with_piece(secret: str) -> tuple[str, str]:
    return max(_UNRESERVED.findall(secret), key=len), secret


@lru_cache(maxsize=4 * _MOST_SPELLED)
def _spelled(secret: str) -> re.Pattern[str]:
    """A secret with each of its special characters in any form."""
    return re.compile("".join(map(_any_form, secret)))


def _any_form(character: str) -> str:
    """An expression for a character as it is, or escaped for a URL, for JSON or for markup."""
    if _UNRESERVED.fullmatch(character):
        return re.escape(character)
    octets = character.encode("utf-8", "surrogatepass")
    units: str = character.encode("utf-16-be", "surrogatepass").hex()
    code = ord(character)
    forms = {character, json.dumps(character)[1:-1], html.escape(character), f"&#{code};"}
    forms |= {octets.decode("latin-1"), *_OTHER_FORMS.get(character, ())}
    if 0x80 <= code <= 0xFF:
        forms.add(chr(0xDC00 + code))
    escaped = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
    percent = "".join(f"%{octet:02x}" for octet in octets)
    script = "".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return f"(?:(?i:{percent}|{script}|&#x0*{code:x};)|{'|'.join(escaped)})"


def _cores(secret: str) -> Iterator[str]:
    """The base64 that a secret gives wherever it stands: at each of three offsets, less its ends.

    Six bits make a character; those that share one with a neighbour are left out.
    """
    data = secret.encode("utf-8", "surrogatepass")
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        core = encoded[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
        yield from (core, core.replace("+", "-").replace("/", "_"))


def _found(text: str, needle: str) -> Iterator[Span]:
    start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        yield start, end
        start = text.find(needle, end)


def _base64_around(text: str, core: str) -> Iterator[Span]:
    """The whole run of base64 around each place where a core is found."""
    end = 0
    while (found := text.find(core, end)) >= 0:
        start = found
        while start > end and text[start - 1] in _BASE64_CHARS:
            start -= 1
        tail = _BASE64_TAIL.match(text, found + len(core))
        end = tail.end() if tail else found + len(core)
        yield start, end


def _may_be_encoded(text: str) -> bool:
    return any(sign in text for sign in _SIGNS_OF_ENCODING)


def _decodings(run: str) -> list[str]:
    """A run of text with what may be encoded in it decoded, up to twice."""
    once = [unquote(run), unquote_plus(run), html.unescape(run)]
    once.append(_JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), run))
    return once + [unquote_plus(text) for text in once if "%" in text]


def _rest_at_start(text: str, secret: str) -> int:
    """Length of the end of a secret that a text begins with."""
    found = text.find(secret[-_SHORTEST_PIECE:])
    end = found + _SHORTEST_PIECE
    return end if found >= 0 and secret.endswith(text[:end]) else 0


def _part_at_end(text: str, secret: str) -> int:
    """Length of the beginning of a secret that a text ends with."""
    found = text.rfind(secret[:_SHORTEST_PIECE])
    return len(text) - found if found >= 0 and secret.startswith(text[found:]) else 0
