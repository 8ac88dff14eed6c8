"""Differences: their texts, and secrets that are a name in their location or pointer."""

import re
from collections.abc import Callable
from dataclasses import replace

from shadow.model import Difference, DifferenceKind, Differences
from shadow.redact.json_text import OPEN, Rules, Spot, spot_at
from shadow.redact.places import Places
from shadow.redact.scrub import Scrub
from shadow.redact.secrets import Secrets

_HEADER = re.compile(r"header:([^\[]*+)(?:\[(.*)\](?:\.([^\]]*))?)?", re.DOTALL)
_STEP = re.compile(r"\.(\{key\}|[^\W\d]\w*)|\['((?:[^'\\]|\\.)*+)'\]|(\[\*\])")
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)")
_JSON_SCALAR = re.compile(r"-?\d[\d.eE+-]*+|true|false|null")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{12}(?![0-9a-f])")
_LONGEST_POSITION = 9

type Change = Callable[[str], str]


def begin_difference(difference: Difference, places: Places) -> Difference:
    """Redact the places in a difference; its location and pointer stay as they are."""
    change = _change_for(difference, places)
    return _with_texts(difference, lambda text: _FINGERPRINT.sub(_keyed(places), change(text)))


def finish_differences(differences: Differences, scrub: Scrub) -> Differences:
    """Redact what is left of secrets in differences, which were begun."""
    texts = [text for d in differences for text in (d.pointer, d.primary or "", d.candidate or "")]
    clean = scrub.parts(texts)
    locations = {d.location: scrub.structure(d.location) for d in differences}
    return tuple(
        replace(
            difference,
            location=locations[difference.location],
            pointer=pointer,
            primary=None if difference.primary is None else primary,
            candidate=None if difference.candidate is None else candidate,
        )
        for difference, pointer, primary, candidate in zip(
            differences, clean[::3], clean[1::3], clean[2::3], strict=True
        )
    )


def seal_differences(
    differences: Differences, secrets: Secrets, change_location: Change
) -> Differences:
    """Leave only digests of the texts, for when they cannot be searched for all secrets."""
    return tuple(
        replace(
            _with_texts(difference, secrets.token),
            location=change_location(difference.location),
            pointer="",
        )
        for difference in differences
    )


def _with_texts(difference: Difference, change: Change) -> Difference:
    primary, candidate = difference.primary, difference.candidate
    return replace(
        difference,
        primary=None if primary is None else change(primary),
        candidate=None if candidate is None else change(candidate),
    )


def _change_for(difference: Difference, places: Places) -> Change:
    if difference.kind is DifferenceKind.UNDECIDED:
        return places.text
    if header := _HEADER.fullmatch(difference.location):
        return lambda text: "\n".join(
            _header_line(header, line, places) for line in text.split("\n")
        )
    if not difference.location.startswith("$"):
        return places.text
    spot = _spot(difference, places)
    return lambda text: _json_value(text, spot, places)


def _header_line(header: re.Match[str], line: str, places: Places) -> str:
    name, cookie, attribute = header.groups()
    if attribute is not None:
        return places.cookie_attribute(attribute, line)
    if cookie is not None:
        return places.cookie(cookie, line)
    return places.header(name, line)


def _json_value(text: str, spot: Spot, places: Places) -> str:
    if text[:1] in {'"', "{", "["} or _JSON_SCALAR.fullmatch(text):
        return places.json(text, spot)
    return places.secrets.token(text) if spot.secret and text else places.text(text)


def _keyed(places: Places) -> Callable[[re.Match[str]], str]:
    """An unkeyed digest of a short value would tell it to whoever tries all short values."""
    return lambda match: places.secrets.token(match[0])


def _spot(difference: Difference, places: Places) -> Spot:
    """The pointer is exact where there is one; names may stand in either."""
    rules = places.rules
    templated = OPEN if difference.pointer else places.root
    for step in _STEP.finditer(difference.location):
        templated = templated.child(_name(step), rules)
    exact = places.root if difference.pointer else OPEN
    for part in difference.pointer.split("/")[1:]:
        exact = _descend(exact, part.replace("~1", "/").replace("~0", "~"), rules)
    return spot_at(templated.reach | exact.reach, secret=templated.secret or exact.secret)


def _descend(spot: Spot, part: str, rules: Rules) -> Spot:
    """In a pointer, a number may be a position or a name."""
    named = spot.child(part, rules)
    if not part.isdecimal() or len(part) > _LONGEST_POSITION:
        return named
    placed = spot.child(int(part), rules)
    return spot_at(named.reach | placed.reach, secret=named.secret or placed.secret)


def _name(step: re.Match[str]) -> str | None:
    if step[1] is not None:
        return None if step[1] == "{key}" else step[1]
    return None if step[2] is None else _ESCAPE.sub(_unescaped, step[2])


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) == 5 else escape
