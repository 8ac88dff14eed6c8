import pytest

from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.events import read_events


def read(text: str | bytes):
    body = text.encode() if isinstance(text, str) else text
    return read_events(Content(body=body, media_type="text/event-stream"))


def test_events_have_their_fields():
    stream = "event: price\nid: 7\nretry: 3000\ndata: up\n\ndata: down\n\n"
    assert read(stream) == [
        {"event": "price", "id": "7", "retry": "3000", "data": "up"},
        {"data": "down"},
    ]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_any_end_of_line_ends_one(end):
    stream = "event: a\ndata: 1\n\ndata: 2\n\n".replace("\n", end)
    assert read(stream) == [{"event": "a", "data": "1"}, {"data": "2"}]


def test_data_on_several_lines_is_one_text():
    assert read("data: YHOO\ndata: +2\ndata\ndata:  10\n\n") == [{"data": "YHOO\n+2\n\n 10"}]


def test_a_byte_order_mark_and_comments_mean_nothing():
    assert read("\ufeff: hello\n\ndata: x\n: ping\n\n:\n\n") == [{"data": "x"}]


def test_data_that_is_json_is_read_as_such():
    assert read('data: {"price":\ndata: 1.5}\n\ndata: [1]\n\n') == [
        {"data": {"price": 1.5}},
        {"data": [1]},
    ]


@pytest.mark.parametrize("data", ["[DONE]", "1", '"text"', "{broken", "null", '{\0"\0a\0"\0'])
def test_other_data_stays_text(data):
    assert read(f"data: {data}\n\n") == [{"data": data}]


@pytest.mark.parametrize("rest", ["data: y\n", "data: y"])
def test_an_event_that_no_empty_line_ends_is_incomplete(rest):
    assert read(f"data: x\n\n{rest}") == [{"data": "x"}, {"data": "y", "incomplete": True}]


def test_the_last_of_equal_fields_counts():
    assert read("event: a\nevent: b\nid: 1\nid: 2\ndata:\n\n") == [
        {"event": "b", "id": "2", "data": ""}
    ]


def test_lines_that_mean_nothing_are_kept_apart():
    assert read("retry: soon\nid: \0\nfoo: bar\nDATA: x\ndata: y\n\n") == [
        {"data": "y", "unknown": ["retry: soon", "id: \0", "foo: bar", "DATA: x"]}
    ]


def test_an_error_page_is_no_stream():
    with pytest.raises(UnreadableError, match="no events"):
        read("<html>\n<h1>502: bad gateway</h1>\n</html>\n")


def test_what_is_not_utf_8_is_no_stream():
    with pytest.raises(UnreadableError, match="UTF-8"):
        read(b"data: \xff\n\n")


@pytest.mark.parametrize("text", ["data\n\n" * 100_002, "\n" * 1_000_001])
def test_there_is_an_end_to_events(text):
    with pytest.raises(TooLargeToReadError, match="more than"):
        read(text)
