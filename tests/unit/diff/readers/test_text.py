import pytest

from shadow.diff.readers.content import Content, UnreadableError
from shadow.diff.readers.text import read_text


def read(body: bytes):
    return read_text(Content(body=body))


@pytest.mark.parametrize("body", [b"", b"one", b"one\n", b"one\r\n", b"\n", b"one\rtwo"])
def test_a_single_line_is_one_text(body):
    assert read(body) == body.decode()


def test_several_lines_are_a_list():
    assert read(b"one\ntwo") == {"lines": ["one", "two"], "line_ends": "LF"}


def test_a_last_line_that_ends_has_an_empty_one_behind_it():
    assert read(b"one\ntwo\n") == {"lines": ["one", "two", ""], "line_ends": "LF"}


def test_ends_of_lines_are_told_once():
    assert read(b"one\r\ntwo\r\n") == {"lines": ["one", "two", ""], "line_ends": "CRLF"}


def test_a_single_line_that_ends_otherwise_leaves_the_lines_alike():
    assert read(b"one\r\ntwo\nthree\r\n") == {
        "lines": ["one", "two", "three", ""],
        "line_ends": "1 CRLF, 1 LF, 1 CRLF",
    }


def test_ends_that_change_very_often_are_a_digest():
    often, other = b"a\r\nb\n" * 20, b"a\nb\r\n" * 20
    assert read(often)["line_ends"].startswith("20 LF, 20 CRLF, sha256:")
    assert read(often)["line_ends"] != read(other)["line_ends"]
    assert read(often)["lines"] == read(other)["lines"]


def test_what_is_behind_very_many_lines_is_one_line():
    lines = read(b"x\n" * 200_005)["lines"]
    assert len(lines) == 200_001
    assert lines[-1] == "x\n" * 5


def test_a_guessed_charset_is_never_the_same_as_utf_8():
    guessed, utf_8 = read("Größe, Straße".encode("latin-1")), read("Größe, Straße".encode())
    assert guessed == {
        "lines": ["Größe, Straße"],
        "line_ends": "LF",
        "charset": "cp1252 by a guess",
    }
    assert guessed != utf_8


def test_bytes_are_no_text():
    with pytest.raises(UnreadableError, match="no text"):
        read(b"\x89PNG\r\n\x1a\n\0")
