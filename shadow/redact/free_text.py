"""Secrets in text without a grammar: `name=value`, `name: value`, markup, query and form fields."""

import re
from collections.abc import Callable, Iterable
from html import unescape
from urllib.parse import quote_plus, unquote, unquote_plus

from shadow.redact.names import covers
from shadow.redact.secrets import Secrets

_NAME = r"(?<![\w.-])([^\W\d][\w.-]{0,127}+)\]?"
_IN_TEXT = re.compile(_NAME + r"\\{0,4}[\"']?\s{0,4}[:=]([ \t]{0,4})")
_IN_JSON = re.compile(_NAME + r"\s{0,4}[:=]([ \t]{0,4})")
_BARE = r"[^\s\"'&<>;,\\{}\[\]()]++"
_VALUE = re.compile(
    r'"([^"\\\n]*+(?:\\.[^"\\\n]*+)*+)'
    r"|'([^'\\\n]*+(?:\\.[^'\\\n]*+)*+)"
    r"|\\{1,4}[\"']([^\"'\\\n]*+)"
    rf"|({_BARE})"
)
_VALUE_IN_JSON = re.compile(rf"'([^'\"\\]*+)|({_BARE})")
_REST_OF_LINE = re.compile(r"([^\s\"'<>{}\[\]\\][^\r\n\"'<>{}\\]*+)")
_SAYS_NOTHING = frozenset({"null", "true", "false", "undefined", "None", "True", "False"})

_ELEMENT = re.compile(
    r"<(?:[\w.-]{1,64}+:)?([^\W\d][\w.-]{0,127}+)(?:\s[^<>]{0,1000}+)?>(?:<!\[CDATA\[)?([^<]++)"
)
_TAG_WITH_VALUE = re.compile(
    r"<[A-Za-z][^<>]{0,2000}?\s(?:value|content)\s?=[^<>]{0,4000}+", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"([\w:-]{1,64}+)\s?=\s?(?:\"([^\"]*+)|'([^']*+)|([^\s\"'<>]++))")
_NAMING = frozenset({"name", "id", "property", "key"})
_VALUED = frozenset({"value", "content"})

_PARAMETER = re.compile(r"(?<![^?&#\s])([^?&=#\s]{1,256}+)=([^&#\s]*+)")

type Span = tuple[int, int]


def redact_text(text: str, names: frozenset[str], secrets: Secrets) -> str:
    """Hide values that follow sensitive names, in prose, logs, scripts, HTML and XML."""
    text = _hide_spans(text, _assigned(text, names, _IN_TEXT, _VALUE), secrets)
    if "<" in text:
        text = _hide_spans(text, _elements(text, names), secrets)
        text = _hide_spans(text, _tags(text, names), secrets)
    return text


def redact_strings(text: str, names: frozenset[str], secrets: Secrets) -> str:
    """Hide values that follow sensitive names inside the strings of JSON text."""
    if "=" not in text and text.count(": ") == text.count('": '):
        return text
    return _hide_spans(text, _assigned(text, names, _IN_JSON, _VALUE_IN_JSON), secrets)


def redact_parameters(
    text: str, names: frozenset[str], secrets: Secrets, inner: Callable[[str], str]
) -> str:
    """Hide the values of sensitive query parameters or form fields; other text stays.

    `inner` redacts a field that holds JSON. Beside a `state`, `code` is that of a sign-in (OAuth).
    """
    sign_in = "code=" in text and "state=" in text

    def hidden(match: re.Match[str]) -> str:
        name, value = unquote_plus(match[1]), match[2]
        if covers(names, name):
            return f"{match[1]}={_hidden(value, secrets)}"
        if sign_in and name == "code":
            return f"{match[1]}={secrets.hide_uncertain(value)}"
        return f"{match[1]}={_with_json(value, inner)}"

    return _PARAMETER.sub(hidden, text)


def _with_json(value: str, inner: Callable[[str], str]) -> str:
    if not value.startswith(("{", "[", "%7B", "%7b", "%5B", "%5b")):
        return value
    plain = unquote_plus(value)
    clean = inner(plain)
    return value if clean == plain else quote_plus(clean, errors="surrogatepass")


def _hide_spans(text: str, spans: Iterable[Span], secrets: Secrets) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += (text[done:start], _hidden(text[start:end], secrets))
        done = end
    return "".join((*pieces, text[done:]))


def _hidden(value: str, secrets: Secrets) -> str:
    """Hide a value that may be encoded as URLs or markup need it."""
    for plain in {unquote(value), unquote_plus(value), unescape(value)} - {value}:
        secrets.learn(plain)
    return secrets.hide(value)


def _assigned(
    text: str, names: frozenset[str], naming: re.Pattern[str], valued: re.Pattern[str]
) -> Iterable[Span]:
    place = 0
    while (found := naming.search(text, place)) is not None:
        place = found.end()
        if covers(names, found[1]):
            to_the_end = found[2] and text[place - len(found[2]) - 1] == ":"
            value = to_the_end and _REST_OF_LINE.match(text, place)
            value = value or valued.match(text, place)
            if value and value[value.lastindex or 0] not in _SAYS_NOTHING:
                yield value.span(value.lastindex or 0)
                place = max(place, value.end())


def _elements(text: str, names: frozenset[str]) -> Iterable[Span]:
    for element in _ELEMENT.finditer(text):
        if covers(names, element[1]) and not element[2].isspace():
            yield element.span(2)


def _tags(text: str, names: frozenset[str]) -> Iterable[Span]:
    for tag in _TAG_WITH_VALUE.finditer(text):
        attributes = list(_ATTRIBUTE.finditer(text, tag.start(), tag.end()))
        named = (a[a.lastindex or 0] for a in attributes if a[1].lower() in _NAMING)
        if any(covers(names, name) for name in named):
            yield from (a.span(a.lastindex or 0) for a in attributes if a[1].lower() in _VALUED)
