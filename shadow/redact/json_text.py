"""Secrets in JSON by their place: under a sensitive name, or where a configured path leads.

The text is changed and not parsed and written again, so all else stays as it was sent: spacing,
numbers of any length, repeated keys. Text that is cut short or not quite JSON is walked as far as
it makes sense, and depth is bounded by nothing but the text.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from shadow.redact.names import covers
from shadow.redact.paths import Child, PathSet
from shadow.redact.secrets import Secrets

_STRING = r'("(?:[^"\\]++|\\.)*+"?)(\s*+:)?'
"""A string, cut short or not; with a colon after it, it is a key."""
_EACH = re.compile(rf'{_STRING}|([\[\]{{}},]|[^\s"\[\]{{}},]++)', re.DOTALL)
_FEW = re.compile(rf'(?:[^"{{}}\[\]]++|"[^"\\]*+"(?!\s*+:))*+(?:{_STRING}|([\[\]{{}}]))', re.DOTALL)
"""Of all tokens only those that matter where nothing is secret."""
_STRINGS = re.compile(_STRING, re.DOTALL)
_ESCAPED = re.compile(r'((?:[^"]++|"[^"\\]*+")*+)("(?:[^"\\]++|\\.)*+"?)?', re.DOTALL)
"""What comes before a string with a backslash, and that string; it never fails to match."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRING_OR_NUMBER = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|-?\d[\d.eE+-]*+', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERALS = frozenset({"true", "false", "NaN", "Infinity", "-Infinity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is secret by its place: `names` as `folded` gives them, and paths in JSON."""

    names: frozenset[str]
    paths: PathSet


class Spot(NamedTuple):
    """A place in JSON: how far paths have come there, and whether all below it is secret."""

    reach: int
    secret: bool

    def child(self, child: Child, rules: Rules) -> "Spot":
        """The place of a child."""
        secret = self.secret or (isinstance(child, str) and covers(rules.names, child))
        reach = rules.paths.step(self.reach, child) if self.reach else 0
        return spot_at(reach, secret=secret or rules.paths.arrived(reach))


OPEN = Spot(0, secret=False)
SECRET = Spot(0, secret=True)


def spot_at(reach: int, *, secret: bool) -> Spot:
    """A spot; where no path leads on, it is `OPEN` or `SECRET` itself."""
    if reach:
        return Spot(reach, secret)
    return SECRET if secret else OPEN


def redact_json(
    text: str, spot: Spot, rules: Rules, secrets: Secrets, inner: Callable[[str], str]
) -> str:
    """Hide what is secret by its place; `spot` is the place of the text's own value.

    `inner` redacts a string that had to be unescaped: it may hold JSON again.
    """
    if spot is OPEN and not _has_covered_key(text, rules.names):
        return unescape_json(text, inner) if "\\" in text else text
    return _Walk(spot, rules, secrets, inner).over(text)


def unescape_json(text: str, inner: Callable[[str], str]) -> str:
    """Let `inner` change the strings that hold escapes, without these; other text stays."""
    return _ESCAPED.sub(lambda match: match[1] + _changed(match[2] or "", inner), text)


def hide_numbers(text: str, clean: Callable[[str], str], secrets: Secrets) -> str:
    """Hide the numbers of a JSON text that `clean` changes; their tokens are strings."""

    def changed(match: re.Match[str]) -> str:
        if match[1] is not None or clean(match[0]) == match[0]:
            return match[0]
        return quoted(secrets.literal_token(match[0]))

    return _STRING_OR_NUMBER.sub(changed, text)


def unquoted(token: str) -> str:
    """The text of a JSON string, which may be cut short or wrongly escaped."""
    inside = token[1:-1] if len(token) > 1 and token.endswith('"') else token[1:]
    if "\\" not in inside:
        return inside
    try:
        decoded = json.loads(f'"{inside}"', strict=False)
    except ValueError:
        return inside
    return decoded if isinstance(decoded, str) else inside


def quoted(text: str) -> str:
    """Write a JSON string."""
    return json.dumps(text, ensure_ascii=_SURROGATE.search(text) is not None)


def _has_covered_key(text: str, names: frozenset[str]) -> bool:
    keys = {string for string, colon in _STRINGS.findall(text) if colon}
    return any(covers(names, unquoted(key)) for key in keys)


def _changed(token: str, inner: Callable[[str], str]) -> str:
    if not token:
        return token
    text = unquoted(token)
    clean = inner(text)
    return token if clean == text else quoted(clean)


class _Walk:
    """A place that moves over the text; containers it is inside of wait on a stack."""

    def __init__(
        self, spot: Spot, rules: Rules, secrets: Secrets, inner: Callable[[str], str]
    ) -> None:
        self.rules = rules
        self.secrets = secrets
        self.inner = inner
        self.spot = spot
        """Of the value that comes next."""
        self.container = spot
        self.index = -1
        """Position in an array, -1 in an object."""
        self.outside: list[tuple[Spot, int]] = []

    def over(self, text: str) -> str:
        pieces: list[str] = []
        done = place = 0
        while (match := self.next_token(text, place)) is not None:
            start, end = match.span(1 if match[1] else 3)
            place = match.end()
            token = text[start:end]
            written = self.key(token) if match[2] else self.take(token)
            if written != token:
                pieces += (text[done:start], written)
                done = end
        return "".join((*pieces, text[done:]))

    def next_token(self, text: str, place: int) -> re.Match[str] | None:
        if self.spot is OPEN and self.container is OPEN:
            return _FEW.match(text, place)
        return _EACH.search(text, place)

    def key(self, token: str) -> str:
        self.spot = self.container.child(unquoted(token), self.rules)
        return _changed(token, self.inner) if "\\" in token else token

    def take(self, token: str) -> str:
        """Move over a token that is no key; return what is to be written for it."""
        match token[0]:
            case '"':
                return self.string(token)
            case "{" | "[":
                self.open(token)
            case "}" | "]":
                self.close()
            case ",":
                self.next_element()
            case _:
                return self.literal(token)
        return token

    def string(self, token: str) -> str:
        if self.spot.secret:
            text = unquoted(token)
            return quoted(self.secrets.hide(text)) if text else token
        return _changed(token, self.inner) if "\\" in token else token

    def literal(self, token: str) -> str:
        if not self.spot.secret or token in {"null", ":"}:
            return token
        if token in _LITERALS or _NUMBER.fullmatch(token):
            return quoted(self.secrets.hide_literal(token))
        return quoted(self.secrets.hide(token))

    def open(self, bracket: str) -> None:
        self.outside.append((self.container, self.index))
        self.container = self.spot
        self.index = -1
        if bracket == "[":
            self.index = 0
            self.spot = self.container.child(0, self.rules)

    def close(self) -> None:
        if self.outside:
            self.container, self.index = self.outside.pop()
        self.spot = self.container

    def next_element(self) -> None:
        if self.index >= 0:
            self.index += 1
            self.spot = self.container.child(self.index, self.rules)
