"""Header fields, by lower-cased name; a cookie by its own name, its attributes each for itself.

Locations: `header:etag`, `header:set-cookie[sid]` (the value), `header:set-cookie[sid].path`.
A value is never split at commas: dates and cookies hold them.
"""

from collections.abc import Iterator, Sequence

from shadow.diff.excerpt import text_excerpt, text_excerpts
from shadow.diff.identifiers import identifier_kind
from shadow.diff.limits import Findings
from shadow.diff.shape import shape_changed
from shadow.model import Difference, DifferenceKind, Headers

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
        # said by comparing the bodies
        "content-length",
    }
)

type _Fields = dict[str, list[str]]

_MAX_NAME_CHARS = 64
_MAX_ATTRIBUTES = 20


def compare_headers(
    primary: Headers, candidate: Headers, ignored: frozenset[str], findings: Findings
) -> None:
    """Add a difference for each field that was lost, was added or has another value."""
    if primary == candidate:
        return
    here, there = _fields(primary, ignored), _fields(candidate, ignored)
    for name, values in here.items():
        if name in there:
            _compare_values(name, values, there[name], findings)
        elif _cookie_of(name) in there or _cookie_of(name) == name:
            _add(name, DifferenceKind.MISSING, values, (), findings)
    for name, values in there.items():
        if name not in here and (_cookie_of(name) in here or _cookie_of(name) == name):
            _add(name, DifferenceKind.EXTRA, (), values, findings)


def _cookie_of(name: str) -> str:
    """The cookie that an attribute belongs to; any other field's own name."""
    cookie, bracket, attribute = name.rpartition("].")
    return f"{cookie}]" if bracket and attribute else name


def _fields(headers: Headers, ignored: frozenset[str]) -> _Fields:
    fields: _Fields = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        if name in ignored:
            continue
        parts = _cookie_parts(value) if name == "set-cookie" else [("", value)]
        for suffix, part in parts:
            fields.setdefault(name[:_MAX_NAME_CHARS] + suffix, []).append(part)
    return fields


def _cookie_parts(value: str) -> Iterator[tuple[str, str]]:
    pair, *attributes = value.split(";")
    name, _, content = pair.partition("=")
    cookie = f"[{_cookie_name(name.strip())}]"
    yield cookie, content.strip()
    for attribute in attributes[:_MAX_ATTRIBUTES]:
        key, _, setting = attribute.partition("=")
        yield f"{cookie}.{key.strip().lower()[:_MAX_NAME_CHARS]}", setting.strip()


def _cookie_name(name: str) -> str:
    return "{key}" if len(name) > _MAX_NAME_CHARS or identifier_kind(name) else name


def _compare_values(
    name: str, primary: list[str], candidate: list[str], findings: Findings
) -> None:
    if primary == candidate:
        return
    if len(primary) != len(candidate):
        lost = len(primary) > len(candidate)
        kind = DifferenceKind.MISSING if lost else DifferenceKind.EXTRA
    elif sorted(primary) == sorted(candidate):
        kind = DifferenceKind.ORDER
    elif any(map(_form_changed, primary, candidate)):
        kind = DifferenceKind.SHAPE
    else:
        kind = DifferenceKind.HEADER
    _add(name, kind, primary, candidate, findings)


def _form_changed(primary: str, candidate: str) -> bool:
    return primary != candidate and shape_changed(primary, candidate)


def _add(
    name: str,
    kind: DifferenceKind,
    primary: Sequence[str],
    candidate: Sequence[str],
    findings: Findings,
) -> None:
    size = findings.limits.max_excerpt_chars
    here, there = "\n".join(primary), "\n".join(candidate)
    both = text_excerpts(here, there, size) if primary and candidate else None
    findings.add(
        Difference(
            location=f"header:{name}",
            kind=kind,
            primary=both[0] if both else text_excerpt(here, size) if primary else None,
            candidate=both[1] if both else text_excerpt(there, size) if candidate else None,
        )
    )
