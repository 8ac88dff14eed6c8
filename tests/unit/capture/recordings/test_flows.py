"""mitmproxy's flow files, written by mitmproxy."""

import io

import pytest
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from shadow.capture.recordings.entry import LeftOut, Recorded, RecordingError
from shadow.capture.recordings.flows import flow_entries
from shadow.model import Skip


def file_of(*flows: object) -> bytes:
    stream = io.BytesIO()
    for flow in flows:
        FlowWriter(stream).add(flow)
    return stream.getvalue()


def read(content: bytes, most_bytes: int = 10**6) -> list[Recorded | LeftOut]:
    return list(flow_entries(io.BytesIO(content), most_bytes))


def test_a_flow_is_a_request_with_its_answer_as_transferred() -> None:
    flow = tflow.tflow(resp=True)
    flow.response.headers["content-encoding"] = "gzip"
    flow.response.raw_content = b"\x1f\x8bwhatever"
    (found,) = read(file_of(flow))
    assert isinstance(found, Recorded)
    assert (found.request.method, found.request.target) == ("GET", "/path")
    assert found.request.headers[0] == (b"header", b"qvalue")
    assert found.response is not None
    assert (found.response.status, found.response.body) == (200, b"\x1f\x8bwhatever")
    assert (found.at, found.server) == (flow.request.timestamp_start, "address")


def test_a_flow_without_a_complete_answer_has_none() -> None:
    unanswered, failed, streamed = tflow.tflow(), tflow.tflow(err=True), tflow.tflow(resp=True)
    streamed.response.raw_content = None
    found = read(file_of(unanswered, failed, streamed))
    assert [entry.response for entry in found] == [None, None, None]


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -1.0, 1e300])
def test_times_that_cannot_be_are_none(time: float) -> None:
    flow = tflow.tflow(resp=True)
    flow.request.timestamp_start = flow.response.timestamp_end = time
    (found,) = read(file_of(flow))
    assert found.at is None
    assert found.response is not None
    assert 0.0 <= found.response.seconds <= 86_400.0


def test_other_flows_are_left_out() -> None:
    reasons = [
        entry.reason
        for entry in read(file_of(tflow.ttcpflow(), tflow.tdnsflow(), tflow.twebsocketflow()))
    ]
    assert reasons == [Skip.NOT_HTTP, Skip.NOT_HTTP, Skip.UPGRADE]


def test_a_damaged_flow_and_one_that_is_too_long_cost_no_other() -> None:
    good = file_of(tflow.tflow(resp=True))
    long = tflow.tflow(resp=True)
    long.response.raw_content = b"x" * 50_000
    content = b"10:3:abc,2:x#}" + file_of(long) + good
    found = read(content, most_bytes=20_000)
    assert [type(entry) for entry in found] == [LeftOut, LeftOut, Recorded]


@pytest.mark.parametrize("cut", [1, 10, 500])
def test_a_file_that_breaks_off_gives_what_is_before(cut: int) -> None:
    content = file_of(tflow.tflow(resp=True)) * 2
    entries = flow_entries(io.BytesIO(content[:-cut]))
    assert isinstance(next(entries), Recorded)
    with pytest.raises(RecordingError, match="ends in the middle of a flow"):
        next(entries)


@pytest.mark.parametrize("content", [b"rubbish", b"12", b"9999999999999:x", b":"])
def test_what_is_no_flow_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(RecordingError, match="no flow of mitmproxy"):
        read(content)
