"""Access logs of web servers."""

import io

import pytest

from shadow.capture.recordings.access_log import log_entries, log_entry
from shadow.capture.recordings.entry import LeftOut, Recorded
from shadow.model import Skip
from tests.support.recordings import BEGIN, log_line


def recorded(line: str) -> Recorded:
    found = log_entry(line.strip())
    assert isinstance(found, Recorded), found
    return found


def test_a_line_is_a_request_with_what_is_known_of_its_headers() -> None:
    found = recorded(
        '203.0.113.7 - ann [25/Nov/2026:12:00:07 +0200] "GET /items/7?q=1 HTTP/1.1" 200 5 '
        '"https://shop.example.com/" "Mozilla/5.0 \\"x\\"" extra'
    )
    assert (found.request.method, found.request.target) == ("GET", "/items/7?q=1")
    assert found.request.headers == (
        (b"referer", b"https://shop.example.com/"),
        (b"user-agent", b'Mozilla/5.0 "x"'),
    )
    assert found.response is None
    assert found.at == BEGIN.timestamp() + 7


def test_the_common_format_and_a_virtual_host_in_front_are_read() -> None:
    common = recorded('h - - [25/Nov/2026:10:00:00 +0000] "HEAD / HTTP/1.0" 200 -')
    assert (common.request.method, common.request.headers) == ("HEAD", ())
    virtual = recorded('shop.example.com:443 h - - [x] "GET / HTTP/2.0" 200 5 "-" "-"')
    assert virtual.request.headers == ((b"host", b"shop.example.com"),)
    assert virtual.at is None


@pytest.mark.parametrize(
    ("request_line", "target"),
    [
        ("GET /a\\x22b HTTP/1.1", "/a%22b"),
        ("GET /a b HTTP/1.1", "/a%20b"),
        ("GET /ü HTTP/1.1", "/%C3%BC"),
        ("GET /\\xc3\\xbc HTTP/1.1", "/%C3%BC"),
        ("GET /%7e//x;y HTTP/1.1", "/%7e//x;y"),
        ("GET http://shop.example.com/a?b HTTP/1.1", "/a?b"),
    ],
)
def test_targets_are_as_they_were_or_can_at_least_be_sent(request_line: str, target: str) -> None:
    expected = target.replace("%22", '"')
    assert recorded(log_line(request_line)).request.target == expected


@pytest.mark.parametrize(
    ("request_line", "reason"),
    [
        ("POST /orders HTTP/1.1", Skip.METHOD),
        ("-", Skip.NOT_HTTP),
        ("\\x16\\x03\\x01", Skip.NOT_HTTP),
        ("GET\\n / HTTP/1.1", Skip.UNREADABLE),
    ],
)
def test_what_cannot_be_asked_again_is_left_out(request_line: str, reason: Skip) -> None:
    found = log_entry(log_line(request_line).strip())
    assert isinstance(found, LeftOut)
    assert found.reason is reason


def test_lines_that_are_none_and_too_long_ones_cost_no_other() -> None:
    good = log_line("GET / HTTP/1.1").encode()
    content = b"# comment\n\nrubbish\n" + good + b"x" * 200_000 + b"\n\xff\xfe\n" + good.rstrip()
    kinds = [type(entry) for entry in log_entries(io.BytesIO(content))]
    assert kinds == [LeftOut, Recorded, LeftOut, LeftOut, Recorded]
