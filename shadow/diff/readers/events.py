"""Server-sent events, by the WHATWG's rules."""

from shadow.diff.parse import Json, parse_json
from shadow.diff.readers.charset import decode_text
from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError

_FIELDS = frozenset({"event", "data", "id", "retry"})
_MOST_EVENTS = 100_000


def read_events(content: Content) -> Json:
    """Event by event: `{"event", "data", "id", "retry"}`, what it has not left out.

    Data that is a JSON object or list is read as such. Comments are left out; an event that the end
    cuts short says so in `"incomplete"`.
    """
    text = decode_text(content)
    if text is None:
        raise UnreadableError("no text")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    events: list[Json] = []
    fields: dict[str, list[str]] = {}
    for line in lines:
        if not line and fields:
            events.append(_event(fields))
            fields = {}
        name, _, value = line.partition(":")
        if name in _FIELDS:
            fields.setdefault(name, []).append(value.removeprefix(" "))
        if len(events) > _MOST_EVENTS:
            raise TooLargeToReadError(f"more than {_MOST_EVENTS:,} events")
    if fields:
        events.append({**_event(fields), "incomplete": True})
    return events


def _event(fields: dict[str, list[str]]) -> dict[str, Json]:
    event: dict[str, Json] = {name: values[-1] for name, values in fields.items()}
    if "data" in fields:
        event["data"] = _data("\n".join(fields["data"]))
    return event


def _data(text: str) -> Json:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return parse_json(text.encode())
    except (UnreadableError, TooLargeToReadError):
        return text
