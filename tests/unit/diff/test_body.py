import gzip

import pytest

from shadow.diff.limits import Limits
from shadow.model import DifferenceKind
from tests.unit.diff.pairs import JSON, compare, compare_json, only, response, where

TEXT = {"content-type": "text/plain; charset=utf-8"}
HTML = {"content-type": "text/html"}
GZIP = {"content-encoding": "gzip"}
BYTES = {"content-type": "application/octet-stream"}


def bodies(primary, candidate, headers):
    return compare(response(primary, headers), response(candidate, headers))


def test_encoded_bodies_are_compared_decoded():
    one, other = gzip.compress(b'{"a": 1}', 1), gzip.compress(b'{"a":1}', 9)
    assert bodies(one, other, JSON | GZIP) == ()


def test_a_coding_that_only_one_side_uses_is_a_header_difference():
    plain = response(b'{"a":1}', JSON)
    encoded = response(gzip.compress(b'{"a":1}'), JSON | GZIP)
    assert where(compare(plain, encoded)) == [("header:content-encoding", "extra")]


def test_a_body_that_cannot_be_decoded_on_one_side_is_undecodable():
    whole = gzip.compress(b"hello hello hello")
    difference = only(bodies(whole, whole[:-3], TEXT | GZIP))
    assert (difference.location, difference.kind) == ("body", DifferenceKind.UNDECODABLE)
    assert difference.candidate == "truncated or malformed gzip"


def test_bodies_that_cannot_be_decoded_on_either_side_are_compared_as_bytes():
    assert bodies(b"same", b"same", GZIP) == ()
    assert where(bodies(b"same", b"sane", GZIP)) == [("body", "value")]


def test_a_bomb_is_undecided():
    bomb, plain = gzip.compress(bytes(10_000_000)), gzip.compress(b"x")
    limits = Limits(max_decoded_bytes=1_000)
    difference = only(compare(response(plain, GZIP), response(bomb, GZIP), limits))
    assert (difference.location, difference.kind) == ("body", DifferenceKind.UNDECIDED)


def test_a_lost_body_is_missing_and_a_new_one_extra():
    assert where(bodies(b"text", b"", TEXT)) == [("body", "missing")]
    assert where(bodies(b"", b"text", TEXT)) == [("body", "extra")]


def test_text_is_one_value_shown_where_it_changes():
    primary = "word " * 200 + "red fox " + "word " * 200
    difference = only(bodies(primary, primary.replace("red", "blue"), TEXT))
    assert (difference.location, difference.kind) == ("body", DifferenceKind.VALUE)
    assert "red fox" in (difference.primary or "")
    assert "blue fox" in (difference.candidate or "")


def test_text_in_two_charsets_is_one_text():
    primary = response("Grüße".encode(), {"content-type": "text/plain; charset=utf-8"})
    candidate = response("Grüße".encode("latin-1"), {"content-type": "text/plain; charset=latin1"})
    assert where(compare(primary, candidate)) == [("header:content-type", "header")]


@pytest.mark.parametrize("charset", ["punycode", "hex", "no-such", "unicode_escape", "\0"])
def test_a_charset_that_is_none_does_no_harm(charset):
    headers = {"content-type": f"text/plain; charset={charset}"}
    assert where(bodies(b"one", b"two", headers)) == [("body", "value")]


def test_bytes_of_another_length_differ_in_size():
    difference = only(bodies(b"\x89PNG\0a", b"\x89PNG\0", BYTES))
    assert (difference.location, difference.kind) == ("body", DifferenceKind.SIZE)
    assert difference.primary is not None
    assert difference.primary.startswith("6 bytes sha256:")


def test_bytes_of_one_length_differ_in_value():
    assert where(bodies(b"\xff\0a", b"\xff\0b", BYTES)) == [("body", "value")]


def test_json_is_recognised_without_its_content_type():
    assert where(bodies(b' {"a": 1}', b'\n{"a": 2}', HTML)) == [("$.a", "value")]


def test_what_only_looks_like_json_is_text():
    assert where(bodies(b"[draft] one", b"[draft] two", TEXT)) == [("body", "value")]
    assert where(bodies(b'{"a": 1}', b"{not json}", TEXT)) == [("body", "value")]


def test_a_page_in_the_place_of_json_is_another_type():
    difference = only(compare(response(b'{"a":1}', JSON), response(b"<html>", HTML))[1:])
    assert (difference.location, difference.kind) == ("$", DifferenceKind.TYPE)


@pytest.mark.parametrize("broken", [b'{"a":1', b"", b"<html>", b'{"a":1}}', b"\xff\xfe{"])
def test_json_that_is_broken_on_one_side_is_never_equal(broken):
    (difference,) = compare_json(b'{"a":1}', broken)
    assert difference.kind in {DifferenceKind.UNDECODABLE, DifferenceKind.MISSING}
    (difference,) = compare_json(broken, b'{"a":1}')
    assert difference.kind in {DifferenceKind.UNDECODABLE, DifferenceKind.EXTRA}


def test_json_that_is_broken_on_both_sides_is_text():
    assert compare_json(b"{oops", b"{oops") == ()
    assert where(compare_json(b"{oops", b"{ooops")) == [("body", "value")]


def test_json_in_another_content_type_is_still_compared_as_json():
    problem = {"content-type": "application/problem+json; charset=utf-8"}
    assert where(bodies(b'{"a":1}', b'{"a":2}', problem)) == [("$.a", "value")]


def test_a_name_that_stands_twice_is_compared_each_time():
    twice, first = b'{"a":1,"a":2}', "$['a (1st of 2)']"
    assert where(compare_json(twice, b'{"a":3,"a":2}')) == [(first, "value")]
    assert where(compare_json(twice, b'{"a":2}')) == [(first, "missing")]
    assert where(compare_json(b'{"a":1}', twice)) == [("$.a", "value"), (first, "extra")]
    assert where(compare_json(twice, b'{"\\u0061":1,"a":1}')) == [("$.a", "value")]
    assert compare_json(b'{"a":1,"a":2}', b'{"a":1,"a":2}') == ()
    assert compare_json(b'{"a" : "x\\":1"}', b'{"a":"x\\":1"}') == ()
