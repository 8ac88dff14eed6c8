import gzip
import random
import zlib

import brotli
import pytest
import zstandard

from shadow.diff.decode import Undecodable, content_codings, decode_body
from shadow.diff.limits import LimitReachedError
from tests.unit.diff.pairs import response

TEXT = b"the quick brown fox " * 100
RAW_DEFLATE = zlib.compress(TEXT)[2:-4]
ENCODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstandard.ZstdCompressor().compress(TEXT),
}


def decode(body: bytes, coding: str, max_bytes: int = 1_000_000):
    return decode_body(response(body, {"content-encoding": coding}), max_bytes)


@pytest.mark.parametrize("coding", ENCODED)
def test_a_coding_is_undone(coding):
    assert decode(ENCODED[coding], coding) == TEXT


def test_deflate_without_its_header_is_undone():
    assert decode(RAW_DEFLATE, "deflate") == TEXT


def test_several_codings_are_undone_from_the_last():
    twice = brotli.compress(gzip.compress(TEXT))
    assert decode(twice, "GZIP, br") == TEXT


def test_what_was_only_sent_in_chunks_is_not_encoded():
    assert decode(TEXT, "aws-chunked, identity") == TEXT
    assert decode(ENCODED["gzip"], "gzip,aws-chunked") == TEXT


def test_codings_may_stand_in_several_headers():
    headers = ((b"Content-Encoding", b"gzip"), (b"content-encoding", b"identity, br"))
    assert content_codings(headers) == ("gzip", "br")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_several_members_is_one_body(coding):
    assert decode(ENCODED[coding] * 2, coding) == TEXT * 2


@pytest.mark.parametrize("coding", ENCODED)
def test_a_truncated_body_is_undecodable(coding):
    assert isinstance(decode(ENCODED[coding][:-5], coding), Undecodable)


@pytest.mark.parametrize("coding", ENCODED)
def test_a_body_with_something_behind_it_is_undecodable(coding):
    assert isinstance(decode(ENCODED[coding] + b"\x01\x02garbage", coding), Undecodable)


@pytest.mark.parametrize("coding", ENCODED)
def test_what_is_not_encoded_at_all_is_undecodable(coding):
    assert isinstance(decode(b"plain text, for all it says", coding), Undecodable)


@pytest.mark.parametrize("coding", ENCODED)
def test_an_empty_body_is_empty_in_any_coding(coding):
    assert decode(b"", coding) == b""


def test_an_unknown_coding_is_undecodable():
    assert decode(TEXT, "rot13") == Undecodable("unknown content coding 'rot13'")


@pytest.mark.parametrize("coding", ENCODED)
def test_a_body_of_exactly_the_limit_is_decoded(coding):
    assert decode(ENCODED[coding], coding, max_bytes=len(TEXT)) == TEXT


BOMB = bytes(50_000_000)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(BOMB, 9)),
        ("deflate", zlib.compress(BOMB, 9)),
        ("br", brotli.compress(BOMB, quality=1)),
        ("zstd", zstandard.ZstdCompressor().compress(BOMB)),
        ("gzip, gzip", gzip.compress(gzip.compress(BOMB, 9))),
    ],
)
def test_a_bomb_reaches_the_limit(coding, bomb):
    with pytest.raises(LimitReachedError, match="more than 100,000 bytes"):
        decode(bomb, coding, max_bytes=100_000)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip, br", brotli.compress(gzip.compress(BOMB[:10_000_000], 9))),
        ("br", brotli.compress(BOMB[:10_000_000], quality=5)),
        ("zstd", zstandard.ZstdCompressor().compress(BOMB[:10_000_000])),
    ],
)
def test_what_becomes_far_longer_than_it_was_sent_reaches_the_limit(coding, bomb):
    with pytest.raises(LimitReachedError, match="more than 1,000 times as long"):
        decode(bomb, coding, max_bytes=16_000_000)
    reply = response(bomb, {"content-encoding": coding})
    decoded = decode_body(reply, max_bytes=16_000_000, max_ratio=10_000_000)
    assert decoded == BOMB[:10_000_000]


def test_a_mebibyte_may_be_as_dense_as_it_likes():
    dense = brotli.compress(bytes(1024 * 1024), quality=5)
    assert decode(dense, "br", max_bytes=16_000_000) == bytes(1024 * 1024)


def test_a_frame_that_wants_more_memory_than_zstd_may_is_undecodable():
    wide = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    body = compressor.compress(TEXT) + compressor.flush()
    assert isinstance(decode(body, "zstd"), Undecodable)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_many_members_is_one_body(coding):
    assert decode(ENCODED[coding] * 500, coding) == TEXT * 500


def test_members_may_begin_and_end_anywhere_in_what_is_read_at_once():
    for size in (16_300, 16_380, 16_384, 33_000):
        noise = random.Random(size).randbytes(size)
        body = gzip.compress(noise) + gzip.compress(TEXT)
        assert decode(body, "gzip") == noise + TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_of_very_many_members_is_refused(coding):
    empty = gzip.compress(b"") if coding == "gzip" else zstandard.ZstdCompressor().compress(b"")
    assert isinstance(decode(empty * 10_000, coding), Undecodable)


def test_a_long_chain_of_codings_is_refused():
    assert isinstance(decode(TEXT, ", ".join(["gzip"] * 9)), Undecodable)
