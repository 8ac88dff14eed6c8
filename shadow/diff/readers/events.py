"""Server-sent events, by the WHATWG's rules."""

from collections.abc import Iterable

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_MOST_LINES, _MOST_EVENTS = 1_000_000, 100_000
_BOM = b"\xef\xbb\xbf"

type _Fields = dict[str, list[str]]


def read_events(content: Content) -> Json:
    """Event by event: `{"event", "data", "id", "retry"}`, what it has not left out.

    Data that is a JSON object or list is read as such. Comments are left out; lines that mean
    nothing are in `unknown`; an event that no empty line ends says so in `incomplete`. Raises
    UnreadableError for what is not UTF-8 or has no field, TooLargeToReadError for too many events.
    """
    try:
        text = content.body.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise UnreadableError("events that are not UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > _MOST_LINES:
        raise TooLargeToReadError(f"more than {_MOST_LINES:,} lines of events")
    *lines, last = text.split("\n")
    events: list[Json] = []
    fields: _Fields = {}
    for line in lines:
        if line:
            _add(fields, line)
        elif fields:
            events.append(_event(fields))
            fields = {}
        if len(events) > _MOST_EVENTS:
            raise TooLargeToReadError(f"more than {_MOST_EVENTS:,} events")
    if last:
        _add(fields, last)
    if fields:
        events.append({**_event(fields), "incomplete": True})
    _require_a_field(events)
    return events


def is_event(lines: bytes) -> bool:
    """Whether lines without an empty one among them make an event: any but comments do."""
    lines = lines.removeprefix(_BOM)
    if not lines.startswith(b":"):
        return bool(lines.strip(b"\r\n"))
    return any(line and not line.startswith(b":") for line in lines.splitlines())


def _add(fields: _Fields, line: str) -> None:
    name, _, value = line.partition(":")
    value = value.removeprefix(" ")
    if _means_something(name, value):
        fields.setdefault(name, []).append(value)
    elif name:
        fields.setdefault("unknown", []).append(line)


def _means_something(name: str, value: str) -> bool:
    if name == "id":
        return "\0" not in value
    if name == "retry":
        return value.isascii() and value.isdecimal()
    return name in {"event", "data"}


def _event(fields: _Fields) -> dict[str, Json]:
    event: dict[str, Json] = {name: values[-1] for name, values in fields.items()}
    if "data" in fields:
        event["data"] = _data("\n".join(fields["data"]))
    if "unknown" in fields:
        event["unknown"] = list(fields["unknown"])
    return event


def _data(text: str) -> Json:
    # A NUL would make the parser of documents try UTF-16.
    if not text.lstrip(" \t\n\r").startswith(("{", "[")) or "\0" in text:
        return text
    try:
        return parse_json(text.encode())
    except (UnreadableError, TooLargeToReadError):
        return text


def _require_a_field(events: Iterable[Json]) -> None:
    """Refuse what has lines, and none that means anything: an error page is no stream."""
    names = {name for event in events if isinstance(event, dict) for name in event}
    if names and names <= {"unknown", "incomplete"}:
        raise UnreadableError("no events")
