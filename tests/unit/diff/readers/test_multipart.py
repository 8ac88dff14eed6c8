import pytest

from shadow.diff.readers.content import Content, TooLargeToReadError, UnreadableError
from shadow.diff.readers.read import read_body
from shadow.diff.readers.sniff import BodyKind


def read(body: bytes, boundary: str = "X") -> object:
    content = Content(body=body, media_type="multipart/mixed", parameters={"boundary": boundary})
    return read_body(BodyKind.MULTIPART, content)


def only(*head: str, body: bytes = b"x") -> object:
    """What is read of a body with one part."""
    lines = "".join(f"{line}\r\n" for line in head).encode()
    (part,) = read(b"--X\r\n" + lines + b"\r\n" + body + b"\r\n--X--\r\n")
    return part


def test_a_part_tells_its_names_its_type_and_what_it_is_read_as():
    part = only(
        'Content-Disposition: form-data; name="a"; filename="b;c"; size=1',
        "Content-Type: Application/JSON; profile=p",
        "X-A: 1",
        body=b'{"n": 1}',
    )
    assert part == {
        "name": "a",
        "filename": "b;c",
        "disposition": "form-data",
        "disposition_parameters": {"size": "1"},
        "type": "application/json",
        "type_parameters": {"profile": "p"},
        "headers": {"x-a": ["1"]},
        "kind": "JSON",
        "body": {"n": 1},
    }


@pytest.mark.parametrize(
    ("head", "values"),
    [
        (("Content-Type: a/b", "Content-Type: a/b"), ["a/b", "a/b"]),
        (("Content-Type: a/b; c=1; c=1",), ["a/b; c=1; c=1"]),
        (("Content-Type: a/b; c",), ["a/b; c"]),
        (("Content-Type:",), [""]),
        (("Content-Transfer-Encoding: rot13",), ["rot13"]),
        (("no header",), ["no header"]),
    ],
)
def test_what_cannot_be_taken_apart_stays_as_it_is(head, values):
    assert list(only(*head)["headers"].values()) == [values]


def test_a_header_goes_on_in_lines_that_begin_with_white_space():
    part = only("X-A: one", "\ttwo", "Content-Disposition: form-data;", " name=a")
    assert part["headers"] == {"x-a": ["one two"]}
    assert part["name"] == "a"


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        (b'"abc"', "text", '"abc"'),
        (b'{"bytes": "00"}', "JSON", {"bytes": "00"}),
        (b"\x00\xff", "bytes", "00ff"),
    ],
)
def test_bodies_of_parts_that_are_read_in_other_ways_are_never_equal(body, kind, value):
    part = only(body=body)
    assert (part["kind"], part["body"]) == (kind, value)


def test_bytes_of_any_length_are_told_apart():
    first, second = (only(body=bytes([0, 255] * 2_000) + end)["body"] for end in (b"\x01", b"\x02"))
    assert first != second
    assert len(first) < 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--Y\r\n\r\nx\r\n--Y--",
        b"--X\r\n\r\nx",
        b"--XY\r\n\r\nx\r\n--X--",
        b"--X\r\nno end of headers\r\n--X--",
        b"--X\r\n\r\nx\r\n--X--\r\n--X\r\n\r\ny\r\n--X--",
        b"--X\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--X--",
        b"--X\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ\r\n--X--",
    ],
)
def test_what_is_not_multipart_or_not_whole_is_not_read(body):
    with pytest.raises(UnreadableError):
        read(body)


def test_text_around_the_parts_means_nothing():
    assert read(b"before\r\n--X\r\n\r\nx\r\n--X-- \r\nbehind") == [{"kind": "text", "body": "x"}]


def test_parts_beyond_a_limit_are_too_many():
    with pytest.raises(TooLargeToReadError):
        read(b"--X\r\n\r\nx\r\n" * 1_001 + b"--X--")
