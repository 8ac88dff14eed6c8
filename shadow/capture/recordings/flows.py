"""mitmproxy's flow files, as `mitmdump -w` writes them: one netstring for each flow."""

import io
from collections.abc import Iterator

from mitmproxy.exceptions import FlowReadException
from mitmproxy.flow import Flow
from mitmproxy.http import HTTPFlow
from mitmproxy.io import FlowReader

from shadow.capture.recordings.addresses import method_of
from shadow.capture.recordings.entry import (
    MOST_ENTRY_BYTES,
    Entry,
    EntryError,
    LeftOut,
    Recorded,
    RecordingError,
    duration,
    moment,
    unreadable,
)
from shadow.capture.recordings.json_stream import Readable
from shadow.model import SAFE_METHODS, Request, Response, Skip

_MOST_DIGITS = 12
_PASSED_BYTES = 1024 * 1024
_SWITCHING = 101


def flow_entries(stream: Readable, most_bytes: int = MOST_ENTRY_BYTES) -> Iterator[Entry]:
    """The flows of a file, one after the other.

    Raises `RecordingError` where the file is none, or ends in the middle.
    """
    for frame in _frames(stream, most_bytes):
        yield unreadable("longer than a flow may be") if frame is None else flow_entry(frame)


def flow_entry(frame: bytes) -> Entry:
    """One flow, as it is written in the file; what cannot be asked again is left out."""
    try:
        flows = list(FlowReader(io.BytesIO(frame)).stream())
        return _entry(flows[0])
    except EntryError as error:
        return unreadable(str(error))
    except FlowReadException:
        return unreadable("no flow")
    except Exception:  # its reader raises whatever a damaged state leads to
        return unreadable("a flow that mitmproxy cannot read")


def _frames(stream: Readable, most_bytes: int) -> Iterator[bytes | None]:
    """Netstrings with what makes them such, None for one of more bytes."""
    position = 0
    while True:
        size, prefix = _prefix(stream, position)
        if not prefix:
            return
        position += len(prefix)
        rest = size + 1
        if rest > most_bytes:
            _pass(stream, rest, position)
            yield None
        else:
            frame = _exactly(stream, rest, position)
            yield prefix + frame
        position += rest


def _prefix(stream: Readable, position: int) -> tuple[int, bytes]:
    """The length in front of a netstring, and how it is written: as nothing at the file's end."""
    prefix = b""
    while (byte := stream.read(1)).isdigit() and len(prefix) < _MOST_DIGITS:
        prefix += byte
    if not byte and not prefix:
        return 0, b""
    if byte != b":" or not prefix:
        raise RecordingError("no flow of mitmproxy begins here", position)
    return int(prefix), prefix + b":"


def _exactly(stream: Readable, size: int, position: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise RecordingError("the file ends in the middle of a flow", position + len(data))
    return data


def _pass(stream: Readable, size: int, position: int) -> None:
    left = size
    while left:
        data = stream.read(min(left, _PASSED_BYTES))
        if not data:
            raise RecordingError("the file ends in the middle of a flow", position + size - left)
        left -= len(data)


def _entry(flow: Flow) -> Entry:
    if not isinstance(flow, HTTPFlow):
        return LeftOut(reason=Skip.NOT_HTTP, why="a flow of another kind than HTTP")
    switched = flow.response is not None and flow.response.status_code == _SWITCHING
    if flow.websocket is not None or switched:
        return LeftOut(reason=Skip.UPGRADE, why="an upgrade")
    if flow.request.method.upper() == "CONNECT":
        return LeftOut(reason=Skip.NOT_HTTP, why="a tunnel")
    return Recorded(
        request=_request(flow),
        response=_response(flow),
        at=moment(flow.request.timestamp_start),
        server=flow.request.host.lower(),
    )


def _request(flow: HTTPFlow) -> Request:
    asked = flow.request
    method = method_of(asked.data.method.decode("latin-1"))
    headers = asked.headers.fields
    if asked.authority and "host" not in asked.headers:
        headers = ((b"host", asked.authority.encode("latin-1", "replace")), *headers)
    if asked.raw_content is None and method not in SAFE_METHODS:
        raise EntryError("the request's body was not kept")
    return Request(
        method=method,
        target=asked.data.path.decode("latin-1"),
        headers=headers,
        body=asked.raw_content or b"",
    )


def _response(flow: HTTPFlow) -> Response | None:
    """The answer, None where there was no complete one, or its body was not kept."""
    answer = flow.response
    if answer is None or flow.error is not None or answer.raw_content is None:
        return None
    if not 200 <= answer.status_code <= 599:
        return None
    began = flow.request.timestamp_end or flow.request.timestamp_start
    ended = answer.timestamp_end or answer.timestamp_start or began
    return Response(
        status=answer.status_code,
        headers=answer.headers.fields,
        body=answer.raw_content,
        seconds=duration(ended - began),
    )
