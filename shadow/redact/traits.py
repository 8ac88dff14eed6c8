"""Traits of requests: what may be kept of them to tell those that differ from the rest.

A trait is a header, a query parameter or a cookie that is there, or the primary's status. Its value
is kept only where it is short, plain and no identifier, and where nothing that is redacted in the
same request comes back in it. Of cookies, credentials and addresses the value is never kept.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from urllib.parse import unquote, unquote_plus

from shadow.model import Request, Trait
from shadow.redact.json_text import Rules
from shadow.redact.names import covers
from shadow.redact.patterns import pattern_spans
from shadow.redact.places import Places
from shadow.redact.scrub import Scrub
from shadow.redact.secrets import SHORTEST_SOUGHT, Secrets

MOST_TRAITS = 64
"""Most traits of one request; those that were asked for come first."""

_MOST_REMEMBERED = 8192
_LONGEST_PIECE = 4096

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,47}")
_VALUE = re.compile(r"[A-Za-z0-9*+-](?:[A-Za-z0-9 _.,;+/*-]{0,46}[A-Za-z0-9*+/-])?")
_LOOKS_UNIQUE = re.compile(
    r"\d{6}|[0-9a-fA-F-]{12}|\d+\.\d+\.\d+\.\d+|[A-Za-z0-9]{20}"
    r"|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8}|[a-z][A-Z][A-Za-z]*[a-z][A-Z]"
)
"""Digits of an identifier, an address, a key, letters mixed as in base64."""

_SAYS_NOTHING = frozenset(
    {"connection", "content-length", "date", "host", "keep-alive", "te", "transfer-encoding"}
)
_NAMES_SOMEBODY = frozenset(
    {
        "cf-connecting-ip",
        "client-ip",
        "fastly-client-ip",
        "forwarded",
        "from",
        "referer",
        "remote-addr",
        "true-client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-forwarded-for",
        "x-original-forwarded-for",
        "x-real-ip",
    }
)
_SOMEBODY = re.compile(
    r"(?:^|[-_])(?:user|username|login|phone|email|mail|principal|subject|auth|identity)(?:[-_]|$)"
)
"""Words in the names of headers by which proxies tell services who asks."""
_AGENT = "user-agent"
"""Headers that tell who a user is or where he comes from: only that they are there is kept."""

_MAY_NAME_A_SECRET = re.compile(r"[=:]")
_SPACE = re.compile(r"\s")

_SIGNS_OF_ENCODING = ("asic ", "\\", "&")
"""Signs that a secret may come back in base64, or as it was before JSON or markup escaped it."""

_CODE = "code"
"""A query parameter that is a credential while somebody signs in (OAuth)."""

_BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def _product(agent: str) -> str:
    """The family of a user agent; all browsers call themselves Mozilla first."""
    found = _PRODUCT.match(agent)
    name = found[0] if found else ""
    if name == "Mozilla":
        return next((browser for browser in _BROWSERS if f"{browser}/" in agent), name)
    return name


def _first_type(types: str) -> str:
    return types.split(",", 1)[0].split(";", 1)[0].strip().lower()


def _first_language(languages: str) -> str:
    return _first_type(languages).split("-", 1)[0]


_IN_SHORT: dict[str, Callable[[str], str]] = {
    "user-agent": _product,
    "accept": _first_type,
    "accept-language": _first_language,
    "content-type": _first_type,
}
"""What of a header with much detail and few sorts is the value of its trait."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a header, a parameter or a cookie's name comes to; `hidden` may hold a secret."""

    trait: Trait | None
    hidden: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTraits:
    """The traits of a request before its secrets are sought in them."""

    traits: tuple[Trait, ...] = ()
    may_echo: bool = False
    """Whether one may hold a secret of the same request; False is certain, True is not."""

    def cleaned(self, scrub: Scrub) -> tuple[Trait, ...]:
        """The traits without those values, and names, that hold a secret."""
        names = scrub.parts([trait.name for trait in self.traits])
        values = scrub.parts([trait.value for trait in self.traits])
        return tuple(
            trait if value == trait.value else Trait(trait.name)
            for trait, name, value in zip(self.traits, names, values, strict=True)
            if name == trait.name
        )


