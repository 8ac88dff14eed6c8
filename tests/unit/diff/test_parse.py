import pytest

from shadow.diff.parse import parse_json
from shadow.diff.readers.content import UnreadableError
from tests.unit.diff.pairs import compare_json, only, where

LONG = b"1" * 5_000


def differs(primary: bytes, candidate: bytes) -> bool:
    return compare_json(primary, candidate) != ()


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (b"[9007199254740993]", b"[9007199254740992]"),
        (b"[9007199254740993.0]", b"[9007199254740992.0]"),
        (b"[18446744073709551616]", b"[18446744073709551617]"),
        (b"[0.1000000000000000055]", b"[0.1]"),
        (b"[1e400]", b"[1e401]"),
        (b"[1e400]", b"[-1e400]"),
        (b"[" + LONG + b"1]", b"[" + LONG + b"2]"),
        (b"[NaN]", b"[Infinity]"),
        (b"[NaN]", b"[1]"),
        (b'[NaN,"NaN"]', b'["NaN",NaN]'),
        (b"[12345678901.123456789]", b"[12345678901.123456788]"),
    ],
)
def test_numbers_keep_every_digit(primary, candidate):
    assert differs(primary, candidate)
    assert not differs(primary, b" " + primary)


@pytest.mark.parametrize(
    ("primary", "candidate"),
    [
        (b"[1]", b"[1.0]"),
        (b"[100]", b"[1e2]"),
        (b"[-0.0]", b"[0]"),
        (b"[18446744073709551616]", b"[18446744073709551616.0]"),
        (b"[1e400]", b"[10e399]"),
        (b"[0.5000000000000000000]", b"[0.5]"),
        (b"[" + LONG + b"0]", b"[" + LONG + b"e1]"),
    ],
)
def test_one_number_may_be_written_in_several_ways(primary, candidate):
    assert not differs(primary, candidate)


@pytest.mark.parametrize(
    "text", [b"", b"nope", b"{", b"[1e99999999999999999999]", b"\xff", b'"\t"']
)
def test_what_is_not_json_is_no_document(text):
    with pytest.raises(UnreadableError):
        parse_json(text)


def test_a_byte_order_mark_and_utf_16_are_read():
    plain = b'{"a":1}'
    assert not differs(b"\xef\xbb\xbf" + plain, plain)
    assert not differs(plain.decode().encode("utf-16"), plain)


def test_lone_surrogates_are_told_apart():
    difference = only(compare_json(b'["\\ud800"]', b'["\\ud801"]'))
    assert (difference.primary, difference.candidate) == ('"\\ud800"', '"\\ud801"')


@pytest.mark.parametrize("depth", [300, 900])
def test_deep_nesting_is_walked(depth):
    opened, closed = b"[" * depth, b"]" * depth
    assert where(compare_json(opened + b"1" + closed, opened + b"2" + closed))[0][1] == "value"
    opened, closed = b'{"a":' * depth, b"}" * depth
    assert where(compare_json(opened + b"1" + closed, opened + b"2" + closed))[0][1] == "value"


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
def test_nesting_that_no_parser_takes_is_undecided(depth):
    one, other = b"[" * depth + b"]" * depth, b"[" * depth + b"1" + b"]" * depth
    assert where(compare_json(one, other)) == [("$", "undecided")]
    assert compare_json(one, one) == ()
