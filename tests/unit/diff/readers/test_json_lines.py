import pytest

from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.json_lines import read_json_lines, read_json_sequence


def lines(body: bytes):
    return read_json_lines(Content(body=body))


def sequence(body: bytes):
    return read_json_sequence(Content(body=body))


def test_each_line_is_a_document():
    assert lines(b'{"a": 1}\n[2]\r\n"x"\n') == [{"a": 1}, [2], "x"]


def test_empty_lines_and_a_byte_order_mark_are_no_documents():
    assert lines(b"\xef\xbb\xbf1\n\n \r\n2") == [1, 2]


def test_each_digit_counts():
    assert lines(b"9007199254740993\n") == [9007199254740993]


@pytest.mark.parametrize(
    "line", [b'{"a":', b"{}{}", b"\xef\xbb\xbf{}", b"{\0}\0", b"\xff\xfe{\0}\0"]
)
def test_a_line_that_is_not_json_is_named(line):
    with pytest.raises(UnreadableError, match="line 3 is not JSON"):
        lines(b"1\n\n" + line + b"\n2")


def test_there_is_an_end_to_documents():
    with pytest.raises(TooLargeToReadError, match="more than 500,000 documents"):
        lines(b"\n" * 500_001)
    with pytest.raises(TooLargeToReadError, match="values"):
        lines(b"[" + b"1," * 3_000_001 + b"1]")


def test_each_text_of_a_sequence_is_a_document():
    assert sequence(b'\x1e{"a":\n1}\n\x1e[2]\x1e"x"\x1e3\n') == [{"a": 1}, [2], "x", 3]


def test_separators_without_texts_are_no_documents():
    assert sequence(b"\n\x1e\x1e \x1e1\n") == [1]


@pytest.mark.parametrize("text", [b"12", b"true", b"nul", b'{"a":1', b'{"a"'])
def test_a_text_that_may_be_cut_short_is_named(text):
    with pytest.raises(UnreadableError, match="text 2"):
        sequence(b"\x1e1\n\x1e" + text)


def test_what_has_no_separators_is_no_sequence():
    with pytest.raises(UnreadableError, match="before the first record separator"):
        sequence(b'{"a":1}')