class TraitReader:
    """Reads the traits of requests; what was read before is remembered, within bounds.

    `rules` say which values are secret; `first` are names of traits that are kept whatever else a
    request has.
    """

    def __init__(self, rules: Rules, first: Iterable[str] = ()) -> None:
        self._rules = rules
        self._first = frozenset(first)
        self._pieces: dict[tuple[str, bytes | str], _Piece] = {}

    def read(self, request: Request, status: int) -> RequestTraits:
        """All that may be said of a request to which the primary answered `status`."""
        pieces = [*self._of_headers(request), *self._of_target(request.target)]
        traits = _each_once(pieces)
        if len(traits) >= MOST_TRAITS:
            traits.sort(key=lambda trait: trait.name not in self._first)
        read = (Trait("status", str(status)), *traits[: MOST_TRAITS - 1])
        return RequestTraits(traits=read, may_echo=_may_echo(read, pieces))

    def _of_headers(self, request: Request) -> Iterable[_Piece]:
        for name, value in request.headers:
            lowered = name.lower()
            if lowered == b"cookie":
                yield from self._of_cookies(value)
            else:
                yield self._remembered(lowered.decode("latin-1"), value, self._header)

    def _of_cookies(self, header: bytes) -> Iterable[_Piece]:
        pairs = header.decode("latin-1").split(";")
        for number, pair in enumerate(pairs):
            name, equals, value = pair.partition("=")
            if equals and number < MOST_TRAITS:
                yield self._remembered("cookie", name.strip(), self._cookie)
            yield _Piece(None, value or name)

    def _of_target(self, target: str) -> Iterable[_Piece]:
        path, mark, query = target.partition("?")
        if _MAY_NAME_A_SECRET.search(path):
            yield _Piece(None, path)
        if not mark:
            return
        pairs = query.split("&")
        if len(pairs) > MOST_TRAITS or _SPACE.search(query):
            yield _Piece(None, query)
        for pair in pairs[:MOST_TRAITS]:
            yield self._remembered("?", pair, self._parameter)

    def _remembered[Raw: (bytes, str)](
        self, kind: str, raw: Raw, look: Callable[[str, Raw], _Piece]
    ) -> _Piece:
        if len(raw) > _LONGEST_PIECE:
            return look(kind, raw)
        found = self._pieces.get((kind, raw))
        if found is None:
            if len(self._pieces) >= _MOST_REMEMBERED:
                self._pieces.clear()
            found = self._pieces[kind, raw] = look(kind, raw)
        return found

    def _header(self, name: str, raw: bytes) -> _Piece:
        text = raw.decode("latin-1").strip(" \t")
        secret = self._places().header(name, text) != text
        hidden = text if secret else ""
        if name in _SAYS_NOTHING or name.startswith("x-shadow-") or not _is_name(name):
            return _Piece(None, hidden)
        if secret or _names_somebody(name) or covers(self._rules.names, name):
            return _Piece(Trait(f"header:{name}"), hidden)
        shown = _IN_SHORT[name](text) if name in _IN_SHORT else text
        return _Piece(Trait(f"header:{name}", _kept(shown)), hidden)

    def _cookie(self, _kind: str, name: str) -> _Piece:
        return _Piece(Trait(f"cookie:{name}") if _is_name(name) else None)

    def _parameter(self, _kind: str, pair: str) -> _Piece:
        raw, _, value = pair.partition("=")
        name = unquote_plus(raw)
        sent = f"?{pair}"
        secret = self._places().target(sent) != sent or covers(self._rules.names, name)
        if not _is_name(name):
            return _Piece(None, pair)
        if secret or name == _CODE:
            return _Piece(Trait(f"query:{name}"), value)
        return _Piece(Trait(f"query:{name}", _kept(unquote_plus(value))))

    def _places(self) -> Places:
        """Only whether something is hidden matters here, not what is written instead."""
        return Places(self._rules, Secrets(b"-"))


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _LOOKS_UNIQUE.search(name) is None


def _kept(value: str) -> str:
    """The value of a trait; empty where it is not one that many requests could share."""
    plain = _VALUE.fullmatch(value) and not _LOOKS_UNIQUE.search(value)
    return value if plain and not pattern_spans(value) else ""


def _each_once(pieces: Iterable[_Piece]) -> list[Trait]:
    """Each name once; of one with several values only that it is there."""
    values: dict[str, str] = {}
    for piece in pieces:
        if piece.trait is not None:
            name, value = piece.trait
            values[name] = value if values.get(name, value) == value else ""
    return [Trait(name, value) for name, value in values.items()]


def _may_echo(traits: Sequence[Trait], pieces: Iterable[_Piece]) -> bool:
    """Tell whether a run as long as the shortest secret is in what is hidden and in a trait."""
    hidden = "\n".join([piece.hidden for piece in pieces if piece.hidden])
    if not hidden:
        return False
    if any(sign in hidden for sign in _SIGNS_OF_ENCODING):
        return True
    if "%" in hidden or "+" in hidden:
        hidden = f"{hidden}\n{unquote(hidden)}\n{unquote_plus(hidden)}"
    return any(run in hidden for run in chain.from_iterable(map(_runs, traits)))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _runs(trait: Trait) -> tuple[str, ...]:
    texts = (trait.name.partition(":")[2], trait.value)
    return tuple(
        text[at : at + SHORTEST_SOUGHT]
        for text in texts
        for at in range(len(text) - SHORTEST_SOUGHT + 1)
    )


def _names_somebody(name: str) -> bool:
    """Whether a header tells who asks."""
    return name in _NAMES_SOMEBODY or (name != _AGENT and _SOMEBODY.search(name) is not None)
