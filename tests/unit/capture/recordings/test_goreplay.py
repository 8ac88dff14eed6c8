"""GoReplay's files."""

import io

import pytest

from shadow.capture.recordings.entry import LeftOut, Recorded, RecordingError
from shadow.capture.recordings.goreplay import SEPARATOR, goreplay_entries
from shadow.model import Skip
from tests.support.recordings import BEGIN, goreplay

GET = b"GET /items/7?q=%C3%BC HTTP/1.1\r\nHost: shop.example.com\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def read(*payloads: tuple[int, str, int, bytes]) -> list[Recorded | LeftOut]:
    return list(goreplay_entries(io.BytesIO(goreplay(payloads))))


def one(*payloads: tuple[int, str, int, bytes]) -> Recorded:
    (found,) = read(*payloads)
    assert isinstance(found, Recorded), found
    return found


def test_a_request_has_the_answer_with_its_id() -> None:
    found = one((1, "a", 1500, GET), (2, "a", 1600, OK))
    assert (found.request.method, found.request.target) == ("GET", "/items/7?q=%C3%BC")
    assert found.request.headers == ((b"Host", b"shop.example.com"), (b"X-A", b"1"), (b"x-a", b"2"))
    assert found.response is not None
    assert (found.response.status, found.response.body) == (200, b"hi")
    assert found.response.seconds == pytest.approx(0.0015)
    assert found.at == BEGIN.timestamp() + 1.5


def test_answers_come_in_any_order_and_replayed_ones_are_none_of_ours() -> None:
    other = GET.replace(b"/7", b"/8")
    answers = (2, "b", 3, OK.replace(b"hi", b"bb")), (2, "a", 4, OK.replace(b"hi", b"aa"))
    found = read((1, "a", 1, GET), (1, "b", 2, other), (3, "a", 3, OK), *answers)
    bodies = {e.request.target[:8]: e.response.body for e in found}
    assert bodies == {"/items/8": b"bb", "/items/7": b"aa"}


def test_a_request_without_an_answer_comes_at_the_end() -> None:
    assert one((1, "a", 1, GET)).response is None


def test_chunks_are_joined_and_interim_answers_passed_over() -> None:
    chunked = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"
    )
    found = one((1, "a", 1, GET), (2, "a", 2, chunked))
    assert found.response is not None
    assert found.response.body == b"abcde"


@pytest.mark.parametrize(
    "answer",
    [
        OK[:-1],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"no answer at all",
    ],
)
def test_an_answer_that_is_cut_or_can_be_read_in_two_ways_is_none(answer: bytes) -> None:
    assert one((1, "a", 1, GET), (2, "a", 2, answer)).response is None


def test_the_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    head = GET.replace(b"GET", b"HEAD")
    found = one((1, "a", 1, head), (2, "a", 2, OK[:-2]))
    assert found.response is not None
    assert found.response.body == b""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        GET + b"more",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
    ],
)
def test_a_request_that_is_none_costs_no_other(content: bytes) -> None:
    found = read((1, "a", 1, content), (1, "b", 1, GET), (2, "b", 2, OK))
    assert [type(e) for e in found] == [LeftOut, Recorded]
    assert found[0].reason is Skip.UNREADABLE


def test_a_header_of_spaces_takes_no_time() -> None:
    long = GET.replace(b"X-A: 1", b"X-A: 1" + b" " * 1_000_000 + b"1")
    assert one((1, "a", 1, long)).request.headers[2] == (b"x-a", b"2")


def test_an_upgrade_is_left_out() -> None:
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    (found,) = read((1, "a", 1, GET), (2, "a", 2, switched))
    assert isinstance(found, LeftOut)
    assert found.reason is Skip.UPGRADE


def test_a_file_that_breaks_off_gives_what_is_before_and_says_where() -> None:
    content = goreplay([(1, "a", 1, GET), (1, "b", 2, GET), (2, "b", 3, OK)])
    entries = goreplay_entries(io.BytesIO(content[: -len(SEPARATOR) - 1]))
    found = [next(entries), next(entries)]
    assert [e.response for e in found if isinstance(e, Recorded)] == [None, None]
    with pytest.raises(RecordingError, match="ends in the middle of a payload"):
        next(entries)


@pytest.mark.parametrize("end", [b"", b"\n\n"])
def test_line_breaks_at_the_end_do_not_matter(end: bytes) -> None:
    content = goreplay([(1, "a", 1, GET), (2, "a", 2, OK)])
    (found,) = goreplay_entries(io.BytesIO(content.rstrip() + end))
    assert isinstance(found, Recorded)
    assert found.response is not None
    assert found.response.body == b"hi"


def test_a_payload_that_is_too_long_is_passed_over() -> None:
    long = b"POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000
    content = goreplay([(1, "a", 1, long), (1, "b", 1, GET), (2, "b", 2, OK)])
    found = list(goreplay_entries(io.BytesIO(content), most_bytes=100_000))
    assert [type(e) for e in found] == [LeftOut, Recorded]
