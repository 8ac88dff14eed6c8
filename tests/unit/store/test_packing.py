from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shadow.model import (
    Difference,
    DifferenceKind,
    Example,
    Failure,
    FailureKind,
    Request,
    Response,
)
from shadow.store.packing import MAX_DIFFERENCES, pack, unpack

_text = st.text(max_size=30)
_headers = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=3).map(tuple)
_seconds = st.floats(min_value=0, max_value=100)
_responses = st.builds(
    Response,
    status=st.integers(100, 599),
    headers=_headers,
    body=st.binary(max_size=50),
    seconds=_seconds,
)
_differences = st.builds(
    Difference,
    location=_text.map(lambda text: text.replace("\0", "")),
    kind=st.sampled_from(DifferenceKind),
    pointer=_text,
    primary=st.none() | _text,
    candidate=st.none() | _text,
    excused_by=st.none() | _text,
)
_failures = st.builds(Failure, kind=st.sampled_from(FailureKind), detail=_text, seconds=_seconds)
_examples = st.builds(
    Example,
    exchange_id=st.uuids().map(str),
    captured_at=st.floats(min_value=0, max_value=2e9),
    request=st.builds(
        Request, method=_text, target=_text, headers=_headers, body=st.binary(max_size=50)
    ),
    primary=_responses,
    candidate=_responses | _failures,
    differences=st.lists(_differences, max_size=3).map(tuple),
)

PLAIN = Example(
    exchange_id="x",
    captured_at=0.0,
    request=Request(method="GET", target="/", headers=()),
    primary=Response(status=200, headers=(), body=b"", seconds=0.0),
    candidate=Response(status=200, headers=(), body=b"", seconds=0.0),
    differences=(),
)


@given(example=_examples)
def test_an_example_within_the_limits_comes_back_exactly(example):
    assert unpack(pack(example, 1_000)) == example


def test_a_small_body_leaves_its_room_to_the_large_ones():
    large = structs.replace(PLAIN.primary, body=b"p" * 10_000)
    kept = unpack(pack(replace(PLAIN, primary=large), 8_000))
    assert kept.primary.body == b"p" * 7_975 + b"[cut: 10000 bytes in all]"


def test_bodies_that_are_all_too_large_share_the_room():
    large = Response(status=200, headers=(), body=b"z" * 10_000, seconds=0.0)
    kept = unpack(pack(replace(PLAIN, primary=large, candidate=large), 8_000))
    assert (len(kept.primary.body), len(kept.candidate.body)) == (4_000, 4_000)


def test_headers_without_end_are_left_out_and_counted():
    many = tuple((b"x-%d" % n, b"v" * 1_000) for n in range(100))
    kept = unpack(pack(replace(PLAIN, primary=structs.replace(PLAIN.primary, headers=many)), 1_000))
    assert kept.primary.headers[:-1] == many[:16]
    assert kept.primary.headers[-1] == (b"x-shadow-left-out", b"84 headers")


def test_each_signature_keeps_a_difference_when_there_are_too_many():
    many = [Difference(location="$.a[*]", kind=DifferenceKind.VALUE)] * 2_000
    last = Difference(location="$.z", kind=DifferenceKind.MISSING)
    kept = unpack(pack(replace(PLAIN, differences=(*many, last)), 1_000))
    assert len(kept.differences) == MAX_DIFFERENCES
    assert kept.differences.count(last) == 1


def test_texts_that_utf8_cannot_carry_are_escaped():
    broken = Difference(location="$.\ud800", kind=DifferenceKind.VALUE, candidate="\udfff")
    (kept,) = unpack(pack(replace(PLAIN, differences=(broken,)), 1_000)).differences
    assert (kept.location, kept.candidate) == ("$.\\ud800", "\\udfff")


def test_long_texts_are_cut():
    long = replace(PLAIN, request=structs.replace(PLAIN.request, target="/" * 100_000))
    assert unpack(pack(long, 1_000)).request.target.endswith("… [cut: 100000 in all]")


@pytest.mark.parametrize("content", [b"", b"junk", b"x\x9cK\x04\x00\x00b\x00b"])
def test_what_is_not_an_example_is_refused(content):
    with pytest.raises(ValueError, match="not an example"):
        unpack(content)
