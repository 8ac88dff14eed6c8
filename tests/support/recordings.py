"""Recordings written for tests, as browsers, GoReplay and web servers write them."""

import json
import urllib.request
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shadow.capture.recordings.goreplay import SEPARATOR

BEGIN = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)


def har_entry(
    url: str,
    *,
    body: str | None = "{}",
    method: str = "GET",
    status: int = 200,
    at: float = 0.0,
    request_headers: Sequence[tuple[str, str]] = (),
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),),
    **more: object,
) -> dict[str, object]:
    """One entry, as a browser saves it; a `body` of None is one that was not saved."""
    content: dict[str, object] = {"size": 2 if body is None else len(body.encode())}
    if body is not None:
        content["text"] = body
    return {
        "startedDateTime": (BEGIN + timedelta(seconds=at)).isoformat().replace("+00:00", "Z"),
        "time": 12.5,
        "request": {
            "method": method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "headers": _fields(request_headers),
            "queryString": [],
            "cookies": [],
        },
        "response": {
            "status": status,
            "statusText": "",
            "headers": _fields(headers),
            "content": content,
            "bodySize": content["size"],
        },
        "timings": {"send": 0.5, "wait": 10, "receive": 2, "blocked": -1},
        **more,
    }


def har(entries: Iterable[object]) -> bytes:
    """A whole file."""
    log = {"version": "1.2", "creator": {"name": "test"}, "pages": [], "entries": list(entries)}
    return json.dumps({"log": log}, indent=2).encode()


def har_of(
    target: str, count: int, host: str = "shop.example.com", every: float = 0.0
) -> list[dict[str, object]]:
    """What a browser would have recorded of items of `target`, one every so many seconds."""
    entries = []
    for number in range(count):
        with urllib.request.urlopen(f"{target}/items/{number}") as answer:
            body, headers = answer.read().decode(), list(answer.headers.items())
        url = f"https://{host}/items/{number}"
        entries.append(har_entry(url, body=body, headers=headers, at=number * every))
    return entries


def goreplay(payloads: Iterable[tuple[int, str, int, bytes]]) -> bytes:
    """A file of (kind, id, milliseconds after the begin, message) as GoReplay writes them."""
    begin = int(BEGIN.timestamp() * 1e9)
    return b"".join(
        b"%d %s %d 1500000\n" % (kind, name.encode(), begin + moment * 1_000_000)
        + message
        + SEPARATOR
        for kind, name, moment, message in payloads
    )


def log_line(request: str, *, at: int = 0, status: int = 200) -> str:
    """A line of an access log in the combined format."""
    time = (BEGIN + timedelta(seconds=at)).strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'203.0.113.7 - - [{time}] "{request}" {status} 512 "-" "curl/8.5"\n'


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """A file with this content."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def _fields(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
