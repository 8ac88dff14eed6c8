"""HAR as browsers save it."""

import base64
import gzip
import io
import json

import brotli
import pytest
import zstandard

from shadow.capture.recordings.entry import LeftOut, Recorded, RecordingError
from shadow.capture.recordings.har import har_entries, har_entry
from shadow.model import Skip
from tests.support.recordings import BEGIN, har
from tests.support.recordings import har_entry as written_entry

URL = "https://shop.example.com/items/7"


def read(entry: object) -> Recorded | LeftOut:
    return har_entry(json.dumps(entry).encode())


def recorded(entry: object) -> Recorded:
    found = read(entry)
    assert isinstance(found, Recorded), found
    return found


def left_out(entry: object) -> Skip:
    found = read(entry)
    assert isinstance(found, LeftOut), found
    return found.reason


def test_request_answer_and_time_are_read() -> None:
    found = recorded(written_entry(f"{URL}?q=a#top", body='{"a": 1}', at=1.5))
    assert (found.request.method, found.request.target) == ("GET", "/items/7?q=a")
    assert found.request.headers == ((b"host", b"shop.example.com"),)
    assert found.response is not None
    assert (found.response.status, found.response.body) == (200, b'{"a": 1}')
    assert found.response.seconds == pytest.approx(0.012)
    assert found.at == BEGIN.timestamp() + 1.5
    assert found.server == "shop.example.com"


def test_pseudo_headers_of_http2_are_no_headers_and_the_host_is_kept() -> None:
    fields = ((":authority", "shop.example.com"), (":method", "GET"), ("accept", "*/*"))
    found = recorded(written_entry(URL, request_headers=fields, headers=((":status", "200"),)))
    assert found.request.headers == ((b"host", b"shop.example.com"), (b"accept", b"*/*"))
    assert found.response is not None
    assert found.response.headers == ()


def test_cookies_that_are_joined_with_line_breaks_are_headers_of_their_own() -> None:
    found = recorded(written_entry(URL, headers=(("Set-Cookie", "a=1\nb=2"), ("X-Empty", ""))))
    assert found.response is not None
    assert found.response.headers == (
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Empty", b""),
    )


@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("zstd", lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b)),
    ],
)
def test_a_body_that_was_saved_decoded_is_encoded_as_its_headers_say(coding, decode) -> None:
    found = recorded(written_entry(URL, body='{"a": 1}', headers=(("Content-Encoding", coding),)))
    assert found.response is not None
    assert decode(found.response.body) == b'{"a": 1}'
    assert found.response.headers == ((b"Content-Encoding", coding.encode()),)


def test_a_coding_that_cannot_be_done_again_is_taken_out() -> None:
    found = recorded(written_entry(URL, body="x", headers=(("Content-Encoding", "dcb"),)))
    assert found.response is not None
    assert (found.response.body, found.response.headers) == (b"x", ())


def test_bodies_in_base64_and_in_other_charsets_are_the_bytes_they_were() -> None:
    content = {"size": 3, "text": base64.b64encode(b"\x00\xff\x01").decode(), "encoding": "base64"}
    entry = written_entry(URL)
    entry["response"] |= {"content": content}
    found = recorded(entry)
    assert found.response is not None
    assert found.response.body == b"\x00\xff\x01"
    latin = recorded(
        written_entry(URL, body="é", headers=(("Content-Type", "text/plain; charset=latin1"),))
    )
    assert latin.response is not None
    assert latin.response.body == b"\xe9"


@pytest.mark.parametrize(
    "change",
    [
        {"status": 0},
        {"content": {"size": 5}},
        {"content": {"size": 5000, "text": "cut short"}},
        {"content": {}, "bodySize": -1},
    ],
)
def test_an_answer_that_is_not_all_there_is_none(change: dict[str, object]) -> None:
    entry = written_entry(URL)
    entry["response"] |= change
    assert recorded(entry).response is None


@pytest.mark.parametrize("how", [{"_fromCache": "disk"}, {"_fetchedViaServiceWorker": True}])
def test_an_answer_that_the_server_did_not_give_is_none(how: dict[str, object]) -> None:
    assert recorded(written_entry(URL, **how)).response is None


def test_a_confirmed_copy_that_chrome_shows_as_200_is_no_answer_of_the_server() -> None:
    entry = written_entry(URL, request_headers=(("If-None-Match", '"1"'),))
    assert recorded(entry).response is not None
    entry["response"] |= {"bodySize": 0}
    assert recorded(entry).response is None


@pytest.mark.parametrize(
    ("method", "status", "content"),
    [
        ("GET", 204, {"size": 0}),
        ("GET", 304, {"size": 9}),
        ("HEAD", 200, {"size": 9}),
        ("GET", 302, {"size": 0, "mimeType": "x-unknown"}),
    ],
)
def test_an_answer_without_a_body_is_whole(
    method: str, status: int, content: dict[str, object]
) -> None:
    entry = written_entry(URL, method=method, status=status)
    entry["response"] |= {"content": content}
    found = recorded(entry)
    assert found.response is not None
    assert found.response.body == b""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:image/png;base64,AAAA", Skip.NOT_HTTP),
        ("chrome-extension://abc/x.js", Skip.NOT_HTTP),
        ("blob:https://shop.example.com/1", Skip.NOT_HTTP),
        ("wss://shop.example.com/live", Skip.UPGRADE),
        ("http://[::1/x", Skip.UNREADABLE),
    ],
)
def test_what_is_no_request_of_http_is_left_out(url: str, reason: Skip) -> None:
    assert left_out(written_entry(url)) is reason


def test_a_posted_form_is_the_body_and_one_that_is_not_all_there_is_left_out() -> None:
    form = written_entry(URL, method="POST")
    form["request"] |= {"postData": {"params": [{"name": "a", "value": "1 2"}]}}
    assert recorded(form).request.body == b"a=1+2"
    cut = written_entry(URL, method="POST", request_headers=(("Content-Length", "99"),))
    assert left_out(cut) is Skip.UNREADABLE


def test_what_cannot_be_in_a_request_line_is_percent_encoded() -> None:
    found = recorded(written_entry("https://shop.example.com/ü b?q=\u2028"))
    assert found.request.target == "/%C3%BC%20b?q=%E2%80%A8"


@pytest.mark.parametrize("entry", [{}, 5, "x", None, {"request": {}}, {"request": {"url": 1}}])
def test_what_is_no_entry_is_left_out(entry: object) -> None:
    assert left_out(entry) is Skip.UNREADABLE


def test_one_bad_entry_does_not_cost_the_others() -> None:
    entries = [written_entry(URL), {"x": "}]\\"}, written_entry(URL)]
    kinds = [type(entry) for entry in har_entries(io.BytesIO(har(entries)))]
    assert kinds == [Recorded, LeftOut, Recorded]


def test_an_entry_that_is_too_long_is_passed_over() -> None:
    entries = [written_entry(URL, body="x" * 10_000), written_entry(URL)]
    found = list(har_entries(io.BytesIO(har(entries)), most_bytes=5_000))
    assert [type(entry) for entry in found] == [LeftOut, Recorded]


def test_a_file_that_breaks_off_gives_what_is_before() -> None:
    content = har([written_entry(URL), written_entry(URL)])
    entries = har_entries(io.BytesIO(content[:-200]))
    assert isinstance(next(entries), Recorded)
    with pytest.raises(RecordingError, match=r"ends in the middle \(at byte"):
        next(entries)


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b'{"log": {}}', b'{"log": []}', b'{"log": {"entries": 5}}']
)
def test_json_that_is_no_har_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(RecordingError):
        list(har_entries(io.BytesIO(content)))
