"""Header fields, by lower-cased name; cookies are in `cookies`.

Locations: `header:etag`, `header:set-cookie[sid]`. A value is never split at commas: dates and
cookies hold them.
"""

import re

from shadow.diff.cookies import COOKIE_FIELD, compare_cookies
from shadow.diff.header_values import compare_values, report_values
from shadow.diff.limits import Findings
from shadow.model import DifferenceKind, Headers

DEFAULT_IGNORED_HEADERS = frozenset(
    {
        # of the connection, not of the answer
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "alt-svc",
        # the clock
        "date",
        "age",
        # what stands in front of a target, and is deployed apart from it
        "via",
        "server",
        "x-envoy-upstream-service-time",
        # said by comparing the bodies
        "content-length",
    }
)

type _Fields = dict[str, list[str]]

_MAX_NAME_CHARS = 64
_MULTIPART = re.compile(r"multipart/", re.IGNORECASE)
_PARAMETER = re.compile(r";(?:[^;\"]|\"(?:[^\"\\]|\\.)*+\"?)*+")
_BOUNDARY = re.compile(r";[ \t]*+boundary=", re.IGNORECASE)


def compare_headers(
    primary: Headers, candidate: Headers, ignored: frozenset[str], findings: Findings
) -> None:
    """Add a difference for each field that was lost, was added or has another value."""
    if primary == candidate:
        return
    here, there = _fields(primary, ignored), _fields(candidate, ignored)
    compare_cookies(here.pop(COOKIE_FIELD, []), there.pop(COOKIE_FIELD, []), findings)
    for name, values in here.items():
        if name in there:
            compare_values(_location(name), values, there[name], findings)
        else:
            report_values(_location(name), DifferenceKind.MISSING, values, (), findings)
    for name, values in there.items():
        if name not in here:
            report_values(_location(name), DifferenceKind.EXTRA, (), values, findings)


def compare_lengths(primary: Headers, candidate: Headers, findings: Findings) -> None:
    """Compare whether both say that there is a body: for HEAD, where none is sent.

    Of bodies that are there, the lengths differ with any time or number in them.
    """
    here, there = (_lengths(headers) for headers in (primary, candidate))
    if here and there and ("0" in here) != ("0" in there):
        compare_values("header:content-length", here, there, findings)


def _fields(headers: Headers, ignored: frozenset[str]) -> _Fields:
    fields: _Fields = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        if name == "content-type" and _MULTIPART.match(value):
            value = _PARAMETER.sub(_without_boundary, value)
        if name not in ignored:
            fields.setdefault(name, []).append(value)
    return fields


def _without_boundary(parameter: re.Match[str]) -> str:
    """A parameter; of a boundary, which is another one in every answer, only that it is there."""
    text = parameter.group()
    return "; boundary=…" if _BOUNDARY.match(text) else text


def _lengths(headers: Headers) -> list[str]:
    return [
        value.decode("latin-1").strip(" \t")
        for name, value in headers
        if name.lower() == b"content-length"
    ]


def _location(name: str) -> str:
    return f"header:{name[:_MAX_NAME_CHARS]}"
