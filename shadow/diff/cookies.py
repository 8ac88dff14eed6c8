"""Cookies that answers set: each by its own name, its attributes each for itself.

Locations: `header:set-cookie[sid]` (the value), `header:set-cookie[sid].path`. Names that are
identifiers are compared as they are, and share the location `header:set-cookie[{key}]`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shadow.diff.header_values import compare_values, report_values
from shadow.diff.identifiers import identifier_kind
from shadow.diff.limits import Findings
from shadow.model import DifferenceKind

COOKIE_FIELD = "set-cookie"

_SPACE = " \t"
_MAX_NAME_CHARS = 64
_MAX_ATTRIBUTES = 20
_FURTHER = ";"
"""Stands for the attributes behind the last that has a name; none can be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cookie:
    """One cookie: its value, and each attribute with its settings, by lower-cased name."""

    value: str
    attributes: Mapping[str, list[str]]


def compare_cookies(primary: list[str], candidate: list[str], findings: Findings) -> None:
    """Add a difference for each cookie that was lost, was added or is another one.

    A cookie that is set several times is as many cookies, in their order.
    """
    here, there = _by_name(primary), _by_name(candidate)
    for name, cookies in here.items():
        if name in there:
            _compare_repeats(_location(name), cookies, there[name], findings)
        else:
            values = [cookie.value for cookie in cookies]
            report_values(_location(name), DifferenceKind.MISSING, values, (), findings)
    for name, cookies in there.items():
        if name not in here:
            values = [cookie.value for cookie in cookies]
            report_values(_location(name), DifferenceKind.EXTRA, (), values, findings)


def _by_name(fields: Iterable[str]) -> dict[str, list[_Cookie]]:
    cookies: dict[str, list[_Cookie]] = {}
    for field in fields:
        pair, *attributes = field.split(";")
        # Browsers take a text without "=" for the value of a cookie without a name.
        name, equals, value = pair.partition("=")
        name, value = (name, value) if equals else ("", name)
        cookie = _Cookie(value=value.strip(_SPACE), attributes=_attributes(attributes))
        cookies.setdefault(name.strip(_SPACE), []).append(cookie)
    return cookies


def _attributes(texts: list[str]) -> dict[str, list[str]]:
    attributes: dict[str, list[str]] = {}
    for text in texts[:_MAX_ATTRIBUTES]:
        name, _, setting = text.partition("=")
        attributes.setdefault(name.strip(_SPACE).lower(), []).append(setting.strip(_SPACE))
    if len(texts) > _MAX_ATTRIBUTES:
        attributes[_FURTHER] = texts[_MAX_ATTRIBUTES:]
    return attributes


def _compare_repeats(
    location: str, primary: list[_Cookie], candidate: list[_Cookie], findings: Findings
) -> None:
    if primary == candidate:
        return
    here, there = ([cookie.value for cookie in side] for side in (primary, candidate))
    if _are_reordered(primary, candidate):
        report_values(location, DifferenceKind.ORDER, here, there, findings)
        return
    compare_values(location, here, there, findings)
    for cookie, other in zip(primary, candidate, strict=False):
        _compare_attributes(location, cookie.attributes, other.attributes, findings)


def _are_reordered(primary: list[_Cookie], candidate: list[_Cookie]) -> bool:
    if len(primary) != len(candidate):
        return False
    return sorted(map(_text, primary)) == sorted(map(_text, candidate))


def _text(cookie: _Cookie) -> str:
    return repr((cookie.value, sorted(cookie.attributes.items())))


def _compare_attributes(
    location: str,
    primary: Mapping[str, list[str]],
    candidate: Mapping[str, list[str]],
    findings: Findings,
) -> None:
    for name, settings in primary.items():
        where = _attribute_location(location, name)
        if name in candidate:
            compare_values(where, settings, candidate[name], findings)
        else:
            report_values(where, DifferenceKind.MISSING, settings, (), findings)
    for name, settings in candidate.items():
        if name not in primary:
            where = _attribute_location(location, name)
            report_values(where, DifferenceKind.EXTRA, (), settings, findings)


def _location(name: str) -> str:
    is_key = len(name) > _MAX_NAME_CHARS or identifier_kind(name)
    return f"header:{COOKIE_FIELD}[{'{key}' if is_key else name}]"


def _attribute_location(location: str, name: str) -> str:
    return f"{location}..*" if name == _FURTHER else f"{location}.{name[:_MAX_NAME_CHARS]}"
