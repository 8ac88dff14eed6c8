"""HAR, the archive that browsers save (HAR 1.2, and what Chrome and Firefox make of it)."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from shadow.capture.intake import CONDITIONAL_HEADERS
from shadow.capture.recordings.addresses import Address, address_of, method_of
from shadow.capture.recordings.entry import (
    MOST_ENTRY_BYTES,
    Entry,
    EntryError,
    LeftOut,
    Recorded,
    RecordingError,
    duration,
    header,
    moment,
    unreadable,
)
from shadow.capture.recordings.har_bodies import as_transferred, body_of
from shadow.capture.recordings.json_stream import JsonStream, Readable
from shadow.model import SAFE_METHODS, Headers, Request, Response, Skip

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_NO_BODY = frozenset({204, 304})
_SWITCHING = 101
_UNKNOWN = -1.0


class _Part(msgspec.Struct, rename="camel"):
    """What all objects of the file share: other members than those named here are passed over."""


class _Field(_Part):
    name: str | None = None
    value: str | None = None


class _PostData(_Part):
    text: str | None = None
    encoding: str | None = None
    params: list[_Field] | None = None


class _Request(_Part):
    method: str
    url: str
    headers: list[_Field] = []
    post_data: _PostData | None = None


class _Content(_Part):
    size: float | None = None
    text: str | None = None
    encoding: str | None = None


class _Response(_Part):
    status: float
    headers: list[_Field] = []
    content: _Content | None = None
    body_size: float | None = None
    transferred: float | None = msgspec.field(name="_transferSize", default=None)


class _Timings(_Part):
    wait: float | None = None
    receive: float | None = None


class _Entry(_Part):
    request: _Request
    response: _Response | None = None
    started_date_time: str | None = None
    time: float | None = None
    timings: _Timings | None = None
    from_cache: object = msgspec.field(name="_fromCache", default=None)
    by_worker: object = msgspec.field(name="_fetchedViaServiceWorker", default=None)


_DECODER = msgspec.json.Decoder(_Entry, strict=False)


def har_entries(stream: Readable, most_bytes: int = MOST_ENTRY_BYTES) -> Iterator[Entry]:
    """The entries of a HAR file, one after the other, of which one is held at a time.

    Raises `RecordingError` where the file is none, or ends in the middle.
    """
    document = JsonStream(stream)
    if not document.enter("log") or not document.enter("entries"):
        raise RecordingError("this is JSON, and no HAR: it has no log.entries", document.position)
    for element in document.elements(most_bytes):
        yield unreadable("longer than an entry may be") if element is None else har_entry(element)


def har_entry(element: bytes) -> Entry:
    """One entry, as it is written in the file; what cannot be asked again is left out."""
    try:
        return _entry(_DECODER.decode(element))
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return unreadable("no entry as HAR 1.2 has it")
    except EntryError as error:
        return unreadable(str(error))


def _entry(entry: _Entry) -> Entry:
    address = address_of(entry.request.url)
    if isinstance(address, LeftOut):
        return address
    method = method_of(entry.request.method)
    if method == "CONNECT":
        return LeftOut(reason=Skip.NOT_HTTP, why="a tunnel")
    if entry.response is not None and entry.response.status == _SWITCHING:
        return LeftOut(reason=Skip.UPGRADE, why="an upgrade")
    return Recorded(
        request=_request(method, address, entry.request),
        response=_response(method, entry),
        at=_time(entry.started_date_time),
        server=address.host,
    )


def _request(method: str, address: Address, asked: _Request) -> Request:
    headers = _headers(asked.headers)
    if header(headers, b"host") is None:
        headers = ((b"host", address.authority.encode()), *headers)
    body = _request_body(asked.post_data, headers)
    length = header(headers, b"content-length")
    if method not in SAFE_METHODS and length is not None and length != b"%d" % len(body):
        raise EntryError("the request's body is not all there")
    return Request(method=method, target=address.target, headers=headers, body=body)


def _request_body(posted: _PostData | None, headers: Headers) -> bytes:
    if posted is None:
        return b""
    if posted.text:
        return body_of(posted.text, posted.encoding or "", _UNKNOWN, headers) or b""
    if not posted.params:
        return b""
    if b"multipart" in (header(headers, b"content-type") or b""):
        raise EntryError("the request's body is not there, only the names of its parts")
    return urlencode([(p.name or "", p.value or "") for p in posted.params]).encode()


def _response(method: str, entry: _Entry) -> Response | None:
    """The answer, None where the server gave none or its body was not saved."""
    answer = entry.response
    if answer is None or not 200 <= answer.status <= 599 or _is_cached(entry, answer):
        return None
    status, headers = int(answer.status), _headers(answer.headers)
    body = _response_body(method, status, answer, headers)
    if body is None:
        return None
    body, headers = as_transferred(body, headers)
    return Response(status=status, headers=headers, body=body, seconds=_seconds(entry))


def _is_cached(entry: _Entry, answer: _Response) -> bool:
    """Whether the body is the browser's own: Chrome shows a 304 as a 200 with what it confirmed."""
    if entry.from_cache or entry.by_worker:
        return True
    if answer.body_size != 0 or not (answer.content and answer.content.size):
        return False
    names = {(field.name or "").lower().encode() for field in entry.request.headers}
    return answer.transferred == 0 or not names.isdisjoint(CONDITIONAL_HEADERS)


def _response_body(method: str, status: int, answer: _Response, headers: Headers) -> bytes | None:
    if method == "HEAD" or status in _NO_BODY:
        return b""
    content = answer.content or _Content()
    size = _UNKNOWN if content.size is None else content.size
    if content.text is None:
        return b"" if size == 0 or (size < 0 and answer.body_size == 0) else None
    return body_of(content.text, content.encoding or "", size, headers)


def _headers(fields: Sequence[_Field]) -> Headers:
    """Header fields without the pseudo-headers of HTTP/2; lines of one are fields of their own."""
    return tuple(
        (name.encode(), line.strip().encode())
        for name, value in ((field.name or "", field.value or "") for field in fields)
        if _NAME.fullmatch(name)
        for line in value.replace("\r", "\n").split("\n")
        if line.strip() or not value.strip()
    )


def _seconds(entry: _Entry) -> float:
    """From the request's end to that of the answer."""
    timings = entry.timings or _Timings()
    parts = [part for part in (timings.wait, timings.receive) if part is not None and part >= 0]
    milliseconds = sum(parts) if parts else (entry.time or 0.0)
    return duration(milliseconds / 1000)


def _time(text: str | None) -> float | None:
    try:
        return moment(datetime.fromisoformat(text).timestamp()) if text else None
    except (ValueError, OverflowError, OSError):
        return None
