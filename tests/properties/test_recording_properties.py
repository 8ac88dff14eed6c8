"""Parsers of recordings: whatever is in a file, they give entries or say where it ends."""

import contextlib
import io
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shadow.capture.recordings.access_log import log_entries, log_entry
from shadow.capture.recordings.entry import LeftOut, Recorded, RecordingError
from shadow.capture.recordings.flows import flow_entries
from shadow.capture.recordings.goreplay import goreplay_entries
from shadow.capture.recordings.har import har_entries, har_entry
from shadow.capture.recordings.json_stream import JsonStream
from tests.support.recordings import goreplay, har, log_line
from tests.support.recordings import har_entry as written_entry

READERS = (har_entries, flow_entries, goreplay_entries, log_entries)
WHOLE = har([written_entry("https://shop.example.com/items/7", body='{"a": "\\\\"}')])
MONKEYS = goreplay(
    [
        (1, "a", 1, b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"),
        (2, "a", 2, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
    ]
)
LINE = log_line("GET /items/7 HTTP/1.1").encode()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('ab"\\{}[],: \n\u00e9'),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('ab"\\{}'), inner, max_size=4)
    ),
    max_leaves=20,
)


class Dripping:
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, most: int) -> None:
        self._stream = io.BytesIO(content)
        self._most = most

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, self._most))


def read(reader, content: bytes) -> None:
    with contextlib.suppress(RecordingError):
        for entry in reader(io.BytesIO(content)):
            assert isinstance(entry, Recorded | LeftOut)


@pytest.mark.parametrize("reader", READERS)
@given(content=st.binary(max_size=300))
@example(content=b"3:1:a,}")
@example(content=b'{"log":{"entries":[')
def test_any_bytes_are_read_or_refused(reader, content: bytes) -> None:
    read(reader, content)


@pytest.mark.parametrize(
    ("reader", "whole"), [(har_entries, WHOLE), (goreplay_entries, MONKEYS), (log_entries, LINE)]
)
@given(data=st.data())
def test_any_damage_is_read_or_refused(reader, whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 20)))
    read(reader, whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


@given(
    entry=json_values,
    url=st.text(),
    method=st.text(max_size=10),
    headers=st.lists(st.tuples(st.text(), st.text()), max_size=3),
    body=st.text(),
)
def test_any_entry_is_one_or_is_left_out(entry, url, method, headers, body) -> None:
    har_entry(json.dumps(entry).encode())
    har_entry(json.dumps(written_entry(url, method=method, headers=headers, body=body)).encode())
    found = har_entry(
        json.dumps(
            written_entry("http://a/" + url, request_headers=headers, headers=headers)
        ).encode()
    )
    if isinstance(found, Recorded):
        assert found.request.target.isascii()
        assert found.request.target.startswith("/")
        assert not any(b"\n" in value or b"\r" in value for _, value in found.request.headers)


@given(text=st.text(max_size=200))
def test_any_line_is_a_request_or_is_left_out(text: str) -> None:
    assert isinstance(log_entry(text), Recorded | LeftOut)
    found = log_entry(log_line(text).strip())
    if isinstance(found, Recorded):
        assert found.request.target.isascii()
        assert not any(b"\n" in value or b"\r" in value for _, value in found.request.headers)


@settings(max_examples=200)
@given(entries=st.lists(json_values, max_size=5), before=json_values, most=st.integers(1, 40))
def test_elements_are_found_wherever_the_file_is_cut_into_pieces(entries, before, most) -> None:
    document = json.dumps({"before": before, "log": {"x": before, "entries": entries, "z": 1}})
    stream = JsonStream(Dripping(document.encode(), most))
    assert stream.enter("log")
    assert stream.enter("entries")
    found = list(stream.elements(10**6))
    assert found == [json.dumps(entry).encode() for entry in entries]


@settings(max_examples=200)
@given(most=st.integers(1, 40))
def test_payloads_are_found_wherever_the_file_is_cut_into_pieces(most: int) -> None:
    found = list(goreplay_entries(Dripping(MONKEYS * 3, most)))
    assert [entry.response.body for entry in found] == [b"hi"] * 3
