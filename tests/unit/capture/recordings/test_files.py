"""What a file is, told by what is in it."""

import gzip
import os
from pathlib import Path

import pytest
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

from shadow.capture.recordings.entry import Recorded, RecordingError
from shadow.capture.recordings.files import Kind, Opened, recording_at
from shadow.errors import UsageError
from tests.support.recordings import goreplay, har, har_entry, log_line, written

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
HAR = har([har_entry("https://shop.example.com/a")])
LOG = log_line("GET /a HTTP/1.1").encode()


def flows(folder: Path) -> bytes:
    file = folder / "written.flows"
    with file.open("wb") as stream:
        FlowWriter(stream).add(tflow.tflow(resp=True))
    return file.read_bytes()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("kind", "content", "has_answers"),
    [
        (Kind.HAR, HAR, True),
        (Kind.HAR, b"\xef\xbb\xbf  \n" + HAR, True),
        (Kind.GOREPLAY, goreplay([(1, "a", 1, GET), (2, "a", 2, OK)]), True),
        (Kind.GOREPLAY, goreplay([(1, "a", 1, GET)]), False),
        (Kind.ACCESS_LOG, b"# a comment\n\nrubbish\n" + LOG, False),
        (Kind.FLOWS, None, True),
    ],
)
def test_a_recording_is_known_by_its_content(
    kind: Kind, content: bytes | None, has_answers: bool, zipped: bool, tmp_path: Path
) -> None:
    content = flows(tmp_path) if content is None else content
    file = written(tmp_path, "file", gzip.compress(content) if zipped else content)
    found = recording_at(file)
    assert (found.kind, found.has_answers, found.size) == (kind, has_answers, file.stat().st_size)
    with Opened(found) as opened:
        entries = list(opened.entries())
    assert len(entries) == found.entries
    assert isinstance(entries[-1], Recorded)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\r\n", "is empty"),
        (b"\x00\x01\x02\xff" * 100, "is no recording that Shadow reads: HAR,"),
        (b"some words\n" * 10, "is no recording that Shadow reads"),
        (b'{"a": 1}', "no HAR: it has no log.entries"),
        (b'{"log": {"entries": []}}', "holds no requests"),
        (b'{"log": {"entries": [{"re', "ends in the middle (at byte"),
        (b"100:abc", "ends in the middle of a flow"),
        (gzip.compress(HAR, mtime=0)[:30], "the gzip file ends in the middle"),
        (gzip.compress(HAR, mtime=0)[:30] + b"\xff" * 30, "the gzip file is damaged"),
        (b"\x1f\x8b\xff\xff", "the gzip file"),
        (None, "is a folder"),
    ],
)
def test_what_is_no_recording_is_said_to_be_none(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path if content is None else written(tmp_path, "file", content)
    with pytest.raises(UsageError) as caught:
        recording_at(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        recording_at(tmp_path / "absent")


def test_a_file_is_known_again_and_a_changed_one_is_not(tmp_path: Path) -> None:
    first = recording_at(written(tmp_path, "a", HAR))
    same = recording_at(written(tmp_path, "b", HAR))
    longer = recording_at(written(tmp_path, "c", HAR + b"\n"))
    other = recording_at(written(tmp_path, "d", HAR.replace(b"/a", b"/b")))
    assert first.fingerprint == same.fingerprint
    assert len({first.fingerprint, longer.fingerprint, other.fingerprint}) == 3


def test_where_a_file_breaks_off_is_the_last_thing_that_is_read(tmp_path: Path) -> None:
    content = har([har_entry("https://shop.example.com/a")] * 3)
    with Opened(recording_at(written(tmp_path, "a", content[:-300]))) as opened:
        *entries, end = opened.entries()
    assert [type(entry) for entry in entries] == [Recorded, Recorded]
    assert isinstance(end, RecordingError)


def test_a_zipped_file_with_another_checksum_is_said_to_be_damaged(tmp_path: Path) -> None:
    zipped = bytearray(gzip.compress(HAR))
    zipped[-8] ^= 1
    with Opened(recording_at(written(tmp_path, "a.har.gz", bytes(zipped)))) as opened:
        *entries, end = opened.entries()
    assert [type(entry) for entry in entries] == [Recorded]
    assert str(end).startswith("the gzip file is damaged")


def test_a_zipped_file_without_answers_that_breaks_off_is_a_recording(tmp_path: Path) -> None:
    asked = [(1, str(n), n, b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n) for n in range(900)]
    broken = recording_at(written(tmp_path, "a.gor.gz", gzip.compress(goreplay(asked))[:-500]))
    assert not broken.has_answers
    with Opened(broken) as opened:
        *entries, end = opened.entries()
    assert len(entries) > 400
    assert str(end).startswith("the gzip file ends in the middle")


def test_what_cannot_be_read_twice_is_said_to_be_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="is no file, and is read several times"):
        recording_at(pipe)


def test_of_a_zipped_file_that_breaks_off_all_that_can_be_read_is(tmp_path: Path) -> None:
    log = "".join(log_line(f"GET /{n} HTTP/1.1", at=n) for n in range(5000)).encode()
    broken = recording_at(written(tmp_path, "log.gz", gzip.compress(log)[:-2000]))
    with Opened(broken) as opened:
        *entries, end = opened.entries()
    assert len(entries) > 4000
    assert str(end).startswith("the gzip file ends in the middle")
